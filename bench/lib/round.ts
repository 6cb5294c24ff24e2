/** One round of one subject: subscribe, warm up, write, wait for every delivery, compare with the truth. */
import type { Cluster } from '../../tests/harness/cluster.ts';
import { eventually } from '../../tests/harness/deadline.ts';
import { insertScript, latestIds, newestId, writtenBy } from './chat.ts';
import { Clients } from './clients.ts';
import { cpuSeconds, residentMegabytes } from './cpu.ts';
import { startSubject, type SubjectName } from './subject.ts';
import { writeOpenLoop } from './writer.ts';

export interface RoundOptions {
  sockets: number[][];
  channels: number;
  rate: number;
  seconds: number;
  seed: number;
}

export interface Round {
  latencies: number[];
  /** Writes per second that were really made. */
  reached: number;
  subscribeSeconds: number;
  /** Per 1,000 writes. */
  subjectCpu: number;
  postgresCpu: number;
  loadCpu: number;
  megabytes: number;
  fences: string;
}

export async function runRound(name: SubjectName, cluster: Cluster, options: RoundOptions): Promise<Round> {
  const { sockets, channels, rate, seconds, seed } = options;
  const watchersOf = new Map<number, number>();
  for (const list of sockets) for (const channel of list) watchersOf.set(channel, (watchersOf.get(channel) ?? 0) + 1);

  const subject = await startSubject(name, cluster);
  try {
    const clients = await Clients.start(subject.plan(sockets));
    try {
      await subject.beside?.(channels);
      const write = async (length: number, stream: number) => {
        const before = await newestId(cluster);
        await clients.reset(before);
        const written = await writeOpenLoop(cluster, { script: insertScript(channels), rate, seconds: length, seed: seed * 2 + stream });
        const rows = await writtenBy(cluster, before);
        const expected = rows.reduce((sum, { channel }) => sum + (watchersOf.get(channel) ?? 0), 0);
        await eventually('every write reaches every client', async () => (await clients.counts()).arrivals >= expected, { within: 60_000, every: 20 });
        return { ...written, rows };
      };
      await write(3, 0);
      const before = { subject: cpuSeconds(subject.pid), postgres: cpuSeconds(cluster.serverPid), load: cpuSeconds(clients.pid) };
      const { rows, acknowledged, reached } = await write(seconds, 1);
      const thousands = rows.length / 1000;
      const after = { subject: cpuSeconds(subject.pid), postgres: cpuSeconds(cluster.serverPid), load: cpuSeconds(clients.pid) };
      const arrivals = await clients.arrivals();
      const latencies = rows.flatMap(({ id, channel, writer }) => {
        const at = acknowledged.get(writer);
        const list = arrivals.get(id) ?? [];
        if (at === undefined) throw new Error(`write ${writer} was not acknowledged`);
        if (list.length !== (watchersOf.get(channel) ?? 0)) throw new Error(`row ${id} came to ${list.length} of ${watchersOf.get(channel) ?? 0} clients`);
        return list.map((arrived) => arrived - at);
      });
      await verify(cluster, clients, watchersOf);
      return {
        latencies, reached, subscribeSeconds: clients.subscribeSeconds,
        subjectCpu: (after.subject - before.subject) / thousands,
        postgresCpu: (after.postgres - before.postgres) / thousands,
        loadCpu: (after.load - before.load) / thousands,
        megabytes: residentMegabytes(subject.pid),
        fences: await subject.fences(),
      };
    } finally {
      await clients.stop();
    }
  } finally {
    await subject.stop();
  }
}

/** A run with a lost, duplicate or inconsistent update has no figure. */
async function verify(cluster: Cluster, clients: Clients, watchersOf: Map<number, number>): Promise<void> {
  const truth = await latestIds(cluster, [...watchersOf.keys()]);
  const held = await clients.held();
  for (const [channel, watchers] of watchersOf) {
    const lists = held.get(channel) ?? [];
    if (lists.length !== watchers) throw new Error(`channel ${channel}: ${lists.length} of ${watchers} clients hold it`);
    const right = (truth.get(channel) ?? []).join(',');
    for (const ids of lists) if (ids !== right) throw new Error(`channel ${channel}: a client differs from a fresh run`);
  }
}
