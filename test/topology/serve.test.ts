/**
 * `wsscale serve --topology cluster`, as it is typed.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { eventually, inhabitants } from './inhabitants.ts';
import { isInstalled } from './programs.ts';

const BIN = fileURLToPath(new URL('../../bin/wsscale.js', import.meta.url));

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

interface Serving {
  process: ChildProcess;
  folder: string;
  stdout: () => string;
  stderr: () => string;
}

function serve(...flags: string[]): Serving {
  const folder = mkdtempSync(join(tmpdir(), 'wsscale-serve-'));
  const child = spawn(process.execPath, [BIN, 'serve', '--topology', 'cluster', ...flags], {
    cwd: folder,
    env: { ...process.env, TMPDIR: folder },
    detached: true,
  });
  cleanups.push(async () => {
    child.kill('SIGKILL');
    await eventually(() => inhabitants(folder).length === 0, 5_000);
    rmSync(folder, { recursive: true, force: true });
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (text) => {
      said[stream] += text;
    });
  }
  return { process: child, folder, stdout: () => said.stdout, stderr: () => said.stderr };
}

it('pings the clients of all nodes, if it is asked to', async () => {
  const serving = serve('--nodes', '2', '--heartbeat', '100ms');
  await eventually(() => serving.stdout().includes('\n'), 20_000);
  const [, url] = /^listening (\S+)/.exec(serving.stdout()) ?? [];
  for (let i = 0; i < 2; i++) {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    cleanups.push(() => socket.terminate());
    await once(socket, 'ping');
  }
});

it.each([
  { parts: [], runs: true },
  {
    parts: ['--broker', 'redis', '--balancer', 'nginx', '--routing', 'stateless'],
    runs: [isInstalled('nginx'), isInstalled('redis-server')].every(Boolean),
  },
])('serves until Ctrl-C, which stops everything: $parts', async ({ parts, runs }) => {
  if (!runs) return;
  const serving = serve('--nodes', '2', ...parts);
  await once(serving.process.stdout as NonNullable<ChildProcess['stdout']>, 'data');
  const [, url] = /^listening (ws:\/\/127\.0\.0\.1:\d+)\n/.exec(serving.stdout()) ?? [];
  const socket = new WebSocket(url);
  await once(socket, 'open');
  socket.send('hello');
  expect(String((await once(socket, 'message'))[0])).toBe('hello');
  // A terminal sends it to the whole process group.
  process.kill(-(serving.process.pid as number), 'SIGINT');
  const [[closeCode], [exitCode]] = await Promise.all([once(socket, 'close'), once(serving.process, 'exit')]);
  expect([closeCode, exitCode]).toEqual([1001, 130]);
  expect(inhabitants(serving.folder)).toEqual([]);
});

it('tells each node’s address where nothing stands before them', async () => {
  const serving = serve('--nodes', '2', '--balancer', 'none', '--broker', 'none');
  while (serving.stdout().split('\n').length < 3) {
    await once(serving.process.stdout as NonNullable<ChildProcess['stdout']>, 'data');
  }
  const urls = [...serving.stdout().matchAll(/^listening (ws:\/\/127\.0\.0\.1:\d+)$/gm)].map(
    ([, url]) => url,
  );
  expect(new Set(urls).size).toBe(2);
  for (const url of urls) {
    const socket = new WebSocket(url);
    cleanups.push(() => socket.terminate());
    socket.on('open', () => socket.send('hello'));
    expect(String((await once(socket, 'message'))[0])).toBe('hello');
  }
});

it('tells where each process has its metrics, and writes it for Prometheus', async () => {
  const serving = serve('--nodes', '2', '--metrics-targets', 'targets.json');
  while (serving.stdout().split('\n').length < 6) {
    await once(serving.process.stdout as NonNullable<ChildProcess['stdout']>, 'data');
  }
  const told = [...serving.stdout().matchAll(/^metrics (http:\/\/\S+) (\S+)$/gm)].map(([, url, role]) => ({
    url,
    role,
  }));
  expect(told.map(({ role }) => role).sort()).toEqual(['balancer', 'broker', 'node-0', 'node-1']);
  for (const { url, role } of told) {
    expect(await (await fetch(url)).text()).toContain(`websocket_healthy{server="${role}"}`);
  }
  const file = join(serving.folder, 'targets.json');
  await eventually(() => existsSync(file), 5_000);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual([
    { targets: told.map(({ url }) => new URL(url).host) },
  ]);
});

it.each([
  { flags: ['--nodes', 'many'], says: '--nodes: ' },
  { flags: ['--nodes', '0'], says: '--nodes: ' },
  { flags: ['--balancer', 'f5'], says: '--balancer: ' },
  { flags: ['--routing', 'random'], says: '--routing: ' },
  { flags: ['--broker', 'kafka'], says: '--broker: must be embedded, none, redis, ' },
  { flags: ['--broker', 'redis://me:secret@/x'], says: '--broker: ' },
  { flags: ['--store', 'mongo'], says: '--store: must be none, sqlite, postgres, ' },
  { flags: ['--store', 'postgres://me:secret@/x'], says: '--store: ' },
])('takes $flags for a mistake', async ({ flags, says }) => {
  const serving = serve(...flags);
  expect(await once(serving.process, 'close')).toEqual([2, null]);
  expect(serving.stderr()).toContain(says);
  expect(serving.stderr()).not.toContain('secret');
  expect(serving.stdout()).toBe('');
});

it('runs an edge: each gateway is told of, and a message comes back through a backend', async () => {
  const serving = serve('--topology', 'edge', '--gateways', '3', '--backends', '1');
  await eventually(() => serving.stdout().split('listening').length === 4, 20_000);
  const urls = [...serving.stdout().matchAll(/^listening (\S+)/gm)].map(([, url]) => url);
  expect(new Set(urls).size).toBe(3);
  for (const url of urls) {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    cleanups.push(() => socket.terminate());
    await once(socket, 'open');
    socket.send('hello');
    expect(String((await once(socket, 'message'))[0])).toBe('hello');
  }
  const ended = once(serving.process, 'exit');
  serving.process.kill('SIGTERM');
  expect(await ended).toEqual([143, null]);
  expect(inhabitants(serving.folder)).toEqual([]);
});
