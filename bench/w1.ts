/** W1 chat: one live query per channel, inserts into random channels by plain SQL. */
import { Cluster } from '../tests/harness/cluster.ts';
import { fill } from './lib/chat.ts';
import { compare } from './lib/compare.ts';
import { readOptions } from './lib/options.ts';

const { numbers, subjects } = readOptions({ queries: 1000, messages: 0, sockets: 1000, rate: 20, seconds: 20, rounds: 3, seed: 1 });
const { queries, rate, seconds, rounds, seed } = numbers;
const messages = numbers.messages || (queries <= 1000 ? 100 : queries <= 10_000 ? 50 : 20);
const count = Math.min(numbers.sockets, queries);
const sockets: number[][] = Array.from({ length: count }, () => []);
for (let channel = 1; channel <= queries; channel++) sockets[channel % count]?.push(channel);

const cluster = await Cluster.start({ durable: true, settings: { max_wal_size: '4GB' } });
try {
  await fill(cluster, queries, messages);
  await compare(`W1: ${queries} live queries over ${count} sockets, ${rate} inserts/s for ${seconds} s`, cluster, subjects, rounds, { sockets, channels: queries, rate, seconds, seed });
} finally {
  await cluster.remove();
}
