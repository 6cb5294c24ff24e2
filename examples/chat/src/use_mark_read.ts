import { useEffect, useRef } from "react";
import { useMutation } from "@freshet/react";
import { api, type ChannelsListResult, type MessagesListResult } from "./generated/api.ts";

/** Tells the database what was read, while the end of the conversation is in sight of somebody who looks. */
export function useMarkRead(props: {
  readonly account: number;
  readonly channel: ChannelsListResult[number];
  readonly messages: MessagesListResult | undefined;
  readonly newest: number;
  readonly isReading: boolean;
}): void {
  const { account, channel, messages, newest, isReading } = props;
  const markRead = useMutation(api.channels.mark_read);
  const asked = useRef(0);
  const upto = messages?.reduce((highest, { id }) => Math.max(highest, id), 0) ?? 0;

  useEffect(() => {
    const mark = () => {
      const isLooking = document.visibilityState === "visible" && document.hasFocus();
      if (!isReading || !isLooking || channel.unread === 0 || upto <= channel.last_read_id || upto <= asked.current) {
        return;
      }
      asked.current = upto;
      const marking = markRead.withOptimisticUpdate((store, args) => {
        const after = store.get(api.messages.list, { channel: args.channel, newest }) ?? [];
        const unread = after.filter(({ id, author_id }) => id > args.upto && author_id !== account).length;
        store.update(api.channels.list, (channels) =>
          channels.map((other) => (other.id === args.channel ? { ...other, unread, last_read_id: args.upto } : other)),
        );
      });
      // Not being able to say so loses nothing: the badge comes back, and the next message tries again.
      marking({ channel: channel.id, upto }).catch(() => {
        asked.current = 0;
      });
    };
    mark();
    addEventListener("focus", mark);
    document.addEventListener("visibilitychange", mark);
    return () => {
      removeEventListener("focus", mark);
      document.removeEventListener("visibilitychange", mark);
    };
  }, [account, channel, isReading, markRead, newest, upto]);
}
