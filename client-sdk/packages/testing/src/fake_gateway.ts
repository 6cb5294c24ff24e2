import {
  FreshetError,
  canonicalJson,
  toApp,
  toWire,
  type AnyFunction,
  type Identity,
  type Page,
  type WebSocketConstructor,
  type WebSocketLike,
} from "@freshet/client";
import { pageOf } from "./fake_page.js";

interface Frame {
  readonly type: string;
  readonly id: number;
  readonly path: string;
  readonly args: object;
  readonly page?: Page;
}

interface Subscription extends Frame {
  told: string | undefined;
}

interface Answer {
  readonly reference: AnyFunction;
  readonly give: (args: never) => unknown;
}

/**
 * The other end of a client's socket, as docs/protocol.md describes it, over functions instead of a database. What the client sends is
 * answered in a later microtask, never from inside the call that sent it.
 */
export class FakeGateway {
  readonly webSocket: WebSocketConstructor;
  private readonly answers = new Map<string, Answer>();
  private readonly called: Frame[] = [];
  private readonly outcomes = new Map<number, Promise<object>>();
  private readonly subscriptions = new Map<number, Subscription>();
  private socket: FakeSocket | undefined;
  private isReachable = true;
  private isWelcome = false;
  private hasSession = false;
  private epoch = 0;

  constructor(private readonly identity: Identity | undefined) {
    const dialled = (socket: FakeSocket) => this.dialled(socket);
    const received = (socket: FakeSocket, text: string) => queueMicrotask(() => this.receive(socket, JSON.parse(text) as Frame));
    this.webSocket = class extends FakeSocket {
      constructor() {
        super(received);
        dialled(this);
      }
    };
  }

  answer(reference: AnyFunction, give: Answer["give"]): void {
    this.answers.set(reference.path, { reference, give });
  }

  calls(reference: AnyFunction): object[] {
    return this.called.filter(({ path }) => path === reference.path).map(({ args }) => toApp(args, reference.names?.args) as object);
  }

  disconnect(): void {
    this.isReachable = false;
    const socket = this.socket;
    this.socket = undefined;
    socket?.lose();
  }

  reconnect(): void {
    this.isReachable = true;
    this.socket?.open();
  }

  async settled(): Promise<void> {
    // The client's next attempt comes after a millisecond; answers take a few microtasks each.
    for (let turn = 0; turn < 4; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** One transition to what the answers are now. */
  publish(includes: readonly number[] = []): void {
    if (!this.isWelcome) {
      return;
    }
    const changes: object[] = [];
    for (const subscription of this.subscriptions.values()) {
      const change = this.change(subscription);
      if (change !== undefined) {
        changes.push(change);
      }
    }
    if (changes.length > 0 || includes.length > 0) {
      this.send({ type: "transition", from: `e${this.epoch}`, to: `e${++this.epoch}`, changes, includes });
    }
  }

  private dialled(socket: FakeSocket): void {
    this.socket = socket;
    this.isWelcome = false;
    this.subscriptions.clear();
    if (this.isReachable) {
      queueMicrotask(() => socket.open());
    }
  }

  private receive(socket: FakeSocket, frame: Frame): void {
    if (socket !== this.socket) {
      return;
    }
    switch (frame.type) {
      case "hello":
        this.isWelcome = true;
        this.send({ type: "welcome", session: "fake", epoch: `e${this.epoch}`, resumed: this.hasSession, floor: 0 });
        this.hasSession = true;
        return;
      case "auth":
        return this.send({ type: "auth", ok: true, identity: (frame as { token?: unknown }).token === null ? null : this.identity ?? {} });
      case "subscribe":
        this.called.push(frame);
        this.subscriptions.set(frame.id, { ...frame, told: undefined });
        // Subscriptions that are sent together are answered together.
        return queueMicrotask(() => this.publish());
      case "unsubscribe":
        this.subscriptions.delete(frame.id);
        return;
      case "mutate":
      case "act":
      case "query":
        void this.call(frame);
        return;
      case "ping":
        return this.send({ type: "pong" });
    }
  }

  /** At most once for each id, like a gateway: sent again after a reconnect, a mutation has the outcome that it had. */
  private async call(frame: Frame): Promise<void> {
    const isWrite = frame.type !== "query";
    const outcome = this.outcomes.get(frame.id) ?? this.outcome(frame);
    if (isWrite && !this.outcomes.has(frame.id)) {
      this.outcomes.set(frame.id, outcome);
      this.called.push(frame);
    }
    const answer = await outcome;
    this.send({ type: "response", id: frame.id, ...answer });
    if (isWrite) {
      this.publish("error" in answer ? [] : [frame.id]);
    }
  }

  private async outcome(frame: Frame): Promise<object> {
    try {
      return { value: onWire(await this.run(frame), frame, this.answers.get(frame.path)!.reference) };
    } catch (error) {
      return { error: wireError(error) };
    }
  }

  private change(subscription: Subscription): object | undefined {
    const { id } = subscription;
    let change: object;
    try {
      const value = onWire(this.run(subscription), subscription, this.answers.get(subscription.path)!.reference);
      change = { id, value, hash: canonicalJson(value) };
    } catch (error) {
      change = { id, error: wireError(error) };
    }
    const told = canonicalJson(change);
    if (told === subscription.told) {
      return undefined;
    }
    subscription.told = told;
    return change;
  }

  private run(frame: Frame): unknown {
    const answer = this.answers.get(frame.path);
    if (answer === undefined) {
      throw new FreshetError({ code: "not_found", message: `the test gives no answer for ${frame.path}`, retryable: false });
    }
    return answer.give(toApp(frame.args, answer.reference.names?.args) as never);
  }

  private send(message: object): void {
    this.socket?.deliver(JSON.stringify(message));
  }
}

/** What the test's function gave, under the names of the wire, and the part of it that was asked for. */
function onWire(value: unknown, { page }: Frame, { names }: AnyFunction): unknown {
  const whole = toWire(value, names?.result) ?? null;
  return page !== undefined && Array.isArray(whole) ? pageOf(whole, page) : whole;
}

function wireError(error: unknown): object {
  // By its shape: the test's copy of the client may be another than ours.
  const { code, message, details, retryable } = (error ?? {}) as Partial<FreshetError>;
  if (error instanceof Error && typeof code === "string" && typeof retryable === "boolean") {
    return { code, message, retryable, ...(details !== undefined && { details }) };
  }
  return { code: "internal", message: error instanceof Error ? error.message : String(error), retryable: false };
}

class FakeSocket implements WebSocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  private isOpen = false;

  constructor(private readonly received: (socket: FakeSocket, text: string) => void) {}

  send(text: string): void {
    this.received(this, text);
  }

  close(): void {
    this.isOpen = false;
  }

  open(): void {
    if (!this.isOpen) {
      this.isOpen = true;
      this.onopen?.({} as never);
    }
  }

  deliver(data: string): void {
    if (this.isOpen) {
      this.onmessage?.({ data } as never);
    }
  }

  lose(): void {
    this.isOpen = false;
    this.onclose?.({ code: 1006 } as never);
  }
}
