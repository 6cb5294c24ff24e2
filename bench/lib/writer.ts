/**
 * Open-loop writes by pgbench: each is due at its moment of a random schedule (Poisson), whether or not those before have been
 * answered. What was really reached is counted, since a machine that cannot take the rate offered makes the load a closed loop.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAside } from '../../tests/harness/child.ts';
import type { Cluster } from '../../tests/harness/cluster.ts';

export interface WriteOptions {
  /** A pgbench script; `:n` counts the transactions of each client from 1. */
  script: string;
  rate: number;
  seconds: number;
  seed: number;
}

export interface Written {
  /** `client.n` → when its commit was acknowledged, in milliseconds of the wall clock. */
  acknowledged: Map<string, number>;
  /** Commits per second from the first to the last. */
  reached: number;
}

/** Enough connections that a commit's wait for the disk does not hold up those that are due meanwhile. */
const connections = (rate: number): number => (rate <= 100 ? 4 : rate <= 1000 ? 16 : 48);

export async function writeOpenLoop(cluster: Cluster, { script, rate, seconds, seed }: WriteOptions): Promise<Written> {
  const directory = mkdtempSync(join(tmpdir(), 'freshet-bench-writer-'));
  try {
    const file = join(directory, 'script.sql');
    writeFileSync(file, `\\set n :n + 1\n${script}\n`);
    await runAside('pgbench', [
      '--no-vacuum', '--protocol=prepared', '--define=n=0', `--client=${connections(rate)}`, '--jobs=1', `--rate=${rate}`, `--time=${seconds}`,
      `--random-seed=${seed}`, `--file=${file}`, '--log', `--log-prefix=${join(directory, 'log')}`, cluster.url('owner'),
    ], '');
    const acknowledged = new Map<string, number>();
    let first = Number.POSITIVE_INFINITY;
    let last = 0;
    for (const name of readdirSync(directory).filter((entry) => entry.startsWith('log'))) {
      for (const line of readFileSync(join(directory, name), 'utf8').split('\n')) {
        const [client, transaction, , , second, microsecond] = line.split(' ').map(Number);
        if (client === undefined || transaction === undefined || second === undefined || microsecond === undefined) continue;
        const at = second * 1000 + microsecond / 1000;
        acknowledged.set(`${client}.${transaction}`, at);
        first = Math.min(first, at);
        last = Math.max(last, at);
      }
    }
    return { acknowledged, reached: acknowledged.size < 2 ? 0 : (acknowledged.size - 1) / ((last - first) / 1000) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
