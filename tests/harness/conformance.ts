/** The public conformance suite of the Model Context Protocol, run as the program that it is. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** A Node of version 22 or newer: this one, or the one of the npm packages node-linux-…. */
function node22(): string {
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath;
  return join(dirname(require.resolve(`node-${process.platform}-${process.arch}/package.json`)), 'bin', 'node');
}

const program = join(dirname(require.resolve('@modelcontextprotocol/conformance/package.json')), 'dist', 'index.js');

export interface Ran {
  status: number;
  output: string;
}

/** Runs the program with these arguments. */
export function conformance(...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(node22(), [program, ...args], { env: { ...process.env, NO_COLOR: '1' }, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : typeof error.code === 'number' ? error.code : 70, output: stdout + stderr });
    });
  });
}

/** The names of the server scenarios that the program knows. */
export async function serverScenarios(): Promise<string[]> {
  const { output } = await conformance('list', '--server');
  return [...output.matchAll(/^ {2}- ([a-z0-9-]+)/gm)].map((line) => line[1] as string);
}
