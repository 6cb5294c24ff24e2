/** CPU time and memory of processes, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

interface Stat {
  parent: number;
  seconds: number;
}

function stat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const field = (n: number): number => Number(fields[n - 3]);
    // utime, stime, and those of children that have ended: a backend that is gone has done its work all the same.
    return { parent: field(4), seconds: (field(14) + field(15) + field(16) + field(17)) / ticksPerSecond };
  } catch {
    return undefined;
  }
}

/** Seconds used so far by a process and all below it. */
export function cpuSeconds(root: number): number {
  const all = new Map<number, Stat>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const found = Number.isInteger(pid) ? stat(pid) : undefined;
    if (found !== undefined) all.set(pid, found);
  }
  let sum = 0;
  for (const [pid, found] of all) {
    let ancestor: number | undefined = pid;
    while (ancestor !== undefined && ancestor > 1 && ancestor !== root) ancestor = all.get(ancestor)?.parent;
    if (ancestor === root) sum += found.seconds;
  }
  return sum;
}

/** Megabytes of resident memory of one process. */
export function residentMegabytes(pid: number): number {
  const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1] ?? 0) / 1024;
}
