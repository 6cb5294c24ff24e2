/** One Postgres, one schema, one gateway: what nearly every test file begins with. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, onTestFailed } from 'vitest';
import { Cluster, type ClusterOptions } from './cluster.ts';
import { Gateway, type GatewayOptions } from './gateway.ts';

export interface StackOptions {
  /** A file of this folder's fixtures/, loaded as the owner role; or SQL text. */
  fixture?: string;
  sql?: string;
  cluster?: ClusterOptions;
  gateway?: GatewayOptions;
}

export class Stack {
  cluster!: Cluster;
  gateway!: Gateway;

  async start(options: StackOptions): Promise<void> {
    this.cluster = await Cluster.start(options.cluster);
    if (options.fixture !== undefined) await this.cluster.sql('owner', fixture(options.fixture));
    if (options.sql !== undefined) await this.cluster.sql('owner', options.sql);
    this.gateway = await Gateway.start(this.cluster, options.gateway);
  }

  async stop(): Promise<void> {
    await this.gateway?.remove();
    await this.cluster?.remove();
  }

  /** Prints what server and gateway said last; for the end of a failed test. */
  report(): void {
    console.error(`--- gateway\n${this.gateway?.log().slice(-4000)}\n--- server\n${this.cluster?.log().slice(-4000)}`);
  }
}

export function fixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}.sql`, import.meta.url), 'utf8');
}

/** Declares a stack for the tests of a file: made before the first, removed after the last. */
export function useStack(options: StackOptions): Stack {
  const stack = new Stack();
  beforeAll(() => stack.start(options));
  afterAll(() => stack.stop());
  return stack;
}

/** In a test: show the logs when it fails. */
export function explain(stack: Stack): void {
  onTestFailed(() => stack.report());
}
