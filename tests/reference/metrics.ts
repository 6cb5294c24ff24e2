/** docs/reference/metrics.md, from what /metrics of a gateway says about itself. */
import type { Gateway } from '../harness/gateway.ts';
import { cell, code, page, table } from './markdown.ts';

export async function metrics(gateway: Gateway): Promise<string> {
  const text = (await gateway.http('/metrics')).body as string;
  const labels = new Map([...text.matchAll(/^(\w+)\{(\w+)=/gm)].map((found) => [found[1]!, found[2]!]));
  const found = [...text.matchAll(/^# HELP (\w+) (.*)\n# TYPE \1 (\w+)$/gm)].map(([, name = '', help = '', type = '']) => ({ name, help, type }));
  found.sort((one, other) => (one.name < other.name ? -1 : 1));
  return page(
    'Metrics',
    'the `# HELP` lines of `/metrics`',
    'Prometheus text at `/metrics`; counters count from the start of the gateway. None names a user, a path or a table. What is worth an alert: [deployment](../deployment.md#monitoring).',
    table(['metric', '', ''], found.map(({ name, help, type }) => [code(labels.has(name) ? `${name}{${labels.get(name)}}` : name), type, cell(help)])),
  );
}
