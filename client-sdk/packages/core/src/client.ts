import type { AuthState } from "./caller.js";
import type { CallOptions, ClientOptions, ConnectionState, MutateOptions, PreloadOptions, WatchOptions } from "./client_options.js";
import { Connection, syncUrl } from "./connection.js";
import { statusOf } from "./connection_table.js";
import { defaultEnvironment, findWebSocket, type Environment } from "./environment.js";
import { FreshetError, clientClosed, outcomeUnknown } from "./error.js";
import type { AnyAction, AnyFunction, AnyMutation, AnyQuery, ArgsOf, Call, ResultOf } from "./function_reference.js";
import type { DehydratedState } from "./hydration.js";
import { Listeners } from "./listeners.js";
import { callOf, queryKey, type QueryCall } from "./local_state.js";
import { deferredMutation, type Mutation } from "./mutation.js";
import type { PageValue } from "./page_value.js";
import { parseServerMessage, type Page, type ServerMessage } from "./protocol.js";
import { loadingResult, skip, skippedResult, type QueryResult, type Skip } from "./query_result.js";
import { Watchers, firstValue, type QueryWatch } from "./query_watch.js";
import type { RequestCall, RequestListener } from "./requests.js";
import { ResultView } from "./result_view.js";
import { SyncSession } from "./sync_session.js";
import { TokenSource, type Auth } from "./token_source.js";
import { argsToWire, errorToApp, resultToApp, valueToApp } from "./translation.js";

/** One session with a gateway. Connects when something is first asked for; ends with close(). */
export class FreshetClient {
  private readonly session = new SyncSession();
  private readonly view = new ResultView(this.session);
  private readonly connection: Connection;
  private readonly tokens: TokenSource;
  private readonly watchers: Watchers;
  private readonly transitionListeners = new Listeners();
  private readonly connectionListeners = new Listeners();
  private readonly report: (error: unknown) => void;
  private connectionState: ConnectionState = { status: "idle", isStale: false };
  private authState: AuthState;
  private readonly environment: Environment;
  private cancelRetry = () => {};
  private readonly lingerMs: number;
  private readonly waiting = new Set<(why: unknown) => void>();
  private hydrated: ReadonlyMap<string, QueryResult<unknown>> | undefined;
  private isSettling = false;
  private hasNewLayer = false;

  /** @param url `ws(s)://…/sync`, or `http(s)://…` of the gateway. */
  constructor(url: string, options: ClientOptions = {}) {
    const environment = (this.environment = options.environment ?? defaultEnvironment);
    this.report = options.onError ?? (() => {});
    this.lingerMs = options.lingerMs ?? 1_000;
    this.watchers = new Watchers(
      (ms, action) => (this.connection.phase === "closed" ? () => {} : environment.after(ms, action)),
      (key) => this.abandon(key),
    );
    this.tokens = new TokenSource(options.auth ?? null, environment, {
      token: (token) => this.act(() => this.session.supplyToken(token, !this.tokens.isSupplier)),
      failed: (error) => this.report(error),
    });
    this.connection = new Connection(
      syncUrl(url),
      findWebSocket(options.webSocket),
      environment,
      {
        greet: () => this.act(() => this.session.greet()),
        text: (frame) => this.act(() => this.receive(frame)),
        lost: (code) => this.act(() => this.lost(code)),
        quiet: () => this.act(() => this.session.ping()),
        phaseChanged: () => this.settle(),
      },
      options.backoff ?? {},
    );
    if ((options.auth ?? null) !== null) {
      this.session.awaitToken();
    }
    this.authState = this.session.auth;
    if (options.hydrate !== undefined) {
      this.hydrate(options.hydrate);
    }
  }

  // ── queries ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Starts to look at a live query. Close it when nobody looks any more. */
  watch<Q extends AnyQuery>(query: Q, args: ArgsOf<Q> | Skip, options: WatchOptions & { readonly page: Page }): QueryWatch<PageValue<ResultOf<Q>>>;
  watch<Q extends AnyQuery>(query: Q, args: ArgsOf<Q> | Skip, options?: WatchOptions): QueryWatch<ResultOf<Q>>;
  watch<Q extends AnyQuery>(query: Q, args: ArgsOf<Q> | Skip, options: WatchOptions = {}): QueryWatch<ResultOf<Q>> {
    return args === skip
      ? { current: () => skippedResult, onChange: () => () => {}, close: () => {} }
      : this.watchCall(query, callOf(query, args, options), this.lingerMs);
  }

  /** Calls `listener` with the result now and after each change, until the returned function is called or the signal aborts. */
  subscribe<Q extends AnyQuery>(
    query: Q,
    args: ArgsOf<Q> | Skip,
    listener: (result: QueryResult<ResultOf<Q>>) => void,
    options: WatchOptions & CallOptions = {},
  ): () => void {
    const { signal, ...watchOptions } = options;
    if (signal?.aborted) {
      return () => {};
    }
    const watch = this.watch(query, args, watchOptions);
    const stopListening = watch.onChange(() => listener(watch.current()));
    const stop = () => {
      signal?.removeEventListener("abort", stop);
      stopListening();
      watch.close();
    };
    signal?.addEventListener("abort", stop);
    listener(watch.current());
    return stop;
  }

  /** The result without watching, unless a watcher of an equal query changes it. Loading when nobody watches. */
  peek<Q extends AnyQuery>(query: Q, args: ArgsOf<Q> | Skip, options: WatchOptions = {}): QueryResult<ResultOf<Q>> {
    return args === skip ? skippedResult : this.shown(query, this.view.get(queryKey(callOf(query, args, options))), options.page);
  }

  /** What a page that a server rendered shows before it is alive: the result it was hydrated with; `peek` where it was not hydrated. */
  rendered<Q extends AnyQuery>(query: Q, args: ArgsOf<Q> | Skip, options: WatchOptions = {}): QueryResult<ResultOf<Q>> {
    if (args === skip || this.hydrated === undefined) {
      return this.peek(query, args, options);
    }
    return this.shown(query, this.hydrated.get(queryKey(callOf(query, args, options))) ?? loadingResult, options.page);
  }

  /**
   * Subscribes ahead of whoever will watch, and resolves with the first value or rejects with its error; waits as long as it takes unless a
   * signal ends it. All that is preloaded moves together: `dehydrate()` gives one snapshot of it.
   *
   *     await Promise.all([client.preload(api.issues.list, { project }), client.preload(api.members.list, { project })]);
   */
  preload<Q extends AnyQuery>(query: Q, ...[args, options]: Call<Q, PreloadOptions>): Promise<ResultOf<Q>> {
    const { signal, keepMs, ...watchOptions } = options ?? {};
    if (this.connection.phase === "closed") {
      return Promise.reject(clientClosed());
    }
    const watch = this.watchCall(query, callOf(query, args ?? {}, watchOptions), keepMs ?? preloadKeepMs);
    return firstValue(watch, signal, this.waiting).finally(() => watch.close());
  }

  /** The values held now, for `hydrate` of the client in the browser. Lockstep results among them belong to one snapshot. */
  dehydrate(): DehydratedState {
    return this.session.dehydrate();
  }

  /** Asks once. The answer includes this session's own mutations. */
  query<Q extends AnyQuery>(query: Q, args: ArgsOf<Q>, options: CallOptions & { readonly page: Page }): Promise<PageValue<ResultOf<Q>>>;
  query<Q extends AnyQuery>(query: Q, ...call: Call<Q, CallOptions>): Promise<ResultOf<Q>>;
  query<Q extends AnyQuery>(query: Q, args?: ArgsOf<Q>, options: CallOptions & { readonly page?: Page } = {}): Promise<unknown> {
    const { signal, ...rest } = options;
    return this.ask(query, { type: "query", path: query.path, args: argsToWire(query, args ?? {}), ...rest }, signal);
  }

  // ── writes ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes effect exactly once, whatever happens to the connection, or rejects; `outcome_unknown` says that it cannot be known. */
  mutate<M extends AnyMutation>(mutation: M, ...[args, options]: Call<M, MutateOptions<M>>): Mutation<ResultOf<M>> {
    const given = (args ?? {}) as ArgsOf<M>;
    const update = options?.optimistic;
    const deferred = deferredMutation<ResultOf<M>>();
    if (options?.signal?.aborted) {
      deferred.reject(options.signal.reason as Error);
      return deferred.mutation;
    }
    const apply = update && ((store: Parameters<typeof update>[0]) => update(store, given));
    if (apply !== undefined) {
      this.view.rehearse(apply);
    }
    this.send({ type: "mutate", path: mutation.path, args: argsToWire(mutation, given) }, options?.signal, {
      answered: (value) => deferred.commit(valueToApp(mutation, value, undefined) as ResultOf<M>),
      visible: () => deferred.makeVisible(),
      failed: (error) => deferred.reject(errorToApp(mutation, error)),
    }, (id) => apply && this.view.addLayer({ id, apply }));
    return deferred.mutation;
  }

  /** An action has effects outside of the database: it is sent at most once. */
  action<A extends AnyAction>(action: A, ...[args, options]: Call<A, CallOptions>): Promise<ResultOf<A>> {
    return this.ask(action, { type: "act", path: action.path, args: argsToWire(action, args ?? {}) }, options?.signal);
  }

  // ── state ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Another caller from here on. Results of the one before are gone at once; calls of theirs that were not sent fail. */
  setAuth(auth: Auth): void {
    this.tokens.replace(auth);
    this.act(() => this.session.changeIdentity());
    if (this.connectionState.status !== "idle") {
      this.tokens.request(false);
    }
  }

  auth(): AuthState {
    return this.authState;
  }

  connectionStatus(): ConnectionState {
    return this.connectionState;
  }

  /** Called when connectionStatus() or auth() changed. */
  onConnectionChange(listener: () => void): () => void {
    return this.connectionListeners.add(listener);
  }

  /** Called once after each change of what is shown, when every watcher has been told. */
  onTransition(listener: () => void): () => void {
    return this.transitionListeners.add(listener);
  }

  /** Ends the session's connection for good. What has no answer rejects with `client_closed`, or `outcome_unknown` if it was sent. */
  close(): void {
    this.tokens.stop();
    this.watchers.close();
    this.waiting.forEach((fail) => fail(clientClosed()));
    this.cancelRetry();
    this.connection.stop();
    this.act(() => this.session.close((everSent) => (everSent ? outcomeUnknown("the client was closed") : clientClosed())));
  }

  // ── inside ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  private shown<Q extends AnyQuery>(query: Q, result: QueryResult<unknown>, page: Page | undefined): QueryResult<ResultOf<Q>> {
    return resultToApp(query, result, page) as QueryResult<ResultOf<Q>>;
  }

  private watchCall<Q extends AnyQuery>(query: Q, call: QueryCall, keepMs: number): QueryWatch<ResultOf<Q>> {
    const key = queryKey(call);
    this.watchers.add(key);
    this.start();
    this.act(() => this.session.subscribe(call));
    let isOpen = true;
    return {
      current: () => this.shown(query, this.view.get(key), call.page),
      onChange: (listener) => this.watchers.listen(key, listener),
      close: () => {
        if (isOpen) {
          isOpen = false;
          this.watchers.remove(key, keepMs);
        }
      },
    };
  }

  private hydrate(state: DehydratedState): void {
    this.session.adopt(state);
    this.view.refresh();
    const results = new Map<string, QueryResult<unknown>>();
    for (const { key } of this.session.queries) {
      results.set(key, this.view.get(key));
      this.watchers.add(key);
      this.watchers.remove(key, preloadKeepMs);
    }
    this.hydrated = results;
  }

  private start(): void {
    if (this.connection.phase === "idle") {
      this.tokens.request(false);
      this.connection.start();
    }
  }

  private ask<F extends AnyFunction>(reference: F, call: RequestCall, signal: AbortSignal | undefined): Promise<ResultOf<F>> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      this.send(call, signal, {
        answered: (value) => resolve(valueToApp(reference, value, call.page) as ResultOf<F>),
        failed: (error) => reject(errorToApp(reference, error)),
      });
    });
  }

  private send(call: RequestCall, signal: AbortSignal | undefined, listener: RequestListener, registered?: (id: number) => void): void {
    if (this.connection.phase === "closed") {
      listener.failed(clientClosed());
      return;
    }
    try {
      // Taken as it is now: it may be sent later, and again. What is no JSON fails here, alone.
      call = { ...call, args: JSON.parse(JSON.stringify(call.args)) as object };
    } catch (error) {
      listener.failed(error as Error);
      return;
    }
    this.start();
    this.act(() => {
      let id = 0;
      const abort = () => this.act(() => {
        this.session.withdraw(id);
        listener.failed(signal?.reason as FreshetError);
      });
      const settled = () => signal?.removeEventListener("abort", abort);
      id = this.session.request(call, {
        answered: (value) => {
          settled();
          listener.answered(value);
        },
        visible: () => listener.visible?.(),
        failed: (error) => {
          settled();
          listener.failed(error);
        },
      });
      signal?.addEventListener("abort", abort, { once: true });
      registered?.(id);
      this.hasNewLayer = true;
    });
  }

  private retryLater(): void {
    this.cancelRetry();
    const share = 0.5 + this.environment.random() / 2;
    this.cancelRetry = this.environment.after(retryRefusedMs * share, () => this.act(() => this.session.retryRefused()));
  }

  private abandon(key: string): void {
    this.view.forget(key);
    this.act(() => this.session.unsubscribe(key));
  }

  private lost(code: number | undefined): void {
    this.session.lost();
    // 4401: the identity has ended. Before the next hello a token is asked for that is not the one that ended.
    if (this.tokens.isSupplier && code === identityEnded) {
      this.session.awaitToken();
      this.tokens.request(true);
    }
  }

  private receive(frame: string): void {
    let message: ServerMessage;
    try {
      message = parseServerMessage(frame);
    } catch (error) {
      this.report(error);
      this.connection.reconnect();
      return;
    }
    if (message.type === "error") {
      this.report(new FreshetError(message.error));
    }
    const demand = this.session.receive(message);
    switch (demand) {
      case "none":
        return;
      case "welcomed":
        return this.connection.welcomed();
      case "reconnect":
        return this.connection.reconnect();
      case "new_token":
        return this.tokens.request(true);
      case "retry_later":
        return this.retryLater();
      default:
        demand satisfies never;
    }
  }

  /** Every change of the session goes through here, so that what follows from it is done once, in order, after it. */
  private act(change: () => void): void {
    change();
    this.settle();
  }

  /** Frames go out, then everything shown moves to the new version at once, then watchers and promises are told. */
  private settle(): void {
    if (this.isSettling) {
      return;
    }
    this.isSettling = true;
    try {
      for (let again = true; again; ) {
        this.session.takeFrames().forEach((frame) => this.connection.send(JSON.stringify(frame)));
        const hasDropped = this.view.dropSettledLayers();
        const hasChanged = this.session.takePublished() || hasDropped || this.hasNewLayer;
        this.hasNewLayer = false;
        if (hasChanged) {
          this.show();
        }
        const hasMoved = this.updateStates();
        const settled = this.session.takeSettled();
        settled.forEach((settlement) => settlement());
        // Whoever was told anything may have asked for more.
        again = hasChanged || hasMoved || settled.length > 0;
      }
    } finally {
      this.isSettling = false;
    }
  }

  private show(): void {
    const { changed, failures } = this.view.refresh();
    failures.forEach(({ error }) => this.report(error));
    if (changed.length > 0) {
      this.notify(this.watchers.listenersOf(changed));
      this.notify(this.transitionListeners.all());
    }
  }

  /** True when something changed, and its listeners were told. */
  private updateStates(): boolean {
    const status = statusOf[this.connection.phase];
    const isStale = this.session.stale;
    const isSame = status === this.connectionState.status && isStale === this.connectionState.isStale;
    if (isSame && this.authState === this.session.auth) {
      return false;
    }
    if (!isSame) {
      this.connectionState = { status, isStale };
    }
    this.authState = this.session.auth;
    this.notify(this.connectionListeners.all());
    return true;
  }

  private notify(listeners: readonly (() => void)[]): void {
    for (const listener of listeners) {
      try {
        listener();
      } catch (error) {
        // One watcher's mistake must not keep the others from the same transition.
        this.report(error);
      }
    }
  }
}

const identityEnded = 4401;
const retryRefusedMs = 2_000;
const preloadKeepMs = 10_000;
