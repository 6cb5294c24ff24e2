import { memo, useLayoutEffect, useRef } from "react";
import { Avatar } from "./avatar.tsx";
import type { MessagesListResult } from "./generated/api.ts";
import { unnumbered, type FailedMessage } from "./use_outbox.ts";

type Message = MessagesListResult[number];

const nearEndPx = 40;
const timeOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });

export function MessageList(props: {
  readonly account: number;
  readonly messages: MessagesListResult | undefined;
  readonly lastReadId: number;
  readonly failed: readonly FailedMessage[];
  readonly onRetry: (message: FailedMessage) => void;
  readonly onDiscard: (message: FailedMessage) => void;
  readonly onAtEnd: (isAtEnd: boolean) => void;
  readonly onEarlier: (() => void) | undefined;
}) {
  const list = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const measure = () => {
    const element = list.current!;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight <= nearEndPx;
    if (atEnd !== isAtEnd.current) {
      isAtEnd.current = atEnd;
      props.onAtEnd(atEnd);
    }
  };
  // Who was at the end stays there; who scrolled up is left alone.
  useLayoutEffect(() => {
    if (isAtEnd.current) {
      list.current!.scrollTop = list.current!.scrollHeight;
    }
  }, [props.messages, props.failed]);

  const messages = props.messages ?? [];
  return (
    <div ref={list} className="messages" role="log" aria-label="Messages" tabIndex={0} onScroll={measure}>
      {props.messages === undefined && <p className="notice">Loading…</p>}
      {props.messages?.length === 0 && <p className="notice">Nothing here yet. Say something.</p>}
      {props.onEarlier !== undefined && (
        <button type="button" className="earlier quiet" onClick={props.onEarlier}>
          Show earlier messages
        </button>
      )}
      {messages.map((message, index) => (
        <MessageRow
          key={message.nonce ?? message.id}
          message={message}
          before={messages[index - 1]}
          isNew={message.id > props.lastReadId && message.author_id !== props.account}
        />
      ))}
      {props.failed.map((message) => (
        <div key={message.nonce} className="failed" role="alert">
          <p className="body">{message.body}</p>
          <p className="reason">
            Not sent: {message.reason}
            <button type="button" onClick={() => props.onRetry(message)}>
              Try again
            </button>
            <button type="button" className="quiet" onClick={() => props.onDiscard(message)}>
              Discard
            </button>
          </p>
        </div>
      ))}
    </div>
  );
}

/** Rows that a transition does not touch keep their identity: they are not rendered again. */
const MessageRow = memo(function MessageRow(props: {
  readonly message: Message;
  readonly before: Message | undefined;
  readonly isNew: boolean;
}) {
  const { message, before } = props;
  const isPending = message.id === unnumbered;
  const at = new Date(message.created_at);
  const isNewDay = before === undefined || new Date(before.created_at).toDateString() !== at.toDateString();
  const goesOn = !isNewDay && before.author_id === message.author_id && at.getTime() - Date.parse(before.created_at) < 5 * 60_000;
  return (
    <>
      {isNewDay && (
        <div className="day" role="separator">
          <span>{day.format(at)}</span>
        </div>
      )}
      <article
        className={goesOn ? "message goes-on" : "message"}
        data-id={message.id}
        data-new={props.isNew}
        data-pending={isPending}
      >
        {!goesOn && <Avatar id={message.author_id} name={message.author} />}
        <div className="text">
          {!goesOn && (
            <p className="by">
              <b>{message.author}</b> <time dateTime={message.created_at}>{timeOfDay.format(at)}</time>
              {props.isNew && <span className="new">new</span>}
            </p>
          )}
          <p className="body">{message.body}</p>
          {isPending && <p className="sending">sending…</p>}
        </div>
      </article>
    </>
  );
});
