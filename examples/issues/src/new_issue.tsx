import { useState, type FormEvent } from "react";
import { useMutation } from "@freshet/react";
import { Dialog, Field } from "./dialog.tsx";
import { formErrors, type FormErrors } from "./field_errors.ts";
import { api, type Priority, type ProjectId } from "./generated/api.ts";
import { priorities, priorityWords } from "./words.ts";

const fields = ["title", "body", "priority"] as const;

export function NewIssue(props: { readonly project: ProjectId; readonly onClose: () => void }) {
  const add = useMutation(api.issues.add);
  const [title, setTitle] = useState("");
  const [body, setBody] = useState("");
  const [priority, setPriority] = useState<Priority>("medium");
  const [isSending, setIsSending] = useState(false);
  const [errors, setErrors] = useState<FormErrors<(typeof fields)[number]>>({ fields: {}, form: undefined });
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setIsSending(true);
    try {
      await add({ project: props.project, title, body, priority });
      props.onClose();
    } catch (error) {
      setErrors(formErrors(error, fields));
      setIsSending(false);
    }
  };
  return (
    <Dialog title="New issue" onClose={props.onClose}>
      <form onSubmit={(event) => void send(event)}>
        <h2>New issue</h2>
        <Field label="Title" name="title" error={errors.fields.title}>
          <input id="title" value={title} onChange={(event) => setTitle(event.target.value)} aria-describedby="title-note" autoFocus />
        </Field>
        <Field label="Description" name="body" error={errors.fields.body}>
          <textarea id="body" rows={5} value={body} onChange={(event) => setBody(event.target.value)} aria-describedby="body-note" />
        </Field>
        <Field label="Priority" name="priority" error={errors.fields.priority}>
          <select id="priority" value={priority} onChange={(event) => setPriority(event.target.value as Priority)}>
            {priorities.map((value) => (
              <option key={value} value={value}>{priorityWords[value]}</option>
            ))}
          </select>
        </Field>
        {errors.form !== undefined && <p role="alert" className="form-error">{errors.form}</p>}
        <footer>
          <button type="button" onClick={props.onClose}>Cancel</button>
          <button type="submit" className="primary" disabled={isSending}>Create issue</button>
        </footer>
      </form>
    </Dialog>
  );
}
