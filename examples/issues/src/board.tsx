import { useState } from "react";
import { useQueries } from "@freshet/react";
import { Card } from "./card.tsx";
import { api, type IssueId, type ProjectId, type Status } from "./generated/api.ts";
import { useMove } from "./use_move.ts";
import { statuses, statusWords } from "./words.ts";

/** Where a card would fall: above another one, or at the end of a column. */
interface Target {
  readonly status: Status;
  readonly before: IssueId | null;
}

/** Cards and counters are one result of one snapshot: a card never stands in a column that has not counted it. */
export function Board(props: { readonly project: ProjectId; readonly projectKey: string; readonly onOpen: (issue: IssueId) => void }) {
  const { project } = props;
  const { board, counts } = useQueries({
    board: { query: api.issues.board, args: { project } },
    counts: { query: api.projects.counts, args: { project } },
  });
  const move = useMove();
  const [dragged, setDragged] = useState<IssueId>();
  const [target, setTarget] = useState<Target>();
  const failed = board.error ?? counts.error;
  if (failed !== undefined) {
    return <p className="empty" role="alert">{failed.message}</p>;
  }
  const drop = () => {
    if (dragged !== undefined && target !== undefined && target.before !== dragged) {
      move({ issue: dragged, ...target });
    }
    setDragged(undefined);
    setTarget(undefined);
  };
  return (
    <div className="board">
      {statuses.map((status) => {
        const cards = board.data?.filter((issue) => issue.status === status) ?? [];
        const at = statuses.indexOf(status);
        return (
          <section
            key={status}
            className="column"
            data-status={status}
            data-target={target?.status === status}
            aria-label={statusWords[status]}
            onDragOver={(event) => {
              event.preventDefault();
              if (event.target === event.currentTarget || (event.target as HTMLElement).closest(".card") === null) {
                setTarget({ status, before: null });
              }
            }}
            onDrop={(event) => {
              event.preventDefault();
              drop();
            }}
          >
            <h3>
              <span>{statusWords[status]}</span>
              <span className="count">{counts.data?.find((count) => count.status === status)?.issues ?? (counts.data && 0)}</span>
            </h3>
            <ul>
              {cards.map((issue) => (
                <Card
                  key={issue.id}
                  issue={issue}
                  projectKey={props.projectKey}
                  isDragged={issue.id === dragged}
                  isTarget={issue.id === target?.before && issue.id !== dragged}
                  onOpen={() => props.onOpen(issue.id)}
                  onDrag={() => setDragged(issue.id)}
                  onDragEnd={() => {
                    setDragged(undefined);
                    setTarget(undefined);
                  }}
                  onOver={() => setTarget({ status, before: issue.id })}
                  left={at > 0 ? () => move({ issue: issue.id, status: statuses[at - 1]! }) : undefined}
                  right={at < statuses.length - 1 ? () => move({ issue: issue.id, status: statuses[at + 1]! }) : undefined}
                />
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}
