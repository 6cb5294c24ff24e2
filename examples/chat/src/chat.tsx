import { useMemo, useState } from "react";
import { useQuery } from "@freshet/react";
import { Avatar } from "./avatar.tsx";
import { ChannelList } from "./channel_list.tsx";
import { ConnectionBadge } from "./connection_badge.tsx";
import { Conversation } from "./conversation.tsx";
import { api } from "./generated/api.ts";

export function Chat(props: { readonly account: number; readonly onSignOut: () => void }) {
  const channels = useQuery(api.channels.list);
  const name = useQuery(api.people.demo_accounts).data?.find(({ id }) => id === props.account)?.name ?? "";
  const [chosen, choose] = useState<number>();
  const current = useMemo(() => channels.data?.find(({ id }) => id === chosen), [channels.data, chosen]);
  const unread = channels.data?.reduce((sum, channel) => sum + channel.unread, 0) ?? 0;
  return (
    <div className="chat" data-pane={current === undefined ? "channels" : "conversation"}>
      <aside className="sidebar">
        <header className="bar">
          <h1>Freshet chat</h1>
          <ConnectionBadge />
        </header>
        {channels.status === "error" ? (
          <p role="alert" className="notice">
            {channels.error.message}
          </p>
        ) : (
          <ChannelList channels={channels.data} chosen={current?.id} onChoose={choose} />
        )}
        <footer className="bar foot">
          <Avatar id={props.account} name={name} />
          <p className="who">
            <strong>{name}</strong>
            <span>
              {channels.data === undefined ? "Loading…" : `${count(channels.data.length, "channel")}, ${unread.toLocaleString()} unread`}
            </span>
          </p>
          <button type="button" className="quiet" onClick={props.onSignOut}>
            Sign out
          </button>
        </footer>
      </aside>
      {current === undefined ? (
        <main className="empty">
          <p>Choose a channel to read along. Everything here is live.</p>
        </main>
      ) : (
        <Conversation key={current.id} account={props.account} channel={current} onBack={() => choose(undefined)} />
      )}
    </div>
  );
}

function count(n: number, word: string): string {
  return `${n.toLocaleString()} ${word}${n === 1 ? "" : "s"}`;
}
