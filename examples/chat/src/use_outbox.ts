import { useCallback, useState } from "react";
import { useMutation } from "@freshet/react";
import { MessageId, UsrId, api, type ChannelId } from "./generated/api.ts";

export interface FailedMessage {
  readonly nonce: string;
  readonly body: string;
  readonly reason: string;
}

/** The id of a message that the database has not numbered yet. */
export const unnumbered = MessageId(-1);

/** Sending, with the message on the screen at once. What failed is kept here until it is sent again or thrown away. */
export function useOutbox(props: { readonly account: number; readonly name: string; readonly channel: ChannelId }) {
  const { account, name, channel } = props;
  const send = useMutation(api.messages.send);
  const [failed, setFailed] = useState<readonly FailedMessage[]>([]);

  const post = useCallback(
    async (nonce: string, body: string) => {
      setFailed((messages) => messages.filter((message) => message.nonce !== nonce));
      const created_at = new Date().toISOString();
      const sending = send.withOptimisticUpdate((store, args) => {
        store.update(api.messages.list, (messages, of) =>
          of.channel === args.channel
            ? [...messages, { id: unnumbered, body: args.body, created_at, author_id: UsrId(account), author: name, nonce }]
            : messages,
        );
      });
      try {
        await sending({ channel, body, nonce });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        setFailed((messages) => [...messages, { nonce, body, reason }]);
      }
    },
    [send, account, name, channel],
  );

  return {
    failed,
    send: (body: string) => void post(crypto.randomUUID(), body),
    retry: (message: FailedMessage) => void post(message.nonce, message.body),
    discard: (message: FailedMessage) => setFailed((messages) => messages.filter(({ nonce }) => nonce !== message.nonce)),
  };
}
