/** Open-loop writes: each at its moment of the schedule, whether or not the one before has been answered. */
import type { Cluster } from '../../tests/harness/cluster.ts';
import { pause } from '../../tests/harness/deadline.ts';
import type { Random } from '../../tests/harness/random.ts';

export interface Write {
  id: number;
  channel: number;
  committed: number;
}

export async function writeOpenLoop(
  cluster: Cluster,
  options: { rate: number; seconds: number; channels: number; random: Random; onWrite: (write: Write) => void },
): Promise<void> {
  const { rate, seconds, channels, random, onWrite } = options;
  const writers = await Promise.all(Array.from({ length: 4 }, () => cluster.connect('owner')));
  const start = performance.now();
  const outstanding: Promise<void>[] = [];
  for (let i = 0; i < rate * seconds; i++) {
    const due = start + (i * 1000) / rate;
    const wait = due - performance.now();
    if (wait > 0) await pause(wait);
    const channel = random.between(1, channels);
    const writer = writers[i % writers.length];
    if (writer === undefined) throw new Error('no writer');
    outstanding.push(
      writer
        .query({ name: 'insert', text: 'INSERT INTO app.message (channel, author, body) VALUES ($1, 1, $2) RETURNING id', values: [channel, `message ${i} ${'x'.repeat(90)}`], rowMode: 'array' })
        .then(({ rows }) => onWrite({ id: Number((rows[0] as [string])[0]), channel, committed: performance.now() })),
    );
  }
  await Promise.all(outstanding);
  await Promise.all(writers.map((writer) => writer.end()));
}
