import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate as validateTwo } from '@readme/openapi-parser';
import { Validator } from '@seriousme/openapi-schema-validator';
import { generateSource } from 'oazapfts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useStack } from '../harness/stack.ts';

// Names, kinds, types and errors of every sort; one module whose names need escaping.
const schema = `
CREATE SCHEMA app;
CREATE SCHEMA shop;
CREATE SCHEMA "Odd module";
CREATE TYPE app.size AS ENUM ('small', 'large');
CREATE TABLE app.item (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, name text NOT NULL, size app.size, price numeric, made timestamptz NOT NULL DEFAULT now());
INSERT INTO app.item (name, size, price) VALUES ('cup', 'small', 1.50), ('pot', NULL, NULL);
CREATE FUNCTION shop.items(of_size app.size DEFAULT NULL) RETURNS TABLE (id bigint, name text, size app.size, price numeric, made timestamptz) STABLE LANGUAGE sql
  AS $$ SELECT i.id, i.name, i.size, i.price, i.made FROM app.item i WHERE items.of_size IS NULL OR i.size = items.of_size ORDER BY i.id $$;
CREATE FUNCTION shop.item(id bigint) RETURNS TABLE (name text) STABLE LANGUAGE sql AS $$ SELECT i.name FROM app.item i WHERE i.id = item.id $$;
CREATE FUNCTION shop.add(name text, tags text[] DEFAULT '{}', more jsonb DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql
  AS $$ DECLARE made bigint; BEGIN IF name = '' THEN PERFORM freshet.fail('no_name', 'give it a name'); END IF;
        INSERT INTO app.item (name) VALUES (add.name) RETURNING id INTO made; RETURN made; END $$;
CREATE FUNCTION shop.clear() RETURNS void LANGUAGE sql AS $$ DELETE FROM app.item WHERE false $$;
CREATE FUNCTION shop.mine() RETURNS text STABLE LANGUAGE sql AS $$ SELECT freshet.user_id() $$;
CREATE FUNCTION "Odd module"."a/b %20 é"("ein Wert" int) RETURNS int STABLE LANGUAGE sql AS $$ SELECT "ein Wert" + 1 $$;
COMMENT ON FUNCTION shop.items IS 'All that is for sale.';
SELECT freshet.expose('shop.items', public => true);
SELECT freshet.expose('shop.item', public => true, cardinality => 'maybe');
SELECT freshet.expose('shop.add', public => true, errors => '{no_name}');
SELECT freshet.expose('shop.clear', public => true);
SELECT freshet.expose('shop.mine', guard => 'true');
SELECT freshet.expose('Odd module.a/b %20 é', public => true);
`;

interface Document {
  openapi: string;
  paths: Record<string, { post: { operationId: string; security: unknown[]; description?: string } }>;
  components: { schemas: Record<string, unknown> };
}

describe('the OpenAPI document', () => {
  const stack = useStack({ sql: schema });
  let document: Document;
  let folder: string | undefined;

  beforeAll(async () => {
    document = (await stack.gateway.http('/openapi.json')).body as Document;
    folder = mkdtempSync(new URL('./.openapi-client-', import.meta.url).pathname);
  });
  afterAll(() => folder !== undefined && rmSync(folder, { recursive: true, force: true }));

  test('is valid to two validators that know nothing of each other', async () => {
    expect(document.openapi).toBe('3.1.0');
    const one = await new Validator().validate(structuredClone(document) as unknown as Record<string, unknown>);
    expect(one.errors ?? []).toEqual([]);
    expect(one.valid).toBe(true);
    const two = await validateTwo(structuredClone(document) as never);
    expect(two.valid, JSON.stringify(two)).toBe(true);
  });

  test('has one operation for each function, each with a name of its own', () => {
    const paths = Object.keys(document.paths);
    expect(paths).toEqual(expect.arrayContaining(['/api/f/shop/items', '/api/f/shop/add', '/api/batch']));
    expect(paths).toContain(`/api/f/Odd%20module/${encodeURIComponent('a/b %20 é')}`);
    const ids = Object.values(document.paths).map((path) => path.post.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(document.paths['/api/f/shop/items']?.post.description).toBe('All that is for sale.');
    expect(document.paths['/api/f/shop/mine']?.post.security).toEqual([{ bearer: [] }]);
    expect(document.paths['/api/f/shop/items']?.post.security).toEqual([{ bearer: [] }, {}]);
  });

  test('every path that it names answers', async () => {
    const reply = await stack.gateway.http(`/api/f/Odd%20module/${encodeURIComponent('a/b %20 é')}`, { 'ein Wert': 41 });
    expect(reply).toMatchObject({ status: 200, body: 42 });
  });

  test('a client that is generated from it works', async () => {
    const source = await generateSource(JSON.parse(JSON.stringify(document)) as never);
    writeFileSync(join(folder as string, 'client.ts'), source);
    const client = (await import(/* @vite-ignore */ join(folder as string, 'client.ts'))) as Record<string, (...args: unknown[]) => Promise<{ status: number; data: unknown }>> & {
      defaults: { baseUrl: string };
    };
    client.defaults.baseUrl = stack.gateway.url;
    expect(await client['shopItems']?.({})).toMatchObject({ status: 200, data: [{ id: 1, name: 'cup', size: 'small', price: '1.50' }, { id: 2, size: null, price: null }] });
    expect(await client['shopItems']?.({ of_size: 'small' })).toMatchObject({ data: [{ name: 'cup' }] });
    expect(await client['shopItem']?.({ id: 99 })).toMatchObject({ status: 200, data: null });
    const added = await client['shopAdd']?.({ name: 'jug' }, { idempotencyKey: 'jug-1' });
    const again = await client['shopAdd']?.({ name: 'jug' }, { idempotencyKey: 'jug-1' });
    expect(again?.data).toBe(added?.data);
    expect(await client['shopAdd']?.({ name: '' })).toMatchObject({ status: 422, data: { code: 'application', details: { code: 'no_name' } } });
    expect(await client['shopMine']?.({})).toMatchObject({ status: 401, data: { code: 'unauthenticated' } });
    expect(await client['shopItems']?.({ of_size: 'huge' })).toMatchObject({ status: 400, data: { code: 'invalid_arguments' } });
    expect(await client['shopClear']?.({})).toMatchObject({ status: 200, data: null });
  });

  test('changes with the catalog and not otherwise', async () => {
    const tag = (await stack.gateway.http('/openapi.json')).headers.get('etag') ?? '';
    expect((await stack.gateway.http('/openapi.json', undefined, { headers: { 'if-none-match': tag } })).status).toBe(304);
    await stack.cluster.sql('owner', `SELECT freshet.hide('shop.clear')`);
    const changed = async () => Object.keys(((await stack.gateway.http('/openapi.json')).body as Document).paths).includes('/api/f/shop/clear');
    await expect.poll(changed, { timeout: 15_000 }).toBe(false);
    expect((await stack.gateway.http('/openapi.json', undefined, { headers: { 'if-none-match': tag } })).status).toBe(200);
  });
});
