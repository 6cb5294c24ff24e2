import { applySplices } from "../src/splice.js";
import type { Change, ClientMessage, Splice } from "../src/protocol.js";
import type { FakeSocket } from "./fake_socket.js";

interface Row {
  readonly key: string;
  readonly channel: number;
}

interface Connection {
  readonly socket: FakeSocket;
  readonly inbox: ClientMessage[];
  readonly outbox: object[];
  readonly subscriptions: Map<number, { path: string; channel: number; have: string | undefined; told: string | undefined }>;
  readonly committedHere: Map<number, number>;
  session: string;
  version: number;
  isOpen: boolean;
}

/**
 * A gateway over a database of one table, as docs/protocol.md describes it. Its database keeps every version, so that a transition may
 * lag behind commits. Frames wait in queues until the test moves them: a lost socket loses what is in both.
 */
export class FakeGateway {
  readonly versions: (readonly Row[])[] = [[]];
  private readonly records = new Map<string, Map<number, number>>();
  private readonly connections = new Set<Connection>();
  private sessions = 0;

  constructor(private readonly chance: (below: number) => number) {}

  private get newest(): number {
    return this.versions.length - 1;
  }

  insert(key: string, channel: number): number {
    this.versions.push([...this.versions[this.newest]!, { key, channel }]);
    return this.newest;
  }

  connect(socket: FakeSocket): void {
    const connection: Connection = {
      socket,
      inbox: [],
      outbox: [],
      subscriptions: new Map(),
      committedHere: new Map(),
      session: "",
      version: 0,
      isOpen: true,
    };
    socket.onSend = (message) => connection.inbox.push(message);
    this.connections.add(connection);
    socket.open();
  }

  /** Moves one thing that can move; false when all is quiet. */
  step(): boolean {
    const steps: (() => void)[] = [];
    for (const connection of this.connections) {
      if (connection.inbox.length > 0) {
        steps.push(() => this.handle(connection, connection.inbox.shift()!));
      }
      if (connection.outbox.length > 0) {
        steps.push(() => connection.socket.receive(connection.outbox.shift() as never));
      }
      if (this.hasNews(connection)) {
        steps.push(() => this.publish(connection));
      }
    }
    if (steps.length === 0) {
      return false;
    }
    steps[this.chance(steps.length)]!();
    return true;
  }

  /** Every socket is lost, with what was on its way. A mutation that had arrived may have run. */
  dropAll(): void {
    for (const connection of [...this.connections]) {
      while (connection.inbox.length > 0 && this.chance(2) === 0) {
        this.handle(connection, connection.inbox.shift()!);
      }
      while (connection.outbox.length > 0 && this.chance(2) === 0) {
        connection.socket.receive(connection.outbox.shift() as never);
      }
      this.connections.delete(connection);
      connection.socket.drop();
    }
  }

  /** The records are pruned: sessions are unknown from here on. */
  forgetSessions(): void {
    this.records.clear();
  }

  query(path: string, channel: number, version: number): unknown {
    const keys = this.versions[version]!.filter((row) => row.channel === channel).map(({ key }) => ({ key, body: "" }));
    return path === "messages.count" ? keys.length : keys;
  }

  private handle(connection: Connection, message: ClientMessage): void {
    switch (message.type) {
      case "hello": {
        const isKnown = message.session !== undefined && this.records.has(message.session);
        connection.session = isKnown ? message.session! : `s${++this.sessions}`;
        if (!isKnown) {
          this.records.set(connection.session, new Map());
        }
        connection.version = this.newest;
        connection.isOpen = true;
        const epoch = `v${connection.version}`;
        connection.outbox.push({ type: "welcome", session: connection.session, epoch, resumed: isKnown, floor: 0 });
        return;
      }
      case "subscribe": {
        const channel = (message.args as { channel: number }).channel;
        connection.subscriptions.set(message.id, { path: message.path, channel, have: message.have, told: undefined });
        return;
      }
      case "unsubscribe":
        connection.subscriptions.delete(message.id);
        return;
      case "mutate": {
        const { key, channel } = message.args as { key: string; channel: number };
        if (key.startsWith("bad")) {
          connection.outbox.push({ type: "response", id: message.id, error: { code: "application", message: "no", retryable: false } });
          return;
        }
        const records = this.records.get(connection.session);
        if (records === undefined) {
          const error = { code: "outcome_unknown", message: "pruned", retryable: false };
          connection.outbox.push({ type: "response", id: message.id, error });
          return;
        }
        const recorded = records.get(message.id);
        const version = recorded ?? this.insert(key, channel);
        records.set(message.id, version);
        connection.committedHere.set(message.id, version);
        connection.outbox.push({ type: "response", id: message.id, value: key, ...(recorded !== undefined && { replayed: true }) });
        return;
      }
      case "ack":
      case "ping":
        return;
      default:
        throw new Error(`unexpected frame ${message.type}`);
    }
  }

  private hasNews(connection: Connection): boolean {
    if (connection.session === "" || connection.outbox.length > 3) {
      return false;
    }
    const isBehind = connection.version < this.newest || connection.committedHere.size > 0;
    return isBehind || [...connection.subscriptions.values()].some(({ told }) => told === undefined);
  }

  /** One epoch, not necessarily the newest; a new subscription may get its first result later than others. */
  private publish(connection: Connection): void {
    const from = connection.version;
    const to = from + this.chance(this.newest - from + 1);
    const changes: Change[] = [];
    for (const [id, subscription] of connection.subscriptions) {
      const isNew = subscription.told === undefined;
      if (isNew && this.chance(3) === 0) {
        continue;
      }
      const value = this.query(subscription.path, subscription.channel, to);
      const hash = JSON.stringify(value);
      if (isNew ? subscription.have === hash : subscription.told === hash) {
        if (isNew) {
          changes.push({ id, same: true, hash });
        }
      } else {
        changes.push(this.change(id, subscription.told ?? subscription.have, value, hash));
      }
      subscription.told = hash;
    }
    const includes = [...connection.committedHere].filter(([, version]) => version <= to).map(([id]) => id);
    includes.forEach((id) => connection.committedHere.delete(id));
    connection.version = to;
    connection.outbox.push({ type: "transition", from: `v${from}`, to: `v${to}`, changes, includes });
  }

  private change(id: number, base: string | undefined, value: unknown, hash: string): Change {
    const before: unknown = base === undefined ? undefined : JSON.parse(base);
    if (!Array.isArray(value) || !Array.isArray(before) || base === undefined || this.chance(4) === 0) {
      return { id, value, hash };
    }
    // Rows are only ever added at the end here; sometimes the edit replaces more than it must.
    const keep = this.chance(before.length + 1);
    const splice: Splice[] = [[keep, before.length - keep, value.slice(keep)]];
    if (JSON.stringify(applySplices(before, splice)) !== hash) {
      throw new Error("the fake made a wrong edit");
    }
    return { id, splice, base, hash };
  }
}
