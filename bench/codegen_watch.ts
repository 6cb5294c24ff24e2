/** How long after the COMMIT of a CREATE OR REPLACE the generated module is on disk. */
import { mkdtempSync, readFileSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../client-sdk/packages/codegen/src/cli.ts';
import { Cluster } from '../tests/harness/cluster.ts';
import { eventually } from '../tests/harness/deadline.ts';
import { Gateway } from '../tests/harness/gateway.ts';
import { readOptions } from './lib/options.ts';
import { percentile } from './lib/stats.ts';

const { numbers } = readOptions({ changes: 40 });
const cluster = await Cluster.start({ durable: true });
const folder = mkdtempSync(join(tmpdir(), 'freshet-watch-'));
try {
  await cluster.sql('owner', `CREATE SCHEMA m; CREATE FUNCTION m.f() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1'; SELECT freshet.expose('m.f', public => true)`);
  const gateway = await Gateway.start(cluster);
  const out = join(folder, 'api.ts');
  const interrupted = new AbortController();
  const output = { out: () => undefined, err: (text: string) => process.stderr.write(text) };
  const watching = main(['--url', gateway.url, '--out', out, '--watch'], output, { signal: interrupted.signal });
  const holds = (part: string) => {
    try {
      return readFileSync(out, 'utf8').includes(part);
    } catch {
      return false;
    }
  };
  await eventually('the first module', () => holds('m.f'));
  const owner = await cluster.connect('owner');
  const times: number[] = [];
  for (let n = 0; n < numbers.changes; n++) {
    const written = new Promise<number>((resolve) => {
      const watcher = watch(folder, () => {
        if (!holds(`/** Change ${n} */`)) return;
        watcher.close();
        resolve(performance.now());
      });
    });
    await owner.query(`CREATE OR REPLACE FUNCTION m.f() RETURNS int STABLE LANGUAGE sql AS 'SELECT ${n}'; COMMENT ON FUNCTION m.f IS 'Change ${n}'`);
    const committed = performance.now();
    times.push((await written) - committed);
  }
  await owner.end();
  interrupted.abort();
  await watching;
  await gateway.remove();
  const ms = (p: number): string => percentile(times, p).toFixed(1);
  console.log(`codegen --watch: ${times.length} changes, ms from COMMIT to the module on disk: p50 ${ms(50)}, p95 ${ms(95)}, most ${ms(100)}`);
} finally {
  await cluster.remove();
  rmSync(folder, { recursive: true });
}
