import { FreshetError, outcomeUnknown } from "./error.js";
import { frameBytes, tooLarge } from "./frame_size.js";
import type { ClientMessage, Page, Response } from "./protocol.js";

export interface RequestCall {
  readonly type: "query" | "mutate" | "act";
  readonly path: string;
  readonly args: object;
  readonly page?: Page;
}

/** What a request's owner is told. Each is called at most once; `failed` excludes the others. */
export interface RequestListener {
  /** The answer is here: for a mutation, it is committed. */
  answered(value: unknown): void;
  /** Every result on the screen includes the mutation. After `answered`. */
  visible?(): void;
  failed(error: Error): void;
}

/**
 * waiting → sent (handed to a socket that was ready) → answered (mutations only; waits to be included) → gone.
 * sent → waiting when the connection is lost and a replay is safe: queries always, mutations under the same session.
 */
type State = "waiting" | "sent" | "answered";

interface Request {
  readonly id: number;
  readonly call: RequestCall;
  readonly listener: RequestListener;
  state: State;
  /** Handed to some socket once: from then on it may have taken effect. */
  everSent: boolean;
  /** Sent again on this connection: results may hold its effect before its answer says so. */
  isReplay: boolean;
  /** A published transition included it. */
  included: boolean;
  /** Answered before the current connection began, so that connection's first transition includes it. */
  answeredBeforeHello: boolean;
  /** The identity changed after it was sent: sent again it would be somebody else's call. */
  foreign: boolean;
}

/** Calls in flight, in order of their ids. Settlements are queued for the caller, so that results are published first. */
export class Requests {
  private readonly byId = new Map<number, Request>();
  private nextId = 1;
  private settled: (() => void)[] = [];
  private unacknowledged = 0;
  private acknowledged = 0;

  add(call: RequestCall, listener: RequestListener): number {
    const id = this.nextId++;
    const flags = { everSent: false, isReplay: false, included: false, answeredBeforeHello: false, foreign: false };
    const request: Request = { id, call, listener, state: "waiting", ...flags };
    this.byId.set(id, request);
    return id;
  }

  has(id: number): boolean {
    return this.byId.has(id);
  }

  /** What is published does not contain the mutation's effect yet, and may come to. */
  isOutstanding(id: number): boolean {
    return this.byId.get(id)?.included === false;
  }

  /** Ids of sent mutations without an answer, for `hello`. */
  pending(): number[] {
    return this.all().filter((r) => r.call.type === "mutate" && r.everSent && r.state !== "answered").map((r) => r.id);
  }

  /** Frames for everything that waits, in order; from here on they count as sent. What is longer than `maxBytes` fails instead. */
  take(maxBytes: number): ClientMessage[] {
    const frames: ClientMessage[] = [];
    for (const request of this.all().filter(({ state }) => state === "waiting")) {
      const frame = { ...request.call, id: request.id };
      if (frameBytes(frame) > maxBytes) {
        this.fail(request, new FreshetError(tooLarge(maxBytes)));
        continue;
      }
      request.state = "sent";
      request.isReplay = request.everSent;
      request.everSent = true;
      frames.push(frame);
    }
    return frames;
  }

  /** Takes back a request that no socket has seen. False: it was sent, and can only be ignored. */
  withdraw(id: number): boolean {
    const request = this.byId.get(id);
    if (request === undefined || (request.everSent && request.call.type !== "query")) {
      return false;
    }
    this.byId.delete(id);
    return true;
  }

  /** The socket is gone. Actions and what another identity sent are not repeatable; everything else is sent again. */
  connectionLost(): void {
    for (const request of this.all()) {
      if (request.state === "answered") {
        request.answeredBeforeHello = true;
      } else if (request.state === "sent" && (request.call.type === "act" || request.foreign)) {
        this.fail(request, request.call.type === "query" ? notOfThisCaller() : outcomeUnknown("the connection was lost before the answer came"));
      } else {
        request.state = "waiting";
      }
    }
  }

  /** The gateway began a new session: it has no record of what was sent in the one before. */
  sessionReplaced(floor: number): void {
    for (const request of this.all()) {
      if (request.call.type !== "query" && request.everSent && request.state !== "answered") {
        this.fail(request, outcomeUnknown("the gateway no longer knows this session"));
      }
    }
    this.nextId = Math.max(this.nextId, floor + 1);
    this.acknowledged = Math.max(floor, this.lowestUnanswered() - 1);
    this.unacknowledged = 0;
  }

  /** Somebody else uses the client from here on. What was not sent yet never is. */
  identityChanged(): void {
    for (const request of this.all()) {
      if (request.everSent) {
        request.foreign = true;
      }
      if (request.state === "waiting") {
        const mayHaveRun = request.everSent && request.call.type !== "query";
        this.fail(request, mayHaveRun ? outcomeUnknown(identityChanged) : notOfThisCaller());
      }
    }
  }

  /** The identity was refused: what waits must not run as nobody. What was sent on this connection before gets its answer. */
  identityRefused(error: FreshetError): void {
    const unknown = outcomeUnknown("the identity was refused before the answer came");
    for (const request of this.all()) {
      if (request.call.type !== "query" && request.state === "waiting") {
        this.fail(request, request.everSent ? unknown : error);
      }
    }
  }

  respond(response: Response, holdsLockstep: boolean): void {
    const request = this.byId.get(response.id);
    if (request === undefined || request.state === "answered") {
      return;
    }
    if (request.call.type === "mutate") {
      this.unacknowledged++;
    }
    if (response.error !== undefined) {
      this.fail(request, new FreshetError(response.error));
      return;
    }
    request.state = "answered";
    this.settled.push(() => request.listener.answered(response.value));
    if (request.call.type !== "mutate" || request.included || !holdsLockstep) {
      this.finish(request);
    }
  }

  /** Every mutation that was sent again has failed, or is included in what would be published with `named`. */
  replaysAreCovered(named: ReadonlySet<number>): boolean {
    return this.all().every((r) => !r.isReplay || r.call.type !== "mutate" || r.included || named.has(r.id) || r.answeredBeforeHello);
  }

  /** What is published now includes the mutations that are named, and those answered before this connection began. */
  include(named: ReadonlySet<number>): void {
    for (const request of this.all()) {
      if (request.call.type === "mutate" && (named.has(request.id) || request.answeredBeforeHello)) {
        request.included = true;
        if (request.state === "answered") {
          this.finish(request);
        }
      }
    }
  }

  /** No lockstep result is held any more, so none can be without the mutations that were answered. */
  finishAnswered(): void {
    this.all().filter((request) => request.state === "answered").forEach((request) => this.finish(request));
  }

  /** The highest id up to which every mutation has its answer, when `atLeast` answers were not acknowledged yet. */
  takeAck(atLeast: number): number | undefined {
    const upto = this.lowestUnanswered() - 1;
    if (this.unacknowledged < atLeast || upto <= this.acknowledged) {
      return undefined;
    }
    this.acknowledged = upto;
    this.unacknowledged = 0;
    return upto;
  }

  failAll(error: (everSent: boolean) => FreshetError): void {
    for (const request of this.all()) {
      if (request.state === "answered") {
        this.finish(request);
      } else {
        this.fail(request, error(request.everSent && request.call.type !== "query"));
      }
    }
  }

  takeSettled(): (() => void)[] {
    const settled = this.settled;
    this.settled = [];
    return settled;
  }

  private all(): Request[] {
    return [...this.byId.values()];
  }

  private lowestUnanswered(): number {
    for (const request of this.byId.values()) {
      if (request.call.type === "mutate" && request.state !== "answered") {
        return request.id;
      }
    }
    return this.nextId;
  }

  private finish(request: Request): void {
    this.byId.delete(request.id);
    this.settled.push(() => request.listener.visible?.());
  }

  private fail(request: Request, error: FreshetError): void {
    this.byId.delete(request.id);
    this.settled.push(() => request.listener.failed(error));
  }
}

const identityChanged = "the identity changed before the call could be made";

function notOfThisCaller(): FreshetError {
  return new FreshetError({ code: "unauthenticated", message: identityChanged, retryable: false });
}
