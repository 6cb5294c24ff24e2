/** What the README and the page of the SDK show works as it stands there. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, afterAll, describe, expect, test } from 'vitest';
import { main as codegen } from '../../client-sdk/packages/codegen/src/cli.ts';
import { eventually } from '../harness/deadline.ts';
import { docBlocks } from '../harness/doc_blocks.ts';
import { compile as compileIn } from '../harness/doc_module.ts';
import { explain, fixture, useStack } from '../harness/stack.ts';

/** The text of the blocks of that language on a page. */
function blocks(page: string, language: string): string[] {
  const found = docBlocks(page).filter((block) => block.language === language);
  if (found.length === 0) throw new Error(`${page} has no ${language} block`);
  return found.map((block) => block.text);
}

describe('the query and the mutation of the README', () => {
  const stack = useStack({ sql: `${fixture('readme')}\n${blocks('README.md', 'sql').join('\n')}` });
  const ada = { sub: '1' };

  test('are live for a member', async () => {
    explain(stack);
    const client = await stack.gateway.client(ada);
    const list = await client.live('messages.list', { channel: 1 });
    expect(list.value).toEqual([]);
    const sent = await client.mutateAndSee('messages.send', { channel: 1, body: 'hi' });
    expect(list.value).toEqual([{ id: sent.value, body: 'hi', author: 'Ada' }]);
    await stack.cluster.psql('owner', `INSERT INTO app.message (channel_id, author_id, body) VALUES (1, 2, 'by psql')`);
    await eventually('the row of psql is there', () => (list.value as { body: string }[])[0]?.body === 'by psql');
  });

  test('are forbidden to everybody else', async () => {
    explain(stack);
    const client = await stack.gateway.client({ sub: '2' });
    expect((await client.live('messages.list', { channel: 1 })).error?.code).toBe('forbidden');
    expect((await client.mutate('messages.send', { channel: 1, body: 'hi' })).error?.code).toBe('forbidden');
  });

  describe('in an app', () => {
    let folder: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'freshet-readme-'));
      const said: string[] = [];
      const output = { out: (text: string) => said.push(text), err: (text: string) => said.push(text) };
      expect(await codegen(['--url', stack.gateway.url, '--out', join(folder, 'api.ts')], output), said.join('')).toBe(0);
    });

    afterAll(() => rm(folder, { recursive: true }));

    const compile = (source: string, name = 'app.ts'): Promise<string> => compileIn(folder, name, source);

    const preamble = `
      import type { ArgsOf } from '@freshet/client';
      import type { api as Api } from './api';
      declare const channel: ArgsOf<typeof Api.messages.list>['channel'];
    `;

    test('the snippet of the README compiles, with types that refuse what is wrong', async () => {
      const said = await compile(`${preamble}
        import { useMutation, useQuery } from '@freshet/react';
        import { api } from './api';
        ${blocks('README.md', 'tsx').join('\n')}
        export const author: string | null | undefined = messages.data?.[0]?.author;
        export const id: Promise<number | null> = send({ channel, body: 'hi' });
        // @ts-expect-error the body is missing
        void send({ channel });
        // @ts-expect-error there is no such column
        messages.data?.[0]?.writer;
      `);
      expect(said).toBe('');
    });

    test('the snippet of the SDK compiles', async () => {
      const said = await compile(`${preamble}
        declare function fetchToken(): Promise<string>;
        declare function show(result: unknown): void;
        ${blocks('client-sdk/README.md', 'ts').join('\n')}
      `);
      expect(said).toBe('');
    });

    test('the snippets for React and for servers compile', async () => {
      const said = await compile(`${preamble}
        import type { ReactNode } from 'react';
        import { FreshetClient, skip, type OptimisticUpdate, type WebSocketConstructor } from '@freshet/client';
        import { FreshetProvider, useAuth, useConnectionState, useMutation, usePaginatedQuery, useQueries, useQuery } from '@freshet/react';
        import { api } from './api';
        declare const client: FreshetClient, app: ReactNode, other: typeof channel, url: string, tokenOfTheRequest: string, WebSocket: WebSocketConstructor;
        declare const addToTheList: OptimisticUpdate<ArgsOf<typeof api.messages.send>>;
        declare function fetchToken(): Promise<string>;
        declare function renderToString(page: ReactNode): string;
        ${blocks('client-sdk/README.md', 'tsx').join('\n')}
        export const shown = [root, pages.results[0]?.author, pages.loadMore, list.data?.[0]?.author, both.there.data?.length, send, status, isStale, state, setAuth, html, inTheBrowser];
      `, 'app.tsx');
      expect(said).toBe('');
    });
  });
});
