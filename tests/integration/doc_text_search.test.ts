/** docs/text-search.md works as it stands there. */
import { expect, test } from 'vitest';
import { eventually } from '../harness/deadline.ts';
import { compile } from '../harness/doc_module.ts';
import { explainPage, useDocPage } from '../harness/doc_page.ts';

const page = useDocPage('docs/text-search.md');
const titles = (value: unknown): string[] => (value as { title: string }[]).map((hit) => hit.title);

test('what the search does not use or find, and other shelves, run nothing', async () => {
  explainPage(page);
  const gateway = await page.serve();
  const client = await gateway.client();
  const found = await client.live('articles.search_shelf', { shelf: 1, query: 'bread' });
  // A table is announced to the stream when the first query reads it; what changes before that counts as a change of the whole table.
  await page.cluster.sql('owner', "INSERT INTO app.article (shelf, title, body) VALUES (1, 'Bread knife', 'bread')");
  await eventually('the first change is there', () => titles(found.value).includes('Bread knife'));
  await client.live('articles.search', { query: 'stones' });
  // Pairs of a commit and a live query that it may concern.
  const hits = await gateway.metric('freshet_live_hits_total');
  await page.cluster.sql('owner', 'UPDATE app.article SET views = views + 1');
  await page.cluster.sql('owner', "INSERT INTO app.article (shelf, title, body) VALUES (1, 'Breadcrumbs', 'bread')");
  await eventually('the hit is there', () => titles(found.value).includes('Breadcrumbs'));
  expect((await gateway.metric('freshet_live_hits_total')) - hits).toBe(1);
  await page.cluster.sql('owner', "INSERT INTO app.article (shelf, title, body) VALUES (2, 'Breadboard', 'bread')");
  await page.cluster.sql('owner', "INSERT INTO app.article (shelf, title, body) VALUES (1, 'Breadbasket', 'bread')");
  await eventually('the hit is there', () => titles(found.value).includes('Breadbasket'));
  expect((await gateway.metric('freshet_live_hits_total')) - hits).toBe(2);
  expect(titles(found.value)).not.toContain('Breadboard');
});

test('hits come, change their rank and go with what is written, by whomever', async () => {
  explainPage(page);
  const client = await (await page.serve()).client();
  const hits = await client.live('articles.search', { query: 'stones' });
  expect(titles(hits.value)).toEqual(['Dry stone walls']);
  await page.cluster.psql('owner', "INSERT INTO app.article (shelf, title, body) VALUES (2, 'Stones and more stones', 'Stones.')");
  await eventually('the new one leads', () => titles(hits.value)[0] === 'Stones and more stones');
  await page.cluster.psql('owner', "UPDATE app.article SET title = 'Gravel', body = 'Small.' WHERE title LIKE 'Stones%'");
  await eventually('it is no hit any more', () => titles(hits.value).join() === 'Dry stone walls');
  await page.cluster.psql('owner', "DELETE FROM app.article WHERE title = 'Dry stone walls'");
  await eventually('nothing is left', () => titles(hits.value).length === 0);
});

test('its component compiles against the generated types', async () => {
  await page.types();
  expect(await compile(page.folder, 'page.tsx', page.blocks.find((block) => block.language === 'tsx')!.text)).toBe('');
});
