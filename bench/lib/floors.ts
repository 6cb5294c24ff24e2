/** The parts that no design can do without, each alone: the sum is the floor of commit → client. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { WebSocket, WebSocketServer } from 'ws';
import type { AddressInfo } from 'node:net';
import type { Cluster } from '../../tests/harness/cluster.ts';
import { eventually, pause } from '../../tests/harness/deadline.ts';
import { percentile } from './stats.ts';

export interface Floors {
  stream: number[];
  call: number[];
  echo: number[];
}

/** Commit acknowledged → the first byte of it read from the stream, through the gateway's own plugin. */
async function streamFloor(cluster: Cluster, samples: number, gap: number): Promise<number[]> {
  const slot = `floor_${process.pid}_${Date.now() % 100_000}`;
  const url = cluster.url('stream');
  const reader = spawn('pg_recvlogical', ['-d', url, '-S', slot, '--create-slot', '--if-not-exists', '-P', 'freshet', '--start', '-f', '-', '--no-loop', '-s', '1', '-o', 'format=json', '-o', `key=${randomBytes(16).toString('hex')}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  let arrived = 0;
  let complaint = '';
  reader.stdout.on('data', () => { arrived = performance.now(); });
  reader.stderr.on('data', (data: Buffer) => { complaint += data.toString(); });
  const writer = await cluster.connect('owner');
  const latencies: number[] = [];
  try {
    await eventually('the reader streams', async () => {
      if (reader.exitCode !== null) throw new Error(complaint);
      await writer.query(`INSERT INTO app.message (channel, author, body) VALUES (0, 0, 'warm')`);
      await pause(20);
      return arrived > 0;
    }, { within: 15_000, every: 50 });
    for (let i = 0; i < samples; i++) {
      await pause(gap);
      arrived = 0;
      await writer.query(`INSERT INTO app.message (channel, author, body) VALUES (0, 0, 'x')`);
      const committed = performance.now();
      await eventually('it arrives', () => arrived > 0, { every: 0 });
      latencies.push(Math.max(0, arrived - committed));
    }
  } finally {
    reader.kill('SIGTERM');
    await new Promise((resolve) => reader.once('exit', resolve));
    const cleaner = await cluster.connect('admin');
    await cleaner.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1 AND NOT active', [slot]);
    await cleaner.end();
    await writer.end();
  }
  return latencies;
}

async function callFloor(cluster: Cluster, samples: number, channels: number): Promise<number[]> {
  const call = await cluster.connect('call');
  const latencies: number[] = [];
  for (let i = 0; i < samples + 20; i++) {
    await call.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const began = performance.now();
    await call.query({ name: 'run', text: 'SELECT * FROM freshet.run_queries($1)', values: [JSON.stringify([{ path: 'chat.latest', args: { channel: 1 + (i % channels) }, identity: null }])] });
    const ran = performance.now();
    await call.query('COMMIT');
    // A gateway pipelines BEGIN and COMMIT with the call: their round trips are not part of the floor.
    if (i >= 20) latencies.push(ran - began);
  }
  await call.end();
  return latencies;
}

async function echoFloor(samples: number, bytes: number): Promise<number[]> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (socket) => socket.on('message', (data) => socket.send(data.toString())));
  await new Promise((resolve) => server.once('listening', resolve));
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { perMessageDeflate: false });
  await new Promise((resolve) => client.once('open', resolve));
  const text = 'x'.repeat(bytes);
  const latencies: number[] = [];
  for (let i = 0; i < samples + 20; i++) {
    const start = performance.now();
    const back = new Promise((resolve) => client.once('message', resolve));
    client.send(text);
    await back;
    // There and back: a push needs one way.
    if (i >= 20) latencies.push((performance.now() - start) / 2);
  }
  client.terminate();
  server.close();
  return latencies;
}

export async function measureFloors(cluster: Cluster, channels: number): Promise<Floors> {
  return {
    stream: await streamFloor(cluster, 100, 20),
    call: await callFloor(cluster, 200, channels),
    echo: await echoFloor(500, 400),
  };
}

export const floorSum = (floors: Floors, p: number): number =>
  percentile(floors.stream, p) + percentile(floors.call, p) + percentile(floors.echo, p);
