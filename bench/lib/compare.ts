/** Rounds of all subjects, interleaved, beside the floor; ends in one table. */
import { availableParallelism } from 'node:os';
import type { Cluster } from '../../tests/harness/cluster.ts';
import { floorSum, measureFloors, type Floors } from './floors.ts';
import { runRound, type Round, type RoundOptions } from './round.ts';
import { percentile, printTable, spread } from './stats.ts';
import type { SubjectName } from './subject.ts';

export async function compare(title: string, cluster: Cluster, subjects: SubjectName[], rounds: number, options: RoundOptions): Promise<void> {
  const results = new Map<SubjectName, Round[]>(subjects.map((name) => [name, []]));
  const floors: Floors[] = [];
  for (let round = 0; round < rounds; round++) {
    floors.push(await measureFloors(cluster, options.channels));
    // The order turns with each round, so that none has the machine always first.
    const order = subjects.map((_, i) => subjects[(i + round) % subjects.length] as SubjectName);
    for (const name of order) {
      const result = await runRound(name, cluster, { ...options, seed: options.seed + round });
      results.get(name)?.push(result);
      console.error(`round ${round + 1}: ${name} p50 ${percentile(result.latencies, 50).toFixed(2)} ms, p95 ${percentile(result.latencies, 95).toFixed(2)} ms, ${result.latencies.length} deliveries at ${result.reached.toFixed(0)} writes/s, all correct`);
    }
  }
  console.log(`\n${title}; ${rounds} rounds, median (least–most); every delivery checked; everything on ${availableParallelism()} cores\n`);
  const latency = (list: Round[], p: number): string => spread(list.map((round) => percentile(round.latencies, p)));
  const rows = subjects.map((name) => {
    const list = results.get(name) ?? [];
    return [
      name, spread(list.map((round) => round.reached), 0), latency(list, 50), latency(list, 95), latency(list, 99), spread(list.map((round) => Math.max(...round.latencies)), 1),
      spread(list.map((round) => round.subjectCpu)), spread(list.map((round) => round.postgresCpu)), spread(list.map((round) => round.loadCpu)),
      spread(list.map((round) => round.megabytes), 0), spread(list.map((round) => round.subscribeSeconds), 1), list.map((round) => round.fences).join(' '),
    ];
  });
  const floor = (p: number): string => spread(floors.map((sample) => floorSum(sample, p)));
  rows.push(['floor (sum)', '', floor(50), floor(95)]);
  for (const part of ['stream', 'call', 'echo'] as const) {
    rows.push([`  ${part}`, '', spread(floors.map((sample) => percentile(sample[part], 50))), spread(floors.map((sample) => percentile(sample[part], 95)))]);
  }
  printTable(['', 'writes/s reached', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms', 'CPU s/1,000', 'Postgres CPU', 'load CPU', 'RSS MB', 'subscribe s', 'fences/epochs'], rows);
}
