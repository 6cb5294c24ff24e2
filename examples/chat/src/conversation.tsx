import { useState } from "react";
import { useQuery } from "@freshet/react";
import { Composer } from "./composer.tsx";
import { api, type ChannelsListResult } from "./generated/api.ts";
import { MessageList } from "./message_list.tsx";
import { useMarkRead } from "./use_mark_read.ts";
import { useOutbox } from "./use_outbox.ts";

const pageSize = 50;
const most = 500;

export function Conversation(props: {
  readonly account: number;
  readonly channel: ChannelsListResult[number];
  readonly onBack: () => void;
}) {
  const { account, channel } = props;
  const [newest, setNewest] = useState(pageSize);
  const messages = useQuery(api.messages.list, { channel: channel.id, newest });
  const members = useQuery(api.members.list, { channel: channel.id });
  const outbox = useOutbox({ account, name: members.data?.find(({ id }) => id === account)?.name ?? "You", channel: channel.id });
  const [isAtEnd, setIsAtEnd] = useState(true);
  useMarkRead({ account, channel, messages: messages.data, newest, isReading: isAtEnd });
  return (
    <main className="conversation">
      <header className="bar">
        <button type="button" className="back quiet" onClick={props.onBack} aria-label="Back to the channels">
          ←
        </button>
        <h2>{channel.name}</h2>
        <span className="members" title={members.data?.map(({ name }) => name).join(", ")}>
          {members.data === undefined ? "" : `${members.data.length} members`}
        </span>
      </header>
      {messages.status === "error" ? (
        <p role="alert" className="notice">
          {messages.error.message}
        </p>
      ) : (
        <MessageList
          account={account}
          messages={messages.data}
          lastReadId={channel.last_read_id}
          failed={outbox.failed}
          onRetry={outbox.retry}
          onDiscard={outbox.discard}
          onAtEnd={setIsAtEnd}
          onEarlier={(messages.data?.length ?? 0) >= newest && newest < most ? () => setNewest((n) => Math.min(most, n * 2)) : undefined}
        />
      )}
      <Composer channelName={channel.name} onSend={outbox.send} />
    </main>
  );
}
