import { useRef, useState, type FormEvent, type KeyboardEvent } from "react";

const longestMessage = 2_000;

/** Enter sends, Shift Enter begins a line. */
export function Composer(props: { readonly channelName: string; readonly onSend: (body: string) => void }) {
  const [body, setBody] = useState("");
  const form = useRef<HTMLFormElement>(null);
  const isEmpty = body.trim() === "";
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!isEmpty) {
      props.onSend(body.trim());
      setBody("");
    }
  };
  const onKey = (event: KeyboardEvent) => {
    // Enter that ends the composition of a character is not meant for us.
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      form.current?.requestSubmit();
    }
  };
  return (
    <form ref={form} className="composer" onSubmit={send}>
      <textarea
        aria-label={`Message to ${props.channelName}`}
        placeholder={`Message to ${props.channelName}`}
        rows={Math.min(6, body.split("\n").length)}
        maxLength={longestMessage}
        value={body}
        onChange={(event) => setBody(event.target.value)}
        onKeyDown={onKey}
        autoFocus
      />
      <button type="submit" disabled={isEmpty}>
        Send
      </button>
    </form>
  );
}
