import { Backoff, type BackoffOptions } from "./backoff.js";
import { connectionTable, type ConnectionEvent, type Effect, type Phase } from "./connection_table.js";
import type { Environment, WebSocketConstructor, WebSocketLike } from "./environment.js";
import { subprotocol } from "./protocol.js";

export interface ConnectionListener {
  /** The socket is open: the first frame may be sent. */
  greet(): void;
  text(frame: string): void;
  /** The socket is gone; `code` is its close code where there is one. */
  lost(code: number | undefined): void;
  /** Nothing was heard for a while: a sign of life is to be sent. */
  quiet(): void;
  phaseChanged(): void;
}

const openWithinMs = 10_000;
const pingAfterMs = 10_000;
const deadAfterMs = 25_000;

// Close codes after which an immediate return would only add to the load (docs/protocol.md).
const busyCodes = new Set([1008, 1009, 1011, 1013]);

/** Keeps one socket open, by `connectionTable`. Owns the socket and every timer about it; ends with stop(). */
export class Connection {
  phase: Phase = "idle";
  private socket: WebSocketLike | undefined;
  private readonly backoff: Backoff;
  private cancelRetry = () => {};
  private cancelWatch = () => {};
  private readonly stopListening: () => void;
  private liveSince: number | undefined;
  private lastHeard = 0;
  private closeCode: number | undefined;

  constructor(
    private readonly url: string,
    private readonly webSocket: WebSocketConstructor,
    private readonly environment: Environment,
    private readonly listener: ConnectionListener,
    backoff: BackoffOptions,
  ) {
    this.backoff = new Backoff(backoff, () => environment.random());
    this.stopListening = environment.onOnline(() => this.handle("online"));
  }

  start(): void {
    this.handle("start");
  }

  welcomed(): void {
    this.liveSince = this.environment.now();
    this.handle("welcomed");
  }

  /** Gives up the socket, and comes back after the usual wait. */
  reconnect(): void {
    this.handle("silent");
  }

  stop(): void {
    this.stopListening();
    this.handle("stop");
  }

  send(text: string): void {
    this.socket?.send(text);
  }

  private handle(event: ConnectionEvent): void {
    const step = connectionTable[this.phase][event];
    if (step === null) {
      return;
    }
    const before = this.phase;
    this.phase = step.to;
    const wasOpen = before === "greeting" || before === "live";
    step.effects.forEach((effect) => this.perform(effect));
    // Listeners may bring about further events: they come last.
    if (wasOpen && step.to !== "live") {
      this.listener.lost(this.closeCode);
    }
    this.listener.phaseChanged();
  }

  private perform(effect: Effect): void {
    switch (effect) {
      case "dial":
        return this.dial();
      case "greet":
        this.heard();
        this.watch(pingAfterMs);
        return this.listener.greet();
      case "hang_up":
        return this.hangUp();
      case "back_off":
        return this.backOff();
      case "cancel_retry":
        return this.cancelRetry();
      default:
        effect satisfies never;
    }
  }

  private dial(): void {
    this.closeCode = undefined;
    this.liveSince = undefined;
    const socket = new this.webSocket(this.url, [subprotocol]);
    this.socket = socket;
    // A socket that was given up may still speak; only the current one is listened to.
    const whenCurrent = (action: (event: { data?: unknown; code?: number }) => void) => (event: unknown) => {
      if (this.socket === socket) {
        action((event ?? {}) as { data?: unknown; code?: number });
      }
    };
    socket.onopen = whenCurrent(() => this.handle("opened"));
    socket.onmessage = whenCurrent(({ data }) => {
      this.heard();
      if (typeof data === "string") {
        this.listener.text(data);
      } else {
        this.reconnect();
      }
    });
    socket.onclose = whenCurrent(({ code }) => {
      this.closeCode = code;
      this.release();
      this.handle("lost");
    });
    // Always followed by `close`, which says more.
    socket.onerror = () => {};
    this.cancelWatch = this.environment.after(openWithinMs, () => this.handle("silent"));
  }

  private heard(): void {
    this.lastHeard = this.environment.now();
  }

  private watch(ms: number): void {
    this.cancelWatch();
    this.cancelWatch = this.environment.after(ms, () => {
      const quietFor = this.environment.now() - this.lastHeard;
      if (quietFor >= deadAfterMs) {
        this.handle("silent");
        return;
      }
      if (quietFor >= pingAfterMs) {
        this.listener.quiet();
      }
      this.watch(quietFor >= pingAfterMs ? deadAfterMs - quietFor : pingAfterMs - quietFor);
    });
  }

  private hangUp(): void {
    const socket = this.socket;
    this.release();
    socket?.close(1000);
  }

  private release(): void {
    this.socket = undefined;
    this.cancelWatch();
  }

  private backOff(): void {
    this.cancelWatch();
    const livedMs = this.liveSince === undefined ? 0 : this.environment.now() - this.liveSince;
    const isBusy = this.closeCode !== undefined && busyCodes.has(this.closeCode);
    this.cancelRetry = this.environment.after(this.backoff.next(livedMs, isBusy), () => this.handle("retry"));
  }
}

/** `…/sync` of a gateway that is named by its origin alone; anything else as it is given. */
export function syncUrl(url: string): string {
  const parsed = new URL(url);
  parsed.protocol = parsed.protocol.replace(/^http/, "ws");
  if (parsed.pathname === "/") {
    parsed.pathname = "/sync";
  }
  return parsed.href;
}
