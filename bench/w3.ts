/** W3 irrelevant writes: W1's live queries, and what it costs that others write what nobody reads. */
import { Cluster } from '../tests/harness/cluster.ts';
import { pause } from '../tests/harness/deadline.ts';
import { Random } from '../tests/harness/random.ts';
import { fill } from './lib/chat.ts';
import { cpuSeconds } from './lib/cpu.ts';
import { irrelevantSchema, irrelevantWrites, type IrrelevantWrite } from './lib/irrelevant.ts';
import { readOptions } from './lib/options.ts';
import { printTable, spread } from './lib/stats.ts';
import { Freshet, startSubject, type Subject, type SubjectName } from './lib/subject.ts';

const { numbers, subjects } = readOptions({ queries: 1000, sockets: 1000, rate: 1000, seconds: 8, rounds: 3, seed: 1 });
const { queries, rate, seconds, rounds, seed } = numbers;
const count = Math.min(numbers.sockets, queries);
const sockets: number[][] = Array.from({ length: count }, () => []);
for (let channel = 1; channel <= queries; channel++) sockets[channel % count]?.push(channel);

interface Cost {
  gateway: number;
  postgres: number;
  deliveries: number;
  runs: number;
}

async function write(cluster: Cluster, kind: IrrelevantWrite, length: number, random: Random): Promise<number> {
  const writers = await Promise.all(Array.from({ length: 4 }, () => cluster.connect('owner')));
  const start = performance.now();
  const outstanding: Promise<unknown>[] = [];
  const total = Math.round(rate * length);
  for (let i = 0; i < total; i++) {
    const wait = start + (i * 1000) / rate - performance.now();
    if (wait > 0) await pause(wait);
    outstanding.push((writers[i % writers.length] as (typeof writers)[0]).query({ name: kind.name, text: kind.text, values: kind.values(random) }));
  }
  await Promise.all(outstanding);
  await Promise.all(writers.map((writer) => writer.end()));
  return total;
}

/** `kind` undefined: nobody writes; the cost of as long a rest, so that it can be seen beside the others. */
async function measure(cluster: Cluster, subject: Subject, kind: IrrelevantWrite | undefined, random: Random, deliveries: () => number): Promise<Cost> {
  const runs = async (): Promise<number> => (subject instanceof Freshet ? (await subject.counts()).runs : Number.NaN);
  if (kind !== undefined) await write(cluster, kind, 1, random);
  const before = { gateway: cpuSeconds(subject.pid), postgres: cpuSeconds(cluster.serverPid), deliveries: deliveries(), runs: await runs() };
  const wrote = kind === undefined ? (await pause(seconds * 1000), rate * seconds) : await write(cluster, kind, seconds, random);
  // What is still on its way belongs to these writes.
  await pause(500);
  const per = 1000 / wrote;
  return {
    gateway: (cpuSeconds(subject.pid) - before.gateway) * per,
    postgres: (cpuSeconds(cluster.serverPid) - before.postgres) * per,
    deliveries: deliveries() - before.deliveries,
    runs: (await runs()) - before.runs,
  };
}

const cluster = await Cluster.start({ durable: true, settings: { max_wal_size: '4GB' } });
try {
  await fill(cluster, queries, queries <= 1000 ? 100 : 60);
  await cluster.sql('owner', irrelevantSchema);
  const kinds = await irrelevantWrites(cluster, queries);
  const costs = new Map<string, Cost[]>();
  for (let round = 0; round < rounds; round++) {
    for (const name of subjects.map((_, i) => subjects[(i + round) % subjects.length] as SubjectName)) {
      const subject = await startSubject(name, cluster);
      try {
        let delivered = 0;
        await subject.subscribe(sockets, () => { delivered++; });
        for (const kind of [undefined, ...kinds]) {
          const cost = await measure(cluster, subject, kind, new Random(seed + round, 3), () => delivered);
          const key = `${kind?.name ?? '(nothing)'}, ${name}`;
          costs.set(key, [...(costs.get(key) ?? []), cost]);
        }
      } finally {
        await subject.stop();
      }
    }
  }
  console.log(`\nW3: ${queries} live queries, ${rate} irrelevant writes/s for ${seconds} s; ${rounds} rounds, median (least–most)\n`);
  printTable(
    ['writes, subject', 'CPU s/1,000', 'Postgres CPU', 'runs', 'deliveries'],
    [...costs].sort(([a], [b]) => a.localeCompare(b)).map(([key, list]) => [
      key, spread(list.map((cost) => cost.gateway), 4), spread(list.map((cost) => cost.postgres), 3),
      spread(list.map((cost) => cost.runs), 0), spread(list.map((cost) => cost.deliveries), 0),
    ]),
  );
} finally {
  await cluster.remove();
}
