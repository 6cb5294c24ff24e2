/**
 * idle: nothing was asked for yet · connecting: a socket is being opened · greeting: hello is sent, welcome is awaited ·
 * live: welcome came · waiting: for the back-off to end · closed: for good
 */
export type Phase = "idle" | "connecting" | "greeting" | "live" | "waiting" | "closed";

/** What apps see of a phase. */
export const statusOf = {
  idle: "idle",
  connecting: "connecting",
  greeting: "connecting",
  live: "connected",
  waiting: "waiting",
  closed: "closed",
} as const satisfies { readonly [P in Phase]: string };

/** lost: the socket ended · silent: no sign of life for too long · online: the network came back */
export type ConnectionEvent = "start" | "opened" | "welcomed" | "lost" | "silent" | "retry" | "online" | "stop";

/** What entering or leaving a phase requires, in order. */
export type Effect = "dial" | "greet" | "hang_up" | "back_off" | "cancel_retry";

export interface Step {
  readonly to: Phase;
  readonly effects: readonly Effect[];
}

const stay = null;
const close = (...effects: Effect[]): Step => ({ to: "closed", effects });
const dial = (...effects: Effect[]): Step => ({ to: "connecting", effects: [...effects, "dial"] });
const backOff = (...effects: Effect[]): Step => ({ to: "waiting", effects: [...effects, "back_off"] });

/** Every phase with every event; `null` leaves everything as it is. */
export const connectionTable: { readonly [P in Phase]: { readonly [E in ConnectionEvent]: Step | null } } = {
  idle: {
    start: dial(),
    opened: stay,
    welcomed: stay,
    lost: stay,
    silent: stay,
    retry: stay,
    online: stay,
    stop: close(),
  },
  connecting: {
    start: stay,
    opened: { to: "greeting", effects: ["greet"] },
    welcomed: stay,
    lost: backOff(),
    silent: backOff("hang_up"),
    retry: stay,
    online: stay,
    stop: close("hang_up"),
  },
  greeting: {
    start: stay,
    opened: stay,
    welcomed: { to: "live", effects: [] },
    lost: backOff(),
    silent: backOff("hang_up"),
    retry: stay,
    online: stay,
    stop: close("hang_up"),
  },
  live: {
    start: stay,
    opened: stay,
    welcomed: stay,
    lost: backOff(),
    silent: backOff("hang_up"),
    retry: stay,
    online: stay,
    stop: close("hang_up"),
  },
  waiting: {
    start: stay,
    opened: stay,
    welcomed: stay,
    lost: stay,
    silent: stay,
    retry: dial(),
    online: dial("cancel_retry"),
    stop: close("cancel_retry"),
  },
  closed: {
    start: stay,
    opened: stay,
    welcomed: stay,
    lost: stay,
    silent: stay,
    retry: stay,
    online: stay,
    stop: stay,
  },
};
