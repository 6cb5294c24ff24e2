import {
  FreshetClient,
  FreshetError,
  type AnyAction,
  type AnyFunction,
  type AnyMutation,
  type AnyQuery,
  type ArgsOf,
  type ClientOptions,
  type ErrorCode,
  type Identity,
  type ResultOf,
} from "@freshet/client";
import { FakeGateway } from "./fake_gateway.js";

export interface FakeClientOptions extends Pick<ClientOptions, "lingerMs" | "onError" | "environment"> {
  /** Who is signed in. Default: nobody. */
  readonly identity?: Identity;
}

/**
 * A real client whose gateway is the test: optimistic updates, transitions, rollbacks and reconnects are those of an app, answers are the test's.
 *
 *     const fake = createFakeClient({ identity: { sub: "1" } });
 *     let issues = [{ id: 1, title: "Leak" }];
 *     fake.query(api.issues.list, () => issues);
 *     fake.mutation(api.issues.add, ({ title }) => void (issues = [...issues, { id: 2, title }]));
 *     render(<FreshetProvider client={fake.client}><Issues /></FreshetProvider>);
 *     await screen.findByText("Leak");
 */
export interface FakeClient {
  readonly client: FreshetClient;
  /**
   * What a query answers, from now on: everything, also where the app asks for pages. Asked again after every mutation and refresh(); it may
   * throw a fakeError().
   */
  query<Q extends AnyQuery>(query: Q, answer: (args: ArgsOf<Q>) => ResultOf<Q>): void;
  /** What a mutation does and gives. While its promise is pending the mutation is on its way; what it throws is its error. */
  mutation<M extends AnyMutation>(mutation: M, run: (args: ArgsOf<M>) => ResultOf<M> | Promise<ResultOf<M>>): void;
  action<A extends AnyAction>(action: A, run: (args: ArgsOf<A>) => ResultOf<A> | Promise<ResultOf<A>>): void;
  /** Asks every query again, at once, and shows what is different as one transition. */
  refresh(): void;
  /** The arguments of every call of a mutation or action, and of every subscription to a query, in order. */
  calls<F extends AnyFunction>(called: F): ArgsOf<F>[];
  /** The connection is lost, and not found again before reconnect(). */
  disconnect(): void;
  reconnect(): void;
  /** When everything that is on its way has arrived, mutations that wait for the test excepted. */
  settled(): Promise<void>;
}

export function createFakeClient(options: FakeClientOptions = {}): FakeClient {
  const { identity, ...rest } = options;
  const gateway = new FakeGateway(identity);
  const client = new FreshetClient("http://fake.invalid", {
    ...rest,
    webSocket: gateway.webSocket,
    backoff: { firstMs: 1, maxMs: 1 },
    ...(identity !== undefined && { auth: "fake" }),
  });
  return {
    client,
    query: (query, answer) => gateway.answer(query, answer as (args: never) => unknown),
    mutation: (mutation, run) => gateway.answer(mutation, run as (args: never) => unknown),
    action: (action, run) => gateway.answer(action, run as (args: never) => unknown),
    refresh: () => gateway.publish(),
    calls: <F extends AnyFunction>(called: F) => gateway.calls(called) as ArgsOf<F>[],
    disconnect: () => gateway.disconnect(),
    reconnect: () => gateway.reconnect(),
    settled: () => gateway.settled(),
  };
}

/** An error as a gateway sends it, to be thrown by an answer. `application` errors of freshet.fail() have `{ code }` as details. */
export function fakeError(code: ErrorCode, message: string = code, details?: unknown): FreshetError {
  return new FreshetError({ code, message, retryable: false, ...(details !== undefined && { details }) });
}
