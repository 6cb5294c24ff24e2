import { memo, type CSSProperties, type KeyboardEvent } from "react";
import { Avatar } from "./avatar.tsx";
import type { IssuesBoardRow } from "./generated/api.ts";
import { priorityWords } from "./words.ts";

interface CardProps {
  readonly issue: IssuesBoardRow;
  readonly projectKey: string;
  readonly isDragged: boolean;
  readonly isTarget: boolean;
  readonly onOpen: () => void;
  readonly onDrag: () => void;
  readonly onDragEnd: () => void;
  readonly onOver: () => void;
  /** To the end of the column beside; not at the edges. */
  readonly left: (() => void) | undefined;
  readonly right: (() => void) | undefined;
}

/** Dragged by mouse; moved with Shift and an arrow key from the keyboard. */
export function Card(props: CardProps) {
  const { issue } = props;
  const onKeyDown = (event: KeyboardEvent) => {
    const move = event.shiftKey ? { ArrowLeft: props.left, ArrowRight: props.right }[event.key] : undefined;
    if (move !== undefined) {
      event.preventDefault();
      move();
    }
  };
  return (
    <li
      className="card"
      data-number={issue.number}
      data-dragged={props.isDragged}
      data-target={props.isTarget}
      draggable
      onDragStart={(event) => {
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", `${props.projectKey}-${issue.number}`);
        props.onDrag();
      }}
      onDragEnd={props.onDragEnd}
      onDragOver={(event) => {
        event.preventDefault();
        props.onOver();
      }}
    >
      <button type="button" onClick={props.onOpen} onKeyDown={onKeyDown} aria-keyshortcuts="Shift+ArrowLeft Shift+ArrowRight">
        <CardFace issue={issue} projectKey={props.projectKey} />
      </button>
    </li>
  );
}

/** A row that no change touched is the same object: its face is not drawn again. */
const CardFace = memo(function CardFace(props: { readonly issue: IssuesBoardRow; readonly projectKey: string }) {
  const { issue } = props;
  return (
    <>
      <span className="line">
        <span className="number">
          {props.projectKey}-{issue.number}
        </span>
        <span className="priority" data-priority={issue.priority}>
          {priorityWords[issue.priority]}
        </span>
      </span>
      <span className="text">{issue.title}</span>
      <span className="line">
        <span className="labels">
          {issue.labels.map((label) => (
            <span key={label.id} className="label" style={{ "--hue": label.hue } as CSSProperties}>
              {label.name}
            </span>
          ))}
        </span>
        {issue.comments > 0 && (
          <span className="comments" title={issue.comments === 1 ? "1 comment" : `${issue.comments} comments`}>
            ✎ {issue.comments}
          </span>
        )}
        {issue.assignee !== null && <Avatar id={issue.assignee.id} name={issue.assignee.name} />}
      </span>
    </>
  );
});
