/**
 * Servers that a command of the user's starts: found where they say they are, and gone however the tool ends.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startCommand } from '../../dist/topology/command.js';
import { eventually, inhabitants } from './inhabitants.ts';

const WITHIN_MS = 5_000;

let folder: string;
const cleanups: (() => Promise<unknown> | unknown)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wsscale-command-'));
});
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
  expect(await eventually(() => inhabitants(folder).length === 0, WITHIN_MS)).toBe(true);
  rmSync(folder, { recursive: true, force: true });
});

/** A server of TCP that works in the test's folder, and a command for it. */
function commandOf(script: string): string {
  const file = join(folder, 'server.mjs');
  writeFileSync(file, `import { createServer } from 'node:net';\n${script}`);
  return `cd ${folder} && '${process.execPath}' ${file}`;
}

const LISTENS = `
const server = createServer().listen(Number(process.argv[2] ?? 0), '127.0.0.1');
server.on('listening', () => {
  console.log('a line before');
  console.log('listening ws://127.0.0.1:' + server.address().port);
  for (let i = 0; i < 10_000; i++) console.log('listening ws://127.0.0.1:1 ' + 'x'.repeat(100));
});
`;

async function start(command: string, url: string | null = null) {
  const running = await startCommand('base', command, url);
  cleanups.push(() => running.stop());
  return running;
}

describe('a command', () => {
  it('is found where its first line `listening <url>` says, and may go on to write', async () => {
    const { url } = await start(commandOf(LISTENS));
    expect(Number(new URL(url).port)).toBeGreaterThan(1024);
    expect(inhabitants(folder).length).toBeGreaterThan(0);
  });

  it('is found at a path behind that', async () => {
    const { url } = await start(commandOf(LISTENS), '/rooms?a=b');
    expect(new URL(url).pathname + new URL(url).search).toBe('/rooms?a=b');
  });

  it('is found at the URL that is given, as soon as somebody answers there', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, 'close');
    const given = `ws://127.0.0.1:${port}/`;
    expect((await start(`${commandOf(LISTENS)} ${port}`, given)).url).toBe(given);
  });

  it('that is stopped leaves nothing behind, even if it does not want to end', async () => {
    const stubborn = `process.on('SIGTERM', () => {});\n${LISTENS}`;
    const running = await start(commandOf(stubborn));
    await running.stop();
    expect(await eventually(() => inhabitants(folder).length === 0, WITHIN_MS)).toBe(true);
  });

  it.each([
    ['ends before it listens', `console.error('no licence'); process.exit(7);`, 'no licence'],
    ['is not there', null, 'not found'],
    [
      'says that it listens at something else',
      `console.log('listening http://127.0.0.1:1'); setInterval(() => {}, 1000);`,
      'no URL of a WebSocket',
    ],
  ])('that %s is told with what it wrote', async (_how, script, words) => {
    const command = script === null ? `${folder}/nothing-here` : commandOf(script);
    await expect(startCommand('base', command, null)).rejects.toMatchObject({
      code: 'TARGET',
      message: expect.stringContaining(words),
    });
  });

  it('is gone after the tool was killed', async () => {
    const module = new URL('../../dist/topology/command.js', import.meta.url).href;
    const script = `
      import { startCommand } from ${JSON.stringify(module)};
      const { url } = await startCommand('base', ${JSON.stringify(commandOf(LISTENS))}, null);
      console.log(url);
    `;
    const tool: ChildProcess = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(tool.stdout as NonNullable<ChildProcess['stdout']>, 'data');
    expect(inhabitants(folder).length).toBeGreaterThan(0);
    tool.kill('SIGKILL');
    expect(await eventually(() => inhabitants(folder).length === 0, WITHIN_MS)).toBe(true);
  });
});
