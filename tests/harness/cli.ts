/** The commands of `freshet` for people, as a terminal runs them. */
import { execFile } from 'node:child_process';
import { Child } from './child.ts';
import type { Cluster } from './cluster.ts';

const BINARY =
  process.env['FRESHET_BIN'] ?? new URL('../../build/release/sidecar/src/app/freshet', import.meta.url).pathname;

export interface Said {
  code: number;
  out: string;
  err: string;
}

/** Where the commands find the database, by environment. */
export function databaseEnvironment(cluster: Cluster, role: 'admin' | 'owner' | 'call' = 'call'): Record<string, string> {
  return { FRESHET_DATABASE_URL: cluster.url(role), FRESHET_REPLICATION_URL: cluster.url('stream') };
}

/** Runs a command to its end. */
export function freshet(args: string[], env: Record<string, string> = {}): Promise<Said> {
  return new Promise((resolve) => {
    execFile(BINARY, args, { env: { PATH: process.env['PATH'], ...env }, cwd: '/', maxBuffer: 1 << 28, timeout: 60_000 }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err }),
    );
  });
}

/** Starts one that goes on until it is stopped; what it prints is in its log. */
export function startFreshet(args: string[], env: Record<string, string>, logFile: string): Child {
  return new Child(BINARY, args, { env: { PATH: process.env['PATH'], ...env }, logFile, deathSignal: 'KILL' });
}
