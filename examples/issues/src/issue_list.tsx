import { usePaginatedQuery } from "@freshet/react";
import { api, type IssueId, type ProjectId } from "./generated/api.ts";
import { onDay, priorityWords, statusWords } from "./words.ts";

/** All issues, newest first, by pages. What is opened or moved meanwhile appears where it belongs; no row is twice there, and none is left out. */
export function IssueList(props: { readonly project: ProjectId; readonly projectKey: string; readonly onOpen: (issue: IssueId) => void }) {
  const { results, status, error, loadMore } = usePaginatedQuery(api.issues.list, { project: props.project }, { pageSize: 30 });
  if (error !== undefined) {
    return <p className="empty" role="alert">{error.message}</p>;
  }
  return (
    <div className="list">
      <table>
        <thead>
          <tr>
            <th scope="col">Issue</th>
            <th scope="col">Title</th>
            <th scope="col">State</th>
            <th scope="col">Priority</th>
            <th scope="col">Assignee</th>
            <th scope="col">Opened</th>
          </tr>
        </thead>
        <tbody>
          {results.map((issue) => (
            <tr key={issue.id} data-number={issue.number}>
              <td className="number">
                {props.projectKey}-{issue.number}
              </td>
              <td className="text">
                <button type="button" onClick={() => props.onOpen(issue.id)}>{issue.title}</button>
              </td>
              <td>
                <span className="state" data-status={issue.status}>{statusWords[issue.status]}</span>
              </td>
              <td>
                <span className="priority" data-priority={issue.priority}>{priorityWords[issue.priority]}</span>
              </td>
              <td>{issue.assignee ?? "–"}</td>
              <td>{onDay(issue.created_at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {(status === "can-load-more" || status === "loading-more") && (
        <button type="button" className="more" disabled={status === "loading-more"} onClick={() => loadMore()}>
          Show more
        </button>
      )}
    </div>
  );
}
