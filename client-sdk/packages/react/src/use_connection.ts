import { useCallback, useSyncExternalStore } from "react";
import type { Auth, AuthState, ConnectionState } from "@freshet/client";
import { useFreshetClient } from "./context.js";

// What a server renders, and a page until it is alive: neither knows the other's connection.
const connecting: ConnectionState = { status: "connecting", isStale: false };
const authenticating: AuthState = { status: "authenticating" };

function useClientState<T>(read: () => T, rendered: T): T {
  const client = useFreshetClient();
  const subscribe = useCallback((listener: () => void) => client.onConnectionChange(listener), [client]);
  return useSyncExternalStore(subscribe, read, () => rendered);
}

/** Whether the client is connected, and whether what is shown may be behind. In server rendering: connecting. */
export function useConnectionState(): ConnectionState {
  const client = useFreshetClient();
  return useClientState(() => client.connectionStatus(), connecting);
}

/** Who the gateway takes the client for, and the way to become somebody else. In server rendering: authenticating. */
export function useAuth(): { readonly state: AuthState; readonly setAuth: (auth: Auth) => void } {
  const client = useFreshetClient();
  const state = useClientState(() => client.auth(), authenticating);
  const setAuth = useCallback((auth: Auth) => client.setAuth(auth), [client]);
  return { state, setAuth };
}
