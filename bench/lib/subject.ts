/** What is measured: a server that shows channels live. One at a time; started and stopped per round. */
import { Gateway } from '../../tests/harness/gateway.ts';
import type { Cluster } from '../../tests/harness/cluster.ts';
import type { ClientPlan } from './clients.ts';
import { Handmade } from './handmade_subject.ts';

export interface Subject {
  readonly name: SubjectName;
  readonly pid: number;
  /** For clients of which entry i watches `sockets[i]`. */
  plan(sockets: number[][]): ClientPlan;
  /** Once the clients are there: what else takes part. */
  beside?(channels: number): Promise<void>;
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
  readonly name: SubjectName;
  #gateway: Gateway;

  private constructor(gateway: Gateway, name: GatewaySubject) {
    this.#gateway = gateway;
    this.name = name;
  }

  static async start(cluster: Cluster, name: GatewaySubject = 'freshet'): Promise<Freshet> {
    return new Freshet(await Gateway.start(cluster, { settings: { FRESHET_RATE_PER_SECOND: '0', FRESHET_LOG_LEVEL: 'warn' } }), name);
  }

  get pid(): number {
    return this.#gateway.pid;
  }

  plan(sockets: number[][]): ClientPlan {
    const guarded = this.name === 'guarded';
    return {
      dialect: 'freshet', port: this.#gateway.port, path: guarded ? 'chat.latest_guarded' : 'chat.latest',
      sockets: sockets.map((channels, i) => (guarded ? { channels, token: this.#gateway.token({ sub: `user ${i}` }) } : { channels })),
    };
  }

  /** Readers of twenty channels each that take nothing more from their sockets. */
  async beside(channels: number): Promise<void> {
    if (this.name !== 'stopped') return;
    for (let reader = 0; reader < stoppedReaders; reader++) {
      const client = await this.#gateway.client();
      for (let i = 0; i < 20; i++) await client.live('chat.latest', { channel: 1 + ((reader * 20 + i) % channels) });
      client.pause();
    }
  }

  async counts(): Promise<Counts> {
    return {
      runs: Number(await this.#gateway.metric('freshet_live_runs_total')),
      epochs: Number(await this.#gateway.metric('freshet_live_epochs_opened_total')),
    };
  }

  async fences(): Promise<string> {
    const fences = await this.#gateway.metric('freshet_live_fences_total');
    return `${fences}/${(await this.counts()).epochs}`;
  }

  async stop(): Promise<void> {
    await this.#gateway.remove();
  }
}

const stoppedReaders = 50;

/** `guarded` is freshet with a guard before the query and another identity for each client; `stopped` is freshet with fifty readers beside them that stopped reading. */
type GatewaySubject = 'freshet' | 'guarded' | 'stopped';
export type SubjectName = GatewaySubject | 'handmade';
export const subjectNames: readonly SubjectName[] = ['freshet', 'guarded', 'stopped', 'handmade'];

export async function startSubject(name: SubjectName, cluster: Cluster): Promise<Subject> {
  return name === 'handmade' ? Handmade.start(cluster) : Freshet.start(cluster, name);
}
