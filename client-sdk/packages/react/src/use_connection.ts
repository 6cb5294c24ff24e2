import { useCallback, useSyncExternalStore } from "react";
import type { Auth, AuthState, ConnectionState } from "@freshet/client";
import { useFreshetClient } from "./context.js";

function useClientState<T>(read: () => T): T {
  const client = useFreshetClient();
  const subscribe = useCallback((listener: () => void) => client.onConnectionChange(listener), [client]);
  return useSyncExternalStore(subscribe, read, read);
}

/** Whether the client is connected, and whether what is shown may be behind. */
export function useConnectionState(): ConnectionState {
  const client = useFreshetClient();
  return useClientState(() => client.connectionStatus());
}

/** Who the gateway takes the client for, and the way to become somebody else. */
export function useAuth(): { readonly state: AuthState; readonly setAuth: (auth: Auth) => void } {
  const client = useFreshetClient();
  const state = useClientState(() => client.auth());
  const setAuth = useCallback((auth: Auth) => client.setAuth(auth), [client]);
  return { state, setAuth };
}
