import { useState, useSyncExternalStore } from "react";
import { Panel, type PanelData } from "./panel.tsx";
import { RivalClient } from "./rival_client.ts";
import { tokenOf } from "./session.ts";
import { TileView } from "./tiles.tsx";

/** The app that everyone writes: the same two tiles over triggers, LISTEN, a refetch of each tile and server-sent events. */
export function RivalSide({ bank, user, data }: { readonly bank: number; readonly user: number; readonly data: PanelData }) {
  const [client] = useState(() => new RivalClient(location.origin, bank, () => tokenOf(user)));
  const { isConnected } = useSyncExternalStore(client.onChange, client.current);
  return (
    <Panel side="rival" title="LISTEN/NOTIFY + refetch" says="triggers notify, a Node server refetches each tile and pushes it" isConnected={isConnected} data={data}>
      <RivalTile client={client} name="accounts" />
      <RivalTile client={client} name="books" />
    </Panel>
  );
}

function RivalTile({ client, name }: { readonly client: RivalClient; readonly name: "accounts" | "books" }) {
  const tile = useSyncExternalStore(client.onChange, () => client.current().tiles[name]);
  return <TileView name={name} tile={tile} />;
}
