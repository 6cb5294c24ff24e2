/**
 * A client of the sync protocol that trusts nothing: it records every frame and checks each against docs/protocol.md.
 * It speaks the protocol itself, not through the SDK, so that a fault in one is not hidden by the other.
 */
import { WebSocket } from 'ws';
import { eventually, within } from './deadline.ts';
import { applyChange, checkError, ProtocolViolation, type Held, type Transition, type WireError } from './transition.ts';

export interface Frame {
  out: boolean;
  text: string;
  at: number;
}

export interface Reply {
  id: number;
  value?: unknown;
  error?: WireError;
  epoch?: string;
  replayed?: boolean;
}

export interface Welcome {
  session: string;
  epoch: string;
  resumed: boolean;
  floor: number;
  server: { name: string; version: string; limits: Record<string, number> };
}

export interface SubscribeOptions {
  lockstep?: boolean;
  page?: Record<string, unknown>;
}

export class Subscription {
  held: Held = { value: undefined, hash: undefined, error: undefined };
  /** Number of results so far, errors included. */
  results = 0;
  readonly id: number;
  readonly path: string;
  readonly args: Record<string, unknown>;
  readonly options: SubscribeOptions;

  constructor(id: number, path: string, args: Record<string, unknown>, options: SubscribeOptions) {
    this.id = id;
    this.path = path;
    this.args = args;
    this.options = options;
  }

  get value(): unknown {
    return this.held.value;
  }

  get error(): WireError | undefined {
    return this.held.error;
  }

  get lockstep(): boolean {
    return this.options.lockstep !== false;
  }
}

interface Pending {
  path: string;
  args: Record<string, unknown>;
  resolve: (reply: Reply) => void;
}

export interface ClientOptions {
  token?: string | null;
  /** Sends `ack` for answered mutations; tests of pruning do it by hand. */
  ack?: boolean;
  headers?: Record<string, string>;
}

export class SyncClient {
  readonly frames: Frame[] = [];
  readonly transitions: Transition[] = [];
  readonly subscriptions = new Map<number, Subscription>();
  /** Called after each transition has been applied as a whole. */
  onTransition: ((transition: Transition) => void) | undefined;
  readonly errors: { error: WireError; id?: number }[] = [];
  readonly auths: { ok: boolean; identity?: unknown; error?: WireError }[] = [];
  readonly included = new Set<number>();
  welcome: Welcome | undefined;
  epoch: string | undefined;
  closed: { code: number; reason: string } | undefined;
  /** The first breach of the protocol; every wait fails with it. */
  violation: ProtocolViolation | undefined;
  recordFrames = true;

  #url: string;
  #options: ClientOptions;
  #socket: WebSocket | undefined;
  #session: string | undefined;
  #nextSubscription = 1;
  #nextRequest = 1;
  #pending = new Map<number, Pending>();
  #mutations = new Map<number, Pending>();
  #answered = new Set<number>();
  #acked = 0;

  constructor(url: string, options: ClientOptions = {}) {
    this.#url = url;
    this.#options = options;
  }

  static async open(url: string, options: ClientOptions = {}): Promise<SyncClient> {
    const client = new SyncClient(url, options);
    await client.connect();
    return client;
  }

  /** Connects, or reconnects and resumes: subscriptions with what is held, unanswered mutations under their ids. */
  async connect(deadline = 20_000): Promise<Welcome> {
    const socket = await this.#dial();
    this.closed = undefined;
    // Kept over attempts that fail: a session that is forgotten here would have its mutations sent again in a new one.
    const session = (this.#session = this.welcome?.session ?? this.#session);
    this.welcome = undefined;
    this.#send({
      type: 'hello',
      ...(session === undefined ? {} : { session, pending: [...this.#mutations.keys()] }),
      ...(this.epoch === undefined ? {} : { last_epoch: this.epoch }),
    });
    if (this.#options.token !== undefined) this.#send({ type: 'auth', token: this.#options.token });
    const welcome = await this.until('welcome', () => this.welcome, { within: deadline });
    if (socket !== this.#socket) throw new Error('replaced while connecting');
    if (session !== undefined && !welcome.resumed) {
      for (const [id, pending] of this.#mutations) {
        pending.resolve({ id, error: { code: 'outcome_unknown', message: 'session not known any more', retryable: false } });
      }
      this.#mutations.clear();
      this.#answered.clear();
      this.included.clear();
      this.#acked = 0;
    }
    for (const subscription of this.subscriptions.values()) this.#sendSubscribe(subscription);
    for (const [id, { path, args }] of this.#mutations) this.#send({ type: 'mutate', id, path, args });
    return welcome;
  }

  subscribe(path: string, args: Record<string, unknown> = {}, options: SubscribeOptions = {}): Subscription {
    const subscription = new Subscription(this.#nextSubscription++, path, args, options);
    this.subscriptions.set(subscription.id, subscription);
    this.#sendSubscribe(subscription);
    return subscription;
  }

  /** Subscribes and waits for the first result, value or error. */
  async live(path: string, args: Record<string, unknown> = {}, options: SubscribeOptions = {}): Promise<Subscription> {
    const subscription = this.subscribe(path, args, options);
    await this.until(`first result of ${path}`, () => subscription.results > 0, { within: 20_000 });
    return subscription;
  }

  unsubscribe(subscription: Subscription): void {
    this.subscriptions.delete(subscription.id);
    this.#send({ type: 'unsubscribe', id: subscription.id });
  }

  mutate(path: string, args: Record<string, unknown> = {}): Promise<Reply> {
    const id = this.#nextRequest++;
    return new Promise((resolve) => {
      this.#mutations.set(id, { path, args, resolve });
      this.trySend({ type: 'mutate', id, path, args });
    });
  }

  /**
   * Sends a mutation that was answered once more under its id, as a client does that never got the answer: on a new
   * socket, since ids grow on one. With `token` the session comes back as somebody else.
   */
  async again(id: number, path: string, args: Record<string, unknown>, token?: string): Promise<Reply> {
    await this.cut();
    if (token !== undefined) this.#options.token = token;
    const answer = new Promise<Reply>((resolve) => this.#mutations.set(id, { path, args, resolve }));
    await eventually('the gateway takes the session back', () => this.connect(5_000), { within: 20_000, every: 50 });
    return within(20_000, `answer to ${path} again`, answer);
  }

  /** Resolves when the mutation has been answered and every lockstep result held includes it (P4, as the SDK does). */
  async mutateAndSee(path: string, args: Record<string, unknown> = {}): Promise<Reply> {
    const reply = await within(20_000, `answer to ${path}`, this.mutate(path, args));
    if (reply.error === undefined && [...this.subscriptions.values()].some((held) => held.lockstep)) {
      await this.until(`a transition that includes ${path}`, () => this.included.has(reply.id));
    }
    return reply;
  }

  query(path: string, args: Record<string, unknown> = {}): Promise<Reply> {
    const id = this.#nextRequest++;
    return new Promise((resolve) => {
      this.#pending.set(id, { path, args, resolve });
      this.#send({ type: 'query', id, path, args });
    });
  }

  auth(token: string | null): void {
    this.#options.token = token;
    this.#send({ type: 'auth', token });
  }

  /** A frame as it is, valid or not. */
  raw(data: string | Buffer, binary = false): void {
    this.frames.push({ out: true, text: data.toString(), at: performance.now() });
    this.#socket?.send(data, { binary });
  }

  /** A request as bytes, under `id`, which is in them: its answer, or how the socket was closed. */
  async rawRequest(id: number, frame: Buffer): Promise<Reply | { closed: { code: number; reason: string } }> {
    let reply: Reply | undefined;
    this.#pending.set(id, { path: '', args: {}, resolve: (given) => (reply = given) });
    this.raw(frame);
    return this.until('an answer or the end of the socket', () => reply ?? (this.closed === undefined ? undefined : { closed: this.closed }), { within: 20_000 });
  }

  async until<T>(
    what: string,
    probe: () => T | Promise<T>,
    options: { within?: number } = {},
  ): Promise<Exclude<T, false | null | undefined>> {
    const value = await eventually(
      what,
      () => (this.violation === undefined ? probe() : true),
      { every: 2, ...options },
    );
    if (this.violation !== undefined) throw this.violation;
    return value as Exclude<T, false | null | undefined>;
  }

  /** Stops and restarts reading from the socket: a slow reader. */
  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** Cuts the connection without a close frame. */
  async cut(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return;
    const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.terminate();
    await gone;
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return;
    const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.close(1000);
    await within(5_000, 'close', gone).catch(() => socket.terminate());
  }

  #dial(): Promise<WebSocket> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.#url, 'freshet.v1', { headers: this.#options.headers ?? {}, perMessageDeflate: false });
      this.#socket = socket;
      socket.once('open', () => resolve(socket));
      socket.on('error', reject);
      socket.on('close', (code, reason) => {
        if (socket === this.#socket) this.closed = { code, reason: reason.toString() };
      });
      socket.on('message', (data, binary) => {
        if (socket !== this.#socket) return;
        try {
          if (binary) throw new ProtocolViolation('frames are text');
          this.#receive(data.toString());
        } catch (error) {
          this.violation ??= error instanceof ProtocolViolation ? error : new ProtocolViolation(String(error));
        }
      });
    });
  }

  #send(message: Record<string, unknown>): void {
    const text = JSON.stringify(message);
    if (this.recordFrames) this.frames.push({ out: true, text, at: performance.now() });
    if (this.#socket === undefined) throw new Error('not connected');
    this.#socket.send(text);
  }

  /** Sends if the socket is open; what must not be lost is sent again by connect(). */
  trySend(message: Record<string, unknown>): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#send(message);
  }

  #sendSubscribe({ id, path, args, options, held }: Subscription): void {
    this.trySend({ type: 'subscribe', id, path, args, ...options, ...(held.hash === undefined ? {} : { have: held.hash }) });
  }

  #receive(text: string): void {
    if (this.recordFrames) this.frames.push({ out: false, text, at: performance.now() });
    const message = JSON.parse(text) as { type: string } & Record<string, unknown>;
    switch (message.type) {
      case 'welcome':
        if (this.welcome !== undefined) throw new ProtocolViolation('a second welcome');
        this.welcome = message as unknown as Welcome;
        this.epoch = this.welcome.epoch;
        return;
      case 'transition':
        return this.#apply(message as unknown as Transition);
      case 'response':
        return this.#answer(message as unknown as Reply);
      case 'auth':
        this.auths.push(message as unknown as { ok: boolean });
        return;
      case 'error':
        checkError(message['error'] as WireError);
        this.errors.push(message as unknown as { error: WireError; id?: number });
        return;
      case 'pong':
        return;
      default:
        throw new ProtocolViolation(`unknown frame: ${text.slice(0, 200)}`);
    }
  }

  #apply(transition: Transition): void {
    if (this.welcome === undefined) throw new ProtocolViolation('a transition before welcome');
    const own = transition.to === null;
    if (own !== (transition.from === null)) throw new ProtocolViolation('from and to are both null or neither');
    if (!own && transition.from !== this.epoch) {
      throw new ProtocolViolation(`transition from ${transition.from}, but the session is at ${this.epoch}`);
    }
    const seen = new Set<number>();
    for (const change of transition.changes) {
      if (seen.has(change.id)) throw new ProtocolViolation(`subscription ${change.id} twice in one transition`);
      seen.add(change.id);
      const subscription = this.subscriptions.get(change.id);
      // Results that were on their way when we unsubscribed.
      if (subscription === undefined) continue;
      if (own && subscription.lockstep) throw new ProtocolViolation('a lockstep result outside of an epoch');
      subscription.held = applyChange(subscription.held, change);
      subscription.results++;
    }
    if (!own) this.epoch = transition.to as string;
    for (const id of transition.includes ?? []) this.included.add(id);
    if (this.recordFrames) this.transitions.push(transition);
    this.onTransition?.(transition);
  }

  #answer(reply: Reply): void {
    if (reply.error !== undefined) checkError(reply.error);
    const mutation = this.#mutations.get(reply.id);
    const pending = mutation ?? this.#pending.get(reply.id);
    if (pending === undefined) {
      if (this.#answered.has(reply.id)) throw new ProtocolViolation(`a second answer to ${reply.id}`);
      throw new ProtocolViolation(`an answer to ${reply.id}, which was not asked`);
    }
    this.#mutations.delete(reply.id);
    this.#pending.delete(reply.id);
    this.#answered.add(reply.id);
    pending.resolve(reply);
    if (mutation !== undefined && this.#options.ack !== false) this.#acknowledge();
  }

  /** Acknowledges up to below the oldest mutation that is still without an answer. */
  #acknowledge(): void {
    const upto = Math.min(this.#nextRequest, ...this.#mutations.keys()) - 1;
    if (upto > this.#acked) {
      this.#acked = upto;
      this.trySend({ type: 'ack', upto });
    }
  }
}
