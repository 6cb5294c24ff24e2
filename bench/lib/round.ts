/** One round of one subject: subscribe, warm up, write, wait for every delivery, compare with the truth. */
import type { Cluster } from '../../tests/harness/cluster.ts';
import { eventually } from '../../tests/harness/deadline.ts';
import { Random } from '../../tests/harness/random.ts';
import { latestIds } from './chat.ts';
import { cpuSeconds, residentMegabytes } from './cpu.ts';
import { writeOpenLoop } from './load.ts';
import { startSubject, type SubjectName } from './subject.ts';

export interface RoundOptions {
  sockets: number[][];
  channels: number;
  rate: number;
  seconds: number;
  seed: number;
}

export interface Round {
  latencies: number[];
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
    // By message id: how many clients have it, when each got it, and when its commit was acknowledged.
    const arrivals = new Map<number, number[]>();
    const seen = new Map<number, Set<object>>();
    const commits = new Map<number, { at: number; channel: number }>();
    const begun = performance.now();
    let newest = 0;
    await subject.subscribe(sockets, (client, _channel, messages) => {
      const now = performance.now();
      // Newest first: what is new stands in front, and a message is applied when its client has it for the first time.
      for (const message of messages.slice(0, 16)) {
        const id = Number(message.id);
        if (id <= newest) break;
        const list = arrivals.get(id) ?? [];
        const holders = seen.get(id) ?? new Set();
        if (!holders.has(client)) {
          holders.add(client);
          list.push(now);
        }
        seen.set(id, holders);
        arrivals.set(id, list);
      }
    });
    const subscribeSeconds = (performance.now() - begun) / 1000;

    const write = (length: number, stream: number): Promise<void> =>
      writeOpenLoop(cluster, {
        rate, seconds: length, channels, random: new Random(seed, stream),
        onWrite: ({ id, channel, committed }) => commits.set(id, { at: committed, channel }),
      });
    const delivered = (): Promise<unknown> =>
      eventually('every write reaches every client', () =>
        [...commits].every(([id, { channel }]) => (arrivals.get(id)?.length ?? 0) >= (watchersOf.get(channel) ?? 0)), { within: 60_000, every: 20 });

    await write(3, 1);
    await delivered();
    newest = Math.max(0, ...commits.keys());
    commits.clear();
    arrivals.clear();
    seen.clear();

    const before = { subject: cpuSeconds(subject.pid), postgres: cpuSeconds(cluster.serverPid), load: process.cpuUsage() };
    await write(seconds, 2);
    await delivered();
    const thousands = commits.size / 1000;
    const load = process.cpuUsage(before.load);
    const result: Round = {
      latencies: [...commits].flatMap(([id, { at, channel }]) =>
        (arrivals.get(id) ?? []).slice(0, watchersOf.get(channel) ?? 0).map((arrived) => arrived - at)),
      subscribeSeconds,
      subjectCpu: (cpuSeconds(subject.pid) - before.subject) / thousands,
      postgresCpu: (cpuSeconds(cluster.serverPid) - before.postgres) / thousands,
      loadCpu: (load.user + load.system) / 1e6 / thousands,
      megabytes: residentMegabytes(subject.pid),
      fences: await subject.fences(),
    };
    await verify(cluster, subject.held.bind(subject), watchersOf);
    return result;
  } finally {
    await subject.stop();
  }
}

/** A run with a lost, duplicate or inconsistent update has no figure. */
async function verify(cluster: Cluster, held: (channel: number) => { id: number }[][], watchersOf: Map<number, number>): Promise<void> {
  const truth = await latestIds(cluster, [...watchersOf.keys()]);
  for (const [channel, watchers] of watchersOf) {
    const lists = held(channel);
    if (lists.length !== watchers) throw new Error(`channel ${channel}: ${lists.length} of ${watchers} clients hold it`);
    for (const list of lists) {
      const ids = list.map((message) => Number(message.id));
      if (JSON.stringify(ids) !== JSON.stringify(truth.get(channel))) throw new Error(`channel ${channel}: a client differs from a fresh run`);
    }
  }
}
