import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeWorkerd } from '../../dist/topology/edge/workerd-config.js';
import { workerdConfig } from '../../src/topology/edge/workerd-config.ts';

const OPTIONS = { host: '127.0.0.1', port: 12_000, storageFolder: '/tmp/a "b"', epoch: 42 };

test('workerd listens where it is told to, and stores where it is told to', () => {
  const text = workerdConfig(['worker.js'], OPTIONS);
  expect(text).toContain('address = "127.0.0.1:12000"');
  expect(text).toContain('disk = (path = "/tmp/a \\"b\\"", writable = true)');
  expect(text).toContain('(name = "EPOCH", json = "42")');
  expect(workerdConfig([], { ...OPTIONS, host: '::1' })).toContain('address = "[::1]:12000"');
});

test('its modules are the worker first, then all that it imports, by the paths by which they do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wsscale-test-'));
  const config = readFileSync(writeWorkerd(folder, OPTIONS), 'utf8');
  const paths = [...config.matchAll(/\(name = "([^"]+)", esModule = embed "worker\/\1"\)/g)].map(
    ([, path]) => path,
  );
  expect(paths[0]).toBe('server/durable-objects/worker.js');
  const root = join(folder, 'worker');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.js'),
  );
  expect(files.sort()).toEqual([...paths].sort());
  // What it imports is there, and nothing of Node.js.
  for (const path of paths) {
    const text = readFileSync(join(root, path), 'utf8');
    for (const [, from] of text.matchAll(/from '([^']+)'/g)) expect(paths).toContain(join(path, '..', from));
  }
  rmSync(folder, { recursive: true });
});
