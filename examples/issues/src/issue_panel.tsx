import { useState, type CSSProperties, type FormEvent } from "react";
import { useMutation, useQueries } from "@freshet/react";
import { Avatar } from "./avatar.tsx";
import { Dialog, Field } from "./dialog.tsx";
import { formErrors, messageOf, type FormErrors } from "./field_errors.ts";
import { api, PersonId, type IssueId, type IssuesGetResult, type Priority, type Status, type WorkspaceId } from "./generated/api.ts";
import { useNotice } from "./notice.tsx";
import { useMove } from "./use_move.ts";
import { onDay, priorities, priorityWords, statuses, statusWords } from "./words.ts";

/** One issue with all that belongs to it, beside the board. */
export function IssuePanel(props: { readonly issue: IssueId; readonly workspace: WorkspaceId; readonly mayWrite: boolean; readonly onClose: () => void }) {
  const { issue, people } = useQueries({
    issue: { query: api.issues.get, args: { issue: props.issue } },
    people: { query: api.people.list, args: { workspace: props.workspace } },
  });
  return (
    <Dialog title="Issue" className="panel" onClose={props.onClose}>
      <button type="button" className="close" aria-label="Close" onClick={props.onClose}>
        ×
      </button>
      {issue.status === "error" && <p role="alert">{issue.error.message}</p>}
      {issue.status === "loading" && <p role="status">Loading…</p>}
      {issue.status === "success" && (issue.data === null ? <p>This issue is gone.</p> : <Details issue={issue.data} people={people.data ?? []} mayWrite={props.mayWrite} />)}
    </Dialog>
  );
}

type Issue = NonNullable<IssuesGetResult>;
type Person = { readonly id: PersonId; readonly name: string };

function Details(props: { readonly issue: Issue; readonly people: readonly Person[]; readonly mayWrite: boolean }) {
  const { issue, people } = props;
  const move = useMove();
  const notify = useNotice();
  const assign = useMutation(api.issues.assign);
  return (
    <>
      <p className="number">
        {issue.key}-{issue.number}
      </p>
      <Edit key={`${issue.title} ${issue.body} ${issue.priority}`} issue={issue} mayWrite={props.mayWrite} />
      <fieldset className="facts" disabled={!props.mayWrite}>
        <label>
          State
          <select value={issue.status} onChange={(event) => move({ issue: issue.id, status: event.target.value as Status })}>
            {statuses.map((status) => (
              <option key={status} value={status}>{statusWords[status]}</option>
            ))}
          </select>
        </label>
        <label>
          Assignee
          <select
            value={issue.assignee_id ?? ""}
            onChange={(event) => {
              const assignee = event.target.value === "" ? null : PersonId(Number(event.target.value));
              assign({ issue: issue.id, assignee }).catch((error: unknown) => notify(messageOf(error)));
            }}
          >
            <option value="">Nobody</option>
            {people.map((person) => (
              <option key={person.id} value={person.id}>{person.name}</option>
            ))}
          </select>
        </label>
      </fieldset>
      <p className="labels">
        {issue.labels.map((label) => (
          <span key={label.id} className="label" style={{ "--hue": label.hue } as CSSProperties}>
            {label.name}
          </span>
        ))}
        <span className="opened">
          Opened by {issue.author} on {onDay(issue.created_at)}
        </span>
      </p>
      <Comments issue={issue} mayWrite={props.mayWrite} />
    </>
  );
}

const fields = ["title", "body", "priority"] as const;

function Edit(props: { readonly issue: Issue; readonly mayWrite: boolean }) {
  const { issue } = props;
  const edit = useMutation(api.issues.edit);
  const [title, setTitle] = useState(issue.title);
  const [body, setBody] = useState(issue.body);
  const [priority, setPriority] = useState<Priority>(issue.priority);
  const [errors, setErrors] = useState<FormErrors<(typeof fields)[number]>["fields"]>({});
  const [failure, setFailure] = useState<string>();
  const isChanged = title !== issue.title || body !== issue.body || priority !== issue.priority;
  const save = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await edit({ issue: issue.id, title, body, priority });
      setErrors({});
      setFailure(undefined);
    } catch (error) {
      const found = formErrors(error, fields);
      setErrors(found.fields);
      setFailure(found.form);
    }
  };
  return (
    <form className="edit" onSubmit={(event) => void save(event)}>
      <fieldset disabled={!props.mayWrite}>
        <Field label="Title" name="edit-title" error={errors.title}>
          <input id="edit-title" value={title} onChange={(event) => setTitle(event.target.value)} aria-describedby="edit-title-note" />
        </Field>
        <Field label="Description" name="edit-body" error={errors.body}>
          <textarea id="edit-body" rows={4} value={body} onChange={(event) => setBody(event.target.value)} aria-describedby="edit-body-note" />
        </Field>
        <Field label="Priority" name="edit-priority" error={errors.priority}>
          <select id="edit-priority" value={priority} onChange={(event) => setPriority(event.target.value as Priority)}>
            {priorities.map((value) => (
              <option key={value} value={value}>{priorityWords[value]}</option>
            ))}
          </select>
        </Field>
        {failure !== undefined && <p role="alert" className="form-error">{failure}</p>}
        {isChanged && <button type="submit" className="primary">Save</button>}
      </fieldset>
    </form>
  );
}

function Comments(props: { readonly issue: Issue; readonly mayWrite: boolean }) {
  const { issue } = props;
  const add = useMutation(api.comments.add);
  const [body, setBody] = useState("");
  const [error, setError] = useState<string>();
  const send = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await add({ issue: issue.id, body });
      setBody("");
      setError(undefined);
    } catch (failure) {
      const found = formErrors(failure, ["body"] as const);
      setError(found.fields.body ?? found.form);
    }
  };
  return (
    <section className="comments-list">
      <h3>Comments</h3>
      <ul>
        {issue.comments.map((comment) => (
          <li key={comment.id}>
            <Avatar id={comment.author.id} name={comment.author.name} />
            <div>
              <p>
                <strong>{comment.author.name}</strong> <small>{onDay(comment.created_at)}</small>
              </p>
              <p className="said">{comment.body}</p>
            </div>
          </li>
        ))}
      </ul>
      {props.mayWrite && (
        <form onSubmit={(event) => void send(event)}>
          <Field label="Add a comment" name="comment" error={error}>
            <textarea id="comment" rows={2} value={body} onChange={(event) => setBody(event.target.value)} aria-describedby="comment-note" />
          </Field>
          <button type="submit">Comment</button>
        </form>
      )}
    </section>
  );
}
