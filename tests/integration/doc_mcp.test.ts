/** docs/mcp.md works as it stands there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { expect, test } from 'vitest';
import { eventually } from '../harness/deadline.ts';
import { explainPage, useDocPage } from '../harness/doc_page.ts';

const page = useDocPage('docs/mcp.md');

interface Program {
  client: Client;
  tools: { name: string; annotations?: object }[];
  open: { structuredContent?: unknown };
  changed: string[];
}

test('its program lists, calls and subscribes with the key that was made', async () => {
  explainPage(page);
  const gateway = await page.serve();
  const [[key]] = (await page.cluster.rows('admin', `SELECT freshet.create_api_key('another', '{"sub": "support-agent"}', '{query:tickets.*,mutation:tickets.reply}')`)) as [[string]];
  process.env['MCP_URL'] = `${gateway.url}/mcp`;
  process.env['MCP_KEY'] = key;
  // Beside the tests, where its imports are found.
  const folder = mkdtempSync(new URL('./.mcp-page-', import.meta.url).pathname);
  try {
    writeFileSync(join(folder, 'agent.ts'), page.blocks.find((block) => block.language === 'ts')!.text);
    const program = (await import(/* @vite-ignore */ join(folder, 'agent.ts'))) as Program;
    expect(program.tools.map((tool) => tool.name)).toEqual(['tickets_list', 'tickets_reply']);
    expect(program.tools[1]?.annotations).toMatchObject({ title: 'Reply to a ticket', idempotentHint: true, destructiveHint: true });
    expect(program.open.structuredContent).toMatchObject({ result: [{ id: 1, answer: null }, { id: 2 }] });
    await page.cluster.sql('owner', "UPDATE tickets.ticket SET answer = 'Try another bulb' WHERE id = 1");
    await eventually('the change is told', () => program.changed.includes('freshet://query/tickets.list?state=open'));
    await program.client.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('what it says to write into a client\'s configuration is JSON that names the endpoint', () => {
  const config = JSON.parse(page.blocks.find((block) => block.language === 'json')!.text) as { mcpServers: Record<string, { url: string }> };
  expect(new URL(config.mcpServers['tickets']!.url).pathname).toBe('/mcp');
});
