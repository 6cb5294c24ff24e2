/**
 * Carries a page of docs/ out as it stands, block by block, against a cluster and a gateway of its own. How, the words behind a block's
 * language say:
 *
 *   sql ROLE          psql, as that role (`superuser`, `owner`: the application's); `fails`: it must, with what the text below it shows
 *   sql test          a file of `freshet test`, which must pass
 *   sh                bash, in the page's folder, with `freshet`, `psql` and the connection strings of docs/deployment.md in its environment
 *   sh serve          how a gateway is started: one is, with the settings of the harness
 *   sh npm            npm install and npx freshet-codegen: the packages of this repository
 *   … untested        nothing, and the page says why (doc_blocks.test.ts allows it where no test can)
 *   ts, tsx           modules over the generated types: compiled by the test (doc_module.ts)
 *   … file=NAME       is written to that file first; with no other word it is only written
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, onTestFailed } from 'vitest';
import { main as codegen } from '../../client-sdk/packages/codegen/src/cli.ts';
import { Cluster, BIN, type ClusterOptions } from './cluster.ts';
import { asShown, docBlocks, type Block } from './doc_blocks.ts';
import { defaultKey, Gateway, gatewayBinary, type GatewayOptions } from './gateway.ts';
import { fixture } from './stack.ts';
import { token, type Claims } from './token.ts';

export interface DocPageOptions {
  /** What the page presumes: a file of fixtures/, loaded as the application's owner (or the superuser, where there is no extension yet). */
  fixture?: string;
  cluster?: ClusterOptions;
  gateway?: GatewayOptions;
  /** Tokens that shell blocks find in variables: { TOKEN_ADA: { sub: 'ada' } }. */
  tokens?: Record<string, Claims>;
  /** Further variables of shell blocks. */
  environment?: (page: DocPage) => Record<string, string>;
  /** Called before each block. */
  before?: (block: Block, page: DocPage) => Promise<void>;
}

interface Said {
  code: number;
  out: string;
  err: string;
}

export class DocPage {
  readonly folder = mkdtempSync(join(tmpdir(), 'freshet-page-'));
  readonly blocks: Block[];
  cluster!: Cluster;
  #name: string;
  #options: DocPageOptions;
  #gateway: Gateway | undefined;

  constructor(name: string, options: DocPageOptions = {}) {
    this.#name = name;
    this.#options = options;
    this.blocks = docBlocks(name);
  }

  get #bare(): boolean {
    return this.#options.cluster?.extension === false;
  }

  get gateway(): Gateway {
    if (this.#gateway === undefined) throw new Error(`${this.#name} has started no gateway`);
    return this.#gateway;
  }

  async carryOut(): Promise<void> {
    this.cluster = await Cluster.start(this.#options.cluster);
    if (this.#options.fixture !== undefined) await this.cluster.sql(this.#bare ? 'admin' : 'owner', fixture(this.#options.fixture));
    for (const block of this.blocks) {
      await this.#options.before?.(block, this);
      await this.#perform(block);
    }
  }

  async remove(): Promise<void> {
    await this.#gateway?.remove();
    await this.cluster?.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  report(): void {
    console.error(`--- gateway\n${this.#gateway?.log().slice(-4000)}\n--- server\n${this.cluster?.log().slice(-4000)}`);
  }

  /** Starts the page's gateway where no block has. */
  async serve(): Promise<Gateway> {
    return (this.#gateway ??= await Gateway.start(this.cluster, this.#options.gateway));
  }

  /** The generated types of what is exposed now, written to that file of the page's folder. */
  async types(file = 'api.ts'): Promise<void> {
    await this.#codegen(['--url', (await this.serve()).url, '--out', file]);
  }

  async #perform(block: Block): Promise<void> {
    const file = block.marks.find((mark) => mark.startsWith('file='))?.slice('file='.length);
    const fails = block.marks.includes('fails');
    const marks = block.marks.filter((mark) => !mark.startsWith('file=') && mark !== 'fails');
    if (file !== undefined) this.#write(file, block.text);
    if (file !== undefined && marks.length === 0) return;
    switch (`${block.language} ${marks[0] ?? ''}`.trim()) {
      case 'sql untested':
      case 'ts':
      case 'tsx':
        return;
      case 'sh':
        return this.#check(block, await this.#shell(block.text), fails);
      case 'sh serve':
        return void (await this.serve());
      case 'sh npm':
        return this.#npm(block);
      case 'sql test': {
        this.#write('page.test.sql', block.text);
        // Its role may be anybody (docs/testing.md).
        await this.cluster.sql('admin', 'GRANT EXECUTE ON FUNCTION freshet.as_user(jsonb), freshet.invoke(text, jsonb) TO freshet_owner');
        return this.#check(block, await this.#shell('freshet test page.test.sql'), false);
      }
      default:
        if (block.language === 'sql' && marks[0] !== undefined) return this.#check(block, await this.#psql(marks[0], block.text), fails);
        throw this.#failure(block, `a block \`${[block.language, ...block.marks].join(' ')}\` that nothing carries out`);
    }
  }

  #check(block: Block, said: Said, fails: boolean): void {
    if ((said.code !== 0) !== fails) throw this.#failure(block, `exit status ${said.code}\n${said.out}${said.err}`);
    const text = fails ? said.err : said.out;
    if (block.prints !== undefined && !asShown(block.prints, text)) throw this.#failure(block, `the page shows\n${block.prints}\nbut it says\n${text}`);
  }

  #failure(block: Block, why: string): Error {
    return new Error(`${this.#name}:${block.line}: ${why}`);
  }

  #write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  async #psql(role: string, text: string): Promise<Said> {
    const name = role === 'superuser' ? 'postgres' : role === 'owner' ? 'freshet_owner' : role;
    const args = [this.cluster.url('admin'), '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-c', `SET SESSION AUTHORIZATION "${name}"`, '-f', '-'];
    const said = await run(join(BIN, 'psql'), args, { cwd: this.folder, input: text });
    return { ...said, err: said.err.replaceAll(/^psql:<stdin>:\d+: /gm, '') };
  }

  #shell(text: string): Promise<Said> {
    const env = {
      PATH: `${dirname(gatewayBinary)}:${BIN}:${process.env['PATH']}`,
      HOME: this.folder,
      FRESHET_DATABASE_URL: this.cluster.url('call'),
      FRESHET_REPLICATION_URL: this.cluster.url('stream'),
      FRESHET_JWT_KEY: defaultKey.verifyWith,
      // A database that was there before belongs to the superuser.
      FRESHET_OWNER_URL: this.cluster.url(this.#bare ? 'admin' : 'owner'),
            ...Object.fromEntries(Object.entries(this.#options.tokens ?? {}).map(([name, claims]) => [name, token(defaultKey, claims)])),
      ...this.#options.environment?.(this),
    };
    return run('bash', ['-euo', 'pipefail'], { cwd: this.folder, input: this.#addressed(text), env });
  }

  /** The address that pages write stands for that of the gateway here. */
  #addressed(text: string): string {
    return this.#gateway === undefined ? text : text.replaceAll('http://127.0.0.1:4700', this.#gateway.url);
  }

  async #npm(block: Block): Promise<void> {
    for (const line of block.text.split('\n').filter((each) => each.trim() !== '')) {
      const words = this.#addressed(line).replace(/\s+#.*/, '').trim().split(/\s+/);
      if (words[0] === 'npm' && words[1] === 'install') continue;
      if (words[0] !== 'npx' || words[1] !== 'freshet-codegen') throw this.#failure(block, `neither npm install nor npx freshet-codegen: ${line}`);
      await this.#codegen(words.slice(2));
    }
  }

  async #codegen(words: string[]): Promise<void> {
    const said: string[] = [];
    const output = { out: (text: string) => said.push(text), err: (text: string) => said.push(text) };
    const at = words.indexOf('--out') + 1;
    const file = join(this.folder, words[at]!);
    mkdirSync(dirname(file), { recursive: true });
    if ((await codegen(words.with(at, file), output)) !== 0) throw new Error(`freshet-codegen ${words.join(' ')}: ${said.join('')}`);
  }
}

function run(command: string, args: string[], options: { cwd: string; input: string; env?: NodeJS.ProcessEnv }): Promise<Said> {
  return new Promise((resolve) => {
    const child = execFile(command, args, { cwd: options.cwd, env: options.env, maxBuffer: 1 << 26, timeout: 90_000 }, (error, out, err) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, out, err }),
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input);
  });
}

/** Declares a page for the tests of a file: carried out before the first, removed after the last. */
export function useDocPage(name: string, options: DocPageOptions = {}): DocPage {
  const page = new DocPage(name, options);
  beforeAll(() => page.carryOut());
  afterAll(() => page.remove());
  return page;
}

/** In a test: show the logs when it fails. */
export const explainPage = (page: DocPage): void => onTestFailed(() => page.report());
