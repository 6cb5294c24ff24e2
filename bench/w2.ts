/** W2 fan-out: one query, many sessions. W2b is `--subjects guarded,freshet`: the query behind a guard, every session another identity. */
import { Cluster } from '../tests/harness/cluster.ts';
import { fill, guardedSchema } from './lib/chat.ts';
import { compare } from './lib/compare.ts';
import { readOptions } from './lib/options.ts';

const { numbers, subjects } = readOptions({ sessions: 1000, rate: 10, seconds: 20, rounds: 3, seed: 1 });
const { sessions, rate, seconds, rounds, seed } = numbers;

const cluster = await Cluster.start({ durable: true });
try {
  await fill(cluster, 1, 100);
  if (subjects.includes('guarded')) {
    await cluster.sql('owner', guardedSchema);
    await cluster.sql('owner', `INSERT INTO app.member SELECT 1, 'user ' || i FROM generate_series(0, ${sessions - 1}) i`);
  }
  await compare(`W2: one live query, ${sessions} sessions, ${rate} inserts/s for ${seconds} s`, cluster, subjects, rounds, { sockets: Array.from({ length: sessions }, () => [1]), channels: 1, rate, seconds, seed });
} finally {
  await cluster.remove();
}
