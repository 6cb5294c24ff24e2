/** What is measured: something that shows channels live. One process under test at a time; started and stopped per round. */
import type { Cluster } from '../../tests/harness/cluster.ts';
import { Gateway } from '../../tests/harness/gateway.ts';
import { SyncClient } from '../../tests/harness/sync_client.ts';
import { Handmade } from './handmade_subject.ts';
import type { Message } from './chat.ts';

/** Called when the result that a client (an object that stands for it) holds has changed; the messages are newest first. */
export type Applied = (client: object, channel: number, messages: Message[]) => void;

export interface Subject {
  readonly name: string;
  readonly pid: number;
  /** Opens sockets and subscribes: entry i of `sockets` are the channels of socket i. Resolves when all have a result. */
  subscribe(sockets: number[][], applied: Applied): Promise<void>;
  /** What the clients of a channel hold, one entry per client. */
  held(channel: number): Message[][];
  /** How often an epoch needed a fence, where that means something. */
  fences(): Promise<string>;
  stop(): Promise<void>;
}

/** Further counts of the gateway, where a workload asks for them. */
export interface Counts {
  runs: number;
  epochs: number;
}

export class Freshet implements Subject {
  readonly name = 'freshet';
  #gateway: Gateway;
  #guarded: boolean;
  #held = new Map<number, (() => Message[])[]>();

  /** `guarded`: every client signs in as somebody else and asks for the query behind the guard. */
  constructor(gateway: Gateway, guarded = false) {
    this.#gateway = gateway;
    this.#guarded = guarded;
  }

  static async start(cluster: Cluster, guarded = false): Promise<Freshet> {
    return new Freshet(await Gateway.start(cluster, { settings: { FRESHET_RATE_PER_SECOND: '0', FRESHET_LOG_LEVEL: 'warn' } }), guarded);
  }

  async counts(): Promise<Counts> {
    return {
      runs: Number(await this.#gateway.metric('freshet_live_runs_total')),
      epochs: Number(await this.#gateway.metric('freshet_live_epochs_opened_total')),
    };
  }

  get pid(): number {
    return this.#gateway.pid;
  }

  async subscribe(sockets: number[][], applied: Applied): Promise<void> {
    const open = async (channels: number[], index: number): Promise<void> => {
      const client: SyncClient = await this.#gateway.client(this.#guarded ? { sub: `user ${index}` } : null);
      client.recordFrames = false;
      const channelOf = new Map<number, number>();
      for (const channel of channels) {
        const subscription = client.subscribe(this.#guarded ? 'chat.latest_guarded' : 'chat.latest', { channel });
        channelOf.set(subscription.id, channel);
        const list = this.#held.get(channel) ?? [];
        list.push(() => subscription.value as Message[]);
        this.#held.set(channel, list);
      }
      client.onTransition = (transition) => {
        for (const change of transition.changes) {
          const channel = channelOf.get(change.id);
          if (channel !== undefined) applied(client, channel, client.subscriptions.get(change.id)?.value as Message[]);
        }
      };
      await client.until('first results', () => [...client.subscriptions.values()].every((held) => held.results > 0 && held.error === undefined), { within: 120_000 });
    };
    for (let i = 0; i < sockets.length; i += 50) await Promise.all(sockets.slice(i, i + 50).map((channels, k) => open(channels, i + k)));
  }

  held(channel: number): Message[][] {
    return (this.#held.get(channel) ?? []).map((read) => read());
  }

  async fences(): Promise<string> {
    const fences = await this.#gateway.metric('freshet_live_fences_total');
    const epochs = await this.#gateway.metric('freshet_live_epochs_opened_total');
    return `${fences}/${epochs}`;
  }

  async stop(): Promise<void> {
    await this.#gateway.remove();
  }
}

/** `guarded` is freshet with a guard before the query and another identity for each client. */
export type SubjectName = 'freshet' | 'guarded' | 'handmade';

export async function startSubject(name: SubjectName, cluster: Cluster): Promise<Subject> {
  if (name === 'handmade') return Handmade.start(cluster);
  return Freshet.start(cluster, name === 'guarded');
}
