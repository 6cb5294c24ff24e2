/**
 * What a team writes in an afternoon when it wants one query live, done properly: the replication stream tells which
 * channel changed, the query of that channel is run again on a snapshot that sees the change, and everybody who watches the
 * channel gets the result. One query, one key; no identity, no lockstep, no other table.
 *
 * DATABASE_URL, PORT. Clients send {"channel": n} and receive {"channel": n, "rows": […]}.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { WebSocketServer, type WebSocket } from 'ws';

const url = process.env['DATABASE_URL'] ?? '';
const slot = `handmade_${process.pid}`;
const watchers = new Map<number, Set<WebSocket>>();
const pool = new pg.Pool({ connectionString: url, max: 4 });

// `visible` says whether the snapshot of this very statement sees the transaction that made the channel dirty.
const statement = {
  name: 'latest',
  text: `SELECT $2::text IS NULL OR pg_visible_in_snapshot($2::xid8, pg_current_snapshot()) AS visible,
    (SELECT coalesce(json_agg(l), '[]')::text FROM chat.latest($1) l) AS rows`,
};

async function latest(channel: number, xid: string | null): Promise<string> {
  for (;;) {
    const { rows } = await pool.query<{ visible: boolean; rows: string }>({ ...statement, values: [channel, xid] });
    if (rows[0]?.visible === true) return `{"channel":${channel},"rows":${rows[0].rows}}`;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Per channel at most one run at a time; changes that come while it runs are answered by one more. */
const running = new Map<number, { again: string | null }>();

async function refresh(channel: number, xid: string): Promise<void> {
  const current = running.get(channel);
  if (current !== undefined) {
    current.again = xid;
    return;
  }
  const state: { again: string | null } = { again: xid };
  running.set(channel, state);
  while (state.again !== null) {
    const wanted = state.again;
    state.again = null;
    const text = await latest(channel, wanted);
    for (const socket of watchers.get(channel) ?? []) socket.send(text);
  }
  running.delete(channel);
}

function readStream(): void {
  const reader = spawn('pg_recvlogical', ['-d', url, '-S', slot, '--start', '-f', '-', '-o', 'skip-empty-xacts=1', '--no-loop', '-s', '1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  reader.on('exit', (code) => process.exit(code === 0 ? 0 : 1));
  process.on('SIGTERM', () => {
    reader.removeAllListeners('exit');
    reader.once('exit', () => {
      pool.query('SELECT pg_drop_replication_slot($1)', [slot]).finally(() => process.exit(0));
    });
    reader.kill('SIGTERM');
  });
  const dirty = new Set<number>();
  createInterface({ input: reader.stdout }).on('line', (line) => {
    if (line.startsWith('table app.message:')) {
      const found = / channel\[integer\]:(\d+)/.exec(line);
      if (found?.[1] !== undefined) dirty.add(Number(found[1]));
    } else if (line.startsWith('COMMIT')) {
      const xid = line.slice('COMMIT '.length);
      for (const channel of dirty) if (watchers.has(channel)) refresh(channel, xid).catch(fail);
      dirty.clear();
    }
  });
}

function fail(error: unknown): never {
  console.error(error);
  process.exit(1);
}

async function main(): Promise<void> {
  await pool.query(`SELECT pg_create_logical_replication_slot($1, 'test_decoding')`, [slot]);
  readStream();
  const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.env['PORT']), perMessageDeflate: false });
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { channel } = JSON.parse(data.toString()) as { channel: number };
      // Watch first, read then: a change in between is sent as well.
      const set = watchers.get(channel) ?? new Set();
      watchers.set(channel, set.add(socket));
      latest(channel, null).then((text) => socket.send(text)).catch(fail);
    });
    socket.on('close', () => {
      for (const set of watchers.values()) set.delete(socket);
    });
  });
  server.once('listening', () => console.log('listening'));
}

main().catch(fail);
