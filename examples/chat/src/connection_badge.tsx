import { useEffect, useState } from "react";
import { useConnectionState, useFreshetClient } from "@freshet/react";

const labels = {
  idle: "offline",
  connecting: "connecting…",
  connected: "live",
  waiting: "reconnecting…",
  closed: "closed",
} as const;

/** Connection state, and how many transitions have arrived since the page was opened. */
export function ConnectionBadge() {
  const { status, isStale } = useConnectionState();
  const client = useFreshetClient();
  const [transitions, setTransitions] = useState(0);
  useEffect(() => client.onTransition(() => setTransitions((n) => n + 1)), [client]);
  const shown = status === "connected" && isStale ? "stale" : status;
  return (
    <span className="connection" data-status={shown} title={`${transitions} transitions since the page was opened`}>
      <span className="dot" aria-hidden="true" />
      <span role="status">{shown === "stale" ? "database away" : labels[status]}</span>
      <span className="count" aria-hidden="true">
        {transitions}
      </span>
    </span>
  );
}
