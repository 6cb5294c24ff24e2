import { createContext, createElement, useContext, type ReactNode } from "react";
import type { FreshetClient } from "@freshet/client";

const ClientContext = createContext<FreshetClient | null>(null);

/** Gives the client to the hooks below. Whoever made the client closes it. */
export function FreshetProvider(props: { readonly client: FreshetClient; readonly children?: ReactNode }): ReactNode {
  return createElement(ClientContext.Provider, { value: props.client }, props.children);
}

export function useFreshetClient(): FreshetClient {
  const client = useContext(ClientContext);
  if (client === null) {
    throw new Error("this hook needs a <FreshetProvider client={…}> above it");
  }
  return client;
}
