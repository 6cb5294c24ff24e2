import { useState } from "react";
import { FreshetClient, type QueryResult } from "@freshet/client";
import { FreshetProvider, useConnectionState, useQuery } from "@freshet/react";
import type { TileRow } from "../rival/messages.ts";
import { api, BankId } from "./generated/api.ts";
import { Panel, type PanelData } from "./panel.tsx";
import { tokenOf } from "./session.ts";
import type { Tile } from "./tile.ts";
import { TileView } from "./tiles.tsx";

/** The app with Freshet: two components, two useQuery. */
export function FreshetSide({ bank, user, data }: { readonly bank: number; readonly user: number; readonly data: PanelData }) {
  const [client] = useState(() => new FreshetClient(location.origin, { auth: () => tokenOf(user), onError: (error) => console.warn(error) }));
  return (
    <FreshetProvider client={client}>
      <FreshetPanel bank={BankId(bank)} data={data} />
    </FreshetProvider>
  );
}

function FreshetPanel({ bank, data }: { readonly bank: BankId; readonly data: PanelData }) {
  const { status } = useConnectionState();
  return (
    <Panel side="freshet" title="Freshet" says="useQuery in each tile, and nothing else" isConnected={status === "connected"} data={data}>
      <Accounts bank={bank} />
      <Books bank={bank} />
    </Panel>
  );
}

function Accounts({ bank }: { readonly bank: BankId }) {
  return <TileView name="accounts" tile={tileOf(useQuery(api.accounts.list, { bank }))} />;
}

function Books({ bank }: { readonly bank: BankId }) {
  return <TileView name="books" tile={tileOf(useQuery(api.books.list, { bank }))} />;
}

function tileOf(result: QueryResult<readonly TileRow[]>): Tile {
  switch (result.status) {
    case "success":
      return { status: "shown", rows: result.data };
    case "error":
      return result.error.code === "forbidden" ? { status: "forbidden" } : { status: "failed", message: result.error.message };
    default:
      return { status: "loading" };
  }
}
