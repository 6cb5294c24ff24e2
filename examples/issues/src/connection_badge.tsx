import { useConnectionState } from "@freshet/react";

const labels = {
  idle: "offline",
  connecting: "connecting…",
  connected: "live",
  waiting: "reconnecting…",
  closed: "closed",
  stale: "database away",
} as const;

/** Whether what is on the page is as it is in the database. */
export function ConnectionBadge() {
  const { status, isStale } = useConnectionState();
  const shown = status === "connected" && isStale ? "stale" : status;
  return (
    <span className="connection" data-status={shown}>
      <span className="dot" aria-hidden="true" />
      <span role="status">{labels[shown]}</span>
    </span>
  );
}
