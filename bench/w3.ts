/** W3 irrelevant writes: W1's live queries, and what it costs that others write what nobody reads. */
import { Cluster } from '../tests/harness/cluster.ts';
import { pause } from '../tests/harness/deadline.ts';
import { fill } from './lib/chat.ts';
import { Clients } from './lib/clients.ts';
import { cpuSeconds } from './lib/cpu.ts';
import { irrelevantSchema, irrelevantWrites, type IrrelevantWrite } from './lib/irrelevant.ts';
import { readOptions } from './lib/options.ts';
import { printTable, spread } from './lib/stats.ts';
import { Freshet, startSubject, type Subject, type SubjectName } from './lib/subject.ts';
import { writeOpenLoop } from './lib/writer.ts';

const { numbers, subjects } = readOptions({ queries: 1000, sockets: 1000, rate: 1000, seconds: 8, rounds: 3, seed: 1 });
const { queries, rate, seconds, rounds, seed } = numbers;
const count = Math.min(numbers.sockets, queries);
const sockets: number[][] = Array.from({ length: count }, () => []);
for (let channel = 1; channel <= queries; channel++) sockets[channel % count]?.push(channel);

interface Cost {
  reached: number;
  gateway: number;
  postgres: number;
  frames: number;
  runs: number;
}

/** `kind` undefined: nobody writes; the cost of as long a rest, so that it can be seen beside the others. */
async function measure(cluster: Cluster, subject: Subject, clients: Clients, kind: IrrelevantWrite | undefined, round: number): Promise<Cost> {
  const runs = async (): Promise<number> => (subject instanceof Freshet ? (await subject.counts()).runs : Number.NaN);
  const write = async (length: number, stream: number): Promise<{ writes: number; reached: number }> => {
    if (kind === undefined) {
      await pause(length * 1000);
      return { writes: rate * length, reached: 0 };
    }
    const { acknowledged, reached } = await writeOpenLoop(cluster, { script: kind.script, rate, seconds: length, seed: 2 * (seed + round) + stream });
    return { writes: acknowledged.size, reached };
  };
  await write(1, 0);
  const before = { gateway: cpuSeconds(subject.pid), postgres: cpuSeconds(cluster.serverPid), frames: (await clients.counts()).frames, runs: await runs() };
  const { writes, reached } = await write(seconds, 1);
  // What is still on its way belongs to these writes.
  await pause(500);
  const per = 1000 / writes;
  return {
    reached,
    gateway: (cpuSeconds(subject.pid) - before.gateway) * per,
    postgres: (cpuSeconds(cluster.serverPid) - before.postgres) * per,
    frames: ((await clients.counts()).frames - before.frames) * per,
    runs: ((await runs()) - before.runs) * per,
  };
}

const cluster = await Cluster.start({ durable: true, settings: { max_wal_size: '4GB' } });
try {
  await fill(cluster, queries, queries <= 1000 ? 100 : 60);
  await cluster.sql('owner', irrelevantSchema);
  const kinds = irrelevantWrites(queries);
  const costs = new Map<string, Cost[]>();
  for (let round = 0; round < rounds; round++) {
    for (const name of subjects.map((_, i) => subjects[(i + round) % subjects.length] as SubjectName)) {
      const subject = await startSubject(name, cluster);
      try {
        const clients = await Clients.start(subject.plan(sockets));
        try {
          for (const kind of [undefined, ...kinds]) {
            const key = `${kind?.name ?? '(nothing)'}, ${name}`;
            costs.set(key, [...(costs.get(key) ?? []), await measure(cluster, subject, clients, kind, round)]);
          }
        } finally {
          await clients.stop();
        }
      } finally {
        await subject.stop();
      }
    }
  }
  console.log(`\nW3: ${queries} live queries, ${rate} irrelevant writes/s for ${seconds} s; ${rounds} rounds, median (least–most)\n`);
  printTable(
    ['writes, subject', 'writes/s reached', 'CPU s/1,000', 'Postgres CPU', 'runs/1,000', 'frames/1,000'],
    [...costs].sort(([a], [b]) => a.localeCompare(b)).map(([key, list]) => [
      key, spread(list.map((cost) => cost.reached), 0), spread(list.map((cost) => cost.gateway), 4), spread(list.map((cost) => cost.postgres), 3),
      spread(list.map((cost) => cost.runs), 0), spread(list.map((cost) => cost.frames), 0),
    ]),
  );
} finally {
  await cluster.remove();
}
