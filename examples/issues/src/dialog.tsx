import { useEffect, useRef, type ReactNode } from "react";

/** The browser's own modal dialog: it keeps the focus, closes on Escape, and gives the focus back. */
export function Dialog(props: { readonly title: string; readonly onClose: () => void; readonly children: ReactNode; readonly className?: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={props.className}
      aria-label={props.title}
      onClose={props.onClose}
      onClick={(event) => {
        if (event.target === dialog.current) {
          dialog.current?.close();
        }
      }}
    >
      <div className="dialog-body">{props.children}</div>
    </dialog>
  );
}

export function Field(props: { readonly label: string; readonly name: string; readonly error: string | undefined; readonly hint?: string; readonly children: ReactNode }) {
  return (
    <div className="field" data-invalid={props.error !== undefined}>
      <label htmlFor={props.name}>{props.label}</label>
      {props.children}
      <p id={`${props.name}-note`} className="note" role={props.error === undefined ? undefined : "alert"}>
        {props.error ?? props.hint}
      </p>
    </div>
  );
}
