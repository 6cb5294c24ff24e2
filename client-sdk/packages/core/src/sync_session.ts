import { FreshetError, type WireError } from "./error.js";
import { Caller, type AuthState } from "./caller.js";
import type { DehydratedQuery, DehydratedState } from "./hydration.js";
import { LocalState, queryKey, type QueryCall, type WantedQuery } from "./local_state.js";
import type { AuthAnswer, ClientMessage, ServerMessage, Transition, Welcome } from "./protocol.js";
import { RemoteQuerySet, type Held } from "./remote_query_set.js";
import { frameBytes, tooLarge } from "./frame_size.js";
import { Requests, type RequestCall, type RequestListener } from "./requests.js";

/**
 * What the driver has to do after an event, besides sending `takeFrames()`.
 * new_token: ask for one that is not the one before · retry_later: call retryRefused() after a while
 */
export type Demand = "none" | "reconnect" | "new_token" | "welcomed" | "retry_later";

const ackBatch = 32;

/**
 * One session with the gateway, across connections. Sans-IO: the driver feeds it socket events and frames, then takes what is to be sent,
 * published and settled. It knows no clock and no socket, so that any interleaving can be tested.
 *
 * A connection goes: greet() → hello and auth are sent → welcome and auth answer → the gate opens and everything else flows.
 * Nothing but hello and auth leaves before: a mutation that was sent before must not reach a new session, nor another identity.
 */
export class SyncSession {
  private readonly local = new LocalState();
  private readonly remote = new RemoteQuerySet();
  private readonly requests = new Requests();
  private readonly staged = new Set<number>();

  private frames: ClientMessage[] = [];
  private hasPublished = false;

  private session: string | undefined;
  private epoch: string | undefined;
  private isStale = false;
  private connected = false;
  private isWelcome = false;
  /** Welcomed, and identity settled, once on this connection: subscriptions are sent. */
  private isGateOpen = false;
  private maxFrameBytes = Infinity;
  private readonly refused = new Set<number>();

  private readonly caller = new Caller();

  // ── what the app wants ────────────────────────────────────────────────────────────────────────────────────────────────────

  subscribe(call: QueryCall): void {
    if (this.local.get(queryKey(call)) === undefined) {
      const query = this.local.add(call);
      if (this.isGateOpen) {
        this.sendSubscribe(query);
      }
    }
  }

  /** Results that a server was given, before anything else happens here. They move on together once each is confirmed or replaced. */
  adopt(state: DehydratedState): void {
    this.caller.adopt(state.caller);
    for (const { value, hash, detached, ...call } of state.queries) {
      this.subscribe(call);
      this.remote.adopt(this.local.get(queryKey(call))!.id, { value, hash }, detached);
    }
    this.hasPublished = true;
  }

  /** Everything published that is a value: of one snapshot, those on timelines of their own excepted. */
  dehydrate(): DehydratedState {
    const queries: DehydratedQuery[] = [];
    for (const { id, call } of this.local.queries) {
      const held = this.remote.get(id);
      if (held !== undefined && held.error === undefined) {
        queries.push({ ...call, value: held.value, hash: held.hash, detached: this.remote.isDetached(id) });
      }
    }
    return { version: 1, caller: this.caller.key, queries };
  }

  unsubscribe(key: string): void {
    const query = this.local.remove(key);
    if (query === undefined) {
      return;
    }
    this.remote.forget(query.id);
    this.refused.delete(query.id);
    if (this.isGateOpen) {
      this.frames.push({ type: "unsubscribe", id: query.id });
    }
    if (!this.holdsLockstep()) {
      this.requests.finishAnswered();
    }
    this.publishIfComplete();
  }

  request(call: RequestCall, listener: RequestListener): number {
    const id = this.requests.add(call, listener);
    this.flushRequests();
    return id;
  }

  withdraw(id: number): boolean {
    return this.requests.withdraw(id);
  }

  result(key: string): Held | undefined {
    const query = this.local.get(key);
    return query && this.remote.get(query.id);
  }

  get queries(): Iterable<WantedQuery> {
    return this.local.queries;
  }

  get auth(): AuthState {
    return this.caller.state;
  }

  get stale(): boolean {
    return this.isStale;
  }

  // ── identity ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Another caller, or none, from here on: supplyToken() follows. Nothing that the one before was shown stays. */
  changeIdentity(): void {
    this.requests.identityChanged();
    this.forgetResults();
    this.isGateOpen = false;
    this.caller.change();
    if (this.connected) {
      this.frames.push(this.caller.frameOfNobody());
    }
  }

  /** The same caller's first, next, or better token. One that is not fixed can be replaced once if it is refused. */
  supplyToken(token: string | null, isFixed: boolean): void {
    this.caller.supply(token, isFixed, this.connected);
    if (this.connected) {
      this.frames.push(this.caller.frame());
    }
    this.openGateIfReady();
  }

  /** A supplier will give the token for the next connection; until then nothing is sent. */
  awaitToken(): void {
    this.caller.await();
  }

  // ── the connection ────────────────────────────────────────────────────────────────────────────────────────────────────────

  greet(): void {
    this.connected = true;
    const pending = this.requests.pending();
    this.frames.push({
      type: "hello",
      ...(this.session !== undefined && { session: this.session }),
      ...(this.epoch !== undefined && { last_epoch: this.epoch }),
      ...(this.session !== undefined && pending.length > 0 && { pending }),
    });
    if (this.caller.hasToken) {
      this.frames.push(this.caller.frame());
    }
  }

  lost(): void {
    this.connected = false;
    this.isWelcome = false;
    this.isGateOpen = false;
    this.caller.lost();
    this.refused.clear();
    this.frames = [];
    this.staged.clear();
    this.requests.connectionLost();
  }

  receive(message: ServerMessage): Demand {
    switch (message.type) {
      case "welcome":
        return this.welcome(message);
      case "transition":
        return this.isWelcome ? this.transition(message) : "reconnect";
      case "response":
        this.requests.respond(message, this.holdsLockstep());
        if (message.error !== undefined) {
          this.publishIfComplete();
        }
        this.acknowledge(ackBatch);
        return "none";
      case "auth":
        return this.authAnswer(message);
      case "error":
        return this.refusal(message.error, message.id);
      case "pong":
        return "none";
      default:
        message satisfies never;
        return "reconnect";
    }
  }

  /** Subscribes again to what was refused for the moment. */
  retryRefused(): void {
    if (!this.isGateOpen) {
      return;
    }
    for (const id of this.refused) {
      const query = this.local.find(id);
      if (query !== undefined) {
        const renewed = this.local.renumber(query);
        this.remote.inherit(id, renewed.id);
        this.sendSubscribe(renewed);
      }
    }
    this.refused.clear();
  }

  /** A sign of life, when nothing was sent for a while. */
  ping(): void {
    if (this.connected) {
      this.acknowledge(1);
      this.frames.push({ type: "ping" });
    }
  }

  close(error: (everSent: boolean) => FreshetError): void {
    this.requests.failAll(error);
  }

  takeFrames(): ClientMessage[] {
    const frames = this.frames;
    this.frames = [];
    return frames;
  }

  /** True once after `result()` may have changed for any query. */
  takePublished(): boolean {
    const hasPublished = this.hasPublished;
    this.hasPublished = false;
    return hasPublished;
  }

  /** An optimistic update of this mutation still stands in for its effect. */
  isOutstanding(id: number): boolean {
    return this.requests.isOutstanding(id);
  }

  takeSettled(): (() => void)[] {
    return this.requests.takeSettled();
  }

  // ── frames ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  private welcome(message: Welcome): Demand {
    if (this.isWelcome) {
      return "reconnect";
    }
    if (!message.resumed) {
      this.requests.sessionReplaced(message.floor);
    }
    const maxFrameBytes = message.server?.limits?.["max_frame_bytes"];
    this.maxFrameBytes = typeof maxFrameBytes === "number" && maxFrameBytes > 0 ? maxFrameBytes : Infinity;
    this.session = message.session;
    this.epoch = message.epoch;
    this.isWelcome = true;
    for (const query of this.local.queries) {
      if (this.remote.holds(query.id)) {
        this.remote.await(query.id);
      }
    }
    this.openGateIfReady();
    return "welcomed";
  }

  private transition(message: Transition): Demand {
    const detached = message.to === null;
    if (!detached) {
      if (message.from !== this.epoch) {
        return "reconnect";
      }
      this.epoch = message.to;
      this.isStale = message.stale === true;
    }
    for (const change of message.changes) {
      const query = this.subscribed(change.id);
      if (query !== undefined && !this.remote.apply(change, detached)) {
        this.askForWhole(query);
      }
    }
    if (detached) {
      this.hasPublished = true;
    }
    message.includes.forEach((id) => this.staged.add(id));
    this.publishIfComplete();
    this.acknowledge(ackBatch);
    return "none";
  }

  /** The value held is not the one that the gateway meant. The query stays as it is on the screen until the whole value is here. */
  private askForWhole(query: WantedQuery): void {
    this.frames.push({ type: "unsubscribe", id: query.id });
    const renewed = this.local.renumber(query);
    this.remote.inherit(query.id, renewed.id);
    this.remote.await(renewed.id);
    this.sendSubscribe(renewed);
  }

  private authAnswer(message: AuthAnswer): Demand {
    const verdict = this.caller.answer(message);
    switch (verdict) {
      case "stale":
        return "none";
      case "limited":
        return "reconnect";
      case "renew":
        return "new_token";
      case "rejected":
        if (this.caller.state.status === "rejected") {
          this.requests.identityRefused(this.caller.state.error);
        }
        break;
      case "accepted":
        break;
      default:
        verdict satisfies never;
    }
    this.openGateIfReady();
    this.flushRequests();
    return "none";
  }

  /** A subscription that is not open: its result is the refusal, until it is tried again. */
  private refusal(error: WireError, id: number | undefined): Demand {
    const query = this.subscribed(id);
    if (query === undefined) {
      return "none";
    }
    this.remote.apply({ id: query.id, error }, false);
    this.publishIfComplete();
    if (!error.retryable) {
      return "none";
    }
    this.refused.add(query.id);
    return "retry_later";
  }

  // ── inside ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The query of a subscription that was sent on this connection: of another the gateway can say nothing. */
  private subscribed(id: number | undefined): WantedQuery | undefined {
    return id !== undefined && this.isGateOpen ? this.local.find(id) : undefined;
  }

  private holdsLockstep(): boolean {
    for (const query of this.local.queries) {
      if (query.call.lockstep !== false && !this.remote.isDetached(query.id)) {
        return true;
      }
    }
    return false;
  }

  private openGateIfReady(): void {
    if (this.isGateOpen || !this.connected || !this.isWelcome || !this.caller.isSettled) {
      return;
    }
    this.isGateOpen = true;
    if (!this.caller.admit()) {
      this.forgetResults();
    }
    for (const query of this.local.queries) {
      this.sendSubscribe(query);
    }
    this.flushRequests();
  }

  private forgetResults(): void {
    for (const query of [...this.local.queries]) {
      if (this.isGateOpen) {
        this.frames.push({ type: "unsubscribe", id: query.id });
      }
      this.remote.forget(query.id);
      this.local.renumber(query);
    }
    this.hasPublished = true;
  }

  private sendSubscribe(query: WantedQuery): void {
    const have = this.remote.hash(query.id);
    const frame: ClientMessage = { type: "subscribe", id: query.id, ...query.call, ...(have !== undefined && { have }) };
    if (frameBytes(frame) <= this.maxFrameBytes) {
      this.frames.push(frame);
    } else {
      this.refusal(tooLarge(this.maxFrameBytes), query.id);
    }
  }

  private flushRequests(): void {
    if (this.isGateOpen && !this.caller.isRenewing) {
      this.frames.push(...this.requests.take(this.maxFrameBytes));
    }
  }

  private acknowledge(atLeast: number): void {
    const upto = this.isGateOpen ? this.requests.takeAck(atLeast) : undefined;
    if (upto !== undefined) {
      this.frames.push({ type: "ack", upto });
    }
  }

  /**
   * After a reconnect a result may hold the effect of a mutation whose answer was lost: shown before the replay has told, it would stand
   * beside its own optimistic update.
   */
  private publishIfComplete(): void {
    if (this.isGateOpen && this.remote.isComplete && this.requests.replaysAreCovered(this.staged)) {
      this.remote.publish();
      this.requests.include(this.staged);
      this.staged.clear();
      this.hasPublished = true;
    }
  }
}
