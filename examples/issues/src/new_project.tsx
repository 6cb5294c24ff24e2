import { useState, type FormEvent } from "react";
import { useMutation } from "@freshet/react";
import { Dialog, Field } from "./dialog.tsx";
import { formErrors, type FormErrors } from "./field_errors.ts";
import { api, type ProjectId, type WorkspaceId } from "./generated/api.ts";

const fields = ["key", "name"] as const;

export function NewProject(props: { readonly workspace: WorkspaceId; readonly onClose: () => void; readonly onMade: (project: ProjectId) => void }) {
  const add = useMutation(api.projects.add);
  const [key, setKey] = useState("");
  const [name, setName] = useState("");
  const [isSending, setIsSending] = useState(false);
  const [errors, setErrors] = useState<FormErrors<(typeof fields)[number]>>({ fields: {}, form: undefined });
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setIsSending(true);
    try {
      props.onMade(await add({ workspace: props.workspace, key, name }));
      props.onClose();
    } catch (error) {
      setErrors(formErrors(error, fields));
      setIsSending(false);
    }
  };
  return (
    <Dialog title="New project" onClose={props.onClose}>
      <form onSubmit={(event) => void send(event)}>
        <h2>New project</h2>
        <Field label="Name" name="name" error={errors.fields.name}>
          <input id="name" value={name} onChange={(event) => setName(event.target.value)} aria-describedby="name-note" autoFocus />
        </Field>
        <Field label="Key" name="key" error={errors.fields.key} hint="Stands before the numbers of its issues, like SHOP-12.">
          <input id="key" value={key} onChange={(event) => setKey(event.target.value)} aria-describedby="key-note" />
        </Field>
        {errors.form !== undefined && <p role="alert" className="form-error">{errors.form}</p>}
        <footer>
          <button type="button" onClick={props.onClose}>Cancel</button>
          <button type="submit" className="primary" disabled={isSending}>Create project</button>
        </footer>
      </form>
    </Dialog>
  );
}
