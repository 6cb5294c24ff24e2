import { useState } from "react";
import { useQuery } from "@freshet/react";
import { api, type IssueId, type ProjectId } from "./generated/api.ts";
import { onDay, priorityWords, statusWords } from "./words.ts";

const step = 30;

/** All issues, newest first. */
export function IssueList(props: { readonly project: ProjectId; readonly projectKey: string; readonly onOpen: (issue: IssueId) => void }) {
  const [newest, setNewest] = useState(step);
  const list = useQuery(api.issues.list, { project: props.project, newest });
  if (list.status === "error") {
    return <p className="empty" role="alert">{list.error.message}</p>;
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
          {list.data?.map((issue) => (
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
      {list.data?.length === newest && (
        <button type="button" className="more" onClick={() => setNewest(newest + step)}>
          Show more
        </button>
      )}
    </div>
  );
}
