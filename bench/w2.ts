/** W2 fan-out: one query, many sessions. */
import { Cluster } from '../tests/harness/cluster.ts';
import { fill } from './lib/chat.ts';
import { compare } from './lib/compare.ts';
import { readOptions } from './lib/options.ts';

const { numbers, subjects } = readOptions({ sessions: 1000, rate: 10, seconds: 20, rounds: 3, seed: 1 });
const { sessions, rate, seconds, rounds, seed } = numbers;

const cluster = await Cluster.start({ durable: true });
try {
  await fill(cluster, 1, 100);
  await compare(`W2: one live query, ${sessions} sessions, ${rate} inserts/s for ${seconds} s`, cluster, subjects, rounds, { sockets: Array.from({ length: sessions }, () => [1]), channels: 1, rate, seconds, seed });
} finally {
  await cluster.remove();
}
