import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { pushpinConfig, pushpinRoutes, writePushpin } from '../../src/topology/edge/pushpin-config.ts';

const OPTIONS = {
  ...{
    host: '127.0.0.1',
    port: 12_000,
    controlHost: '127.0.0.1',
    controlPort: 12_001,
    maxConnections: 9_000,
  },
  ...{ runFolder: '/tmp/run', backends: [12_002, 12_003].map((port) => ({ host: '127.0.0.1', port })) },
};

test('Pushpin listens where it is told to, and takes no port but two', () => {
  const lines = pushpinConfig(OPTIONS).split('\n');
  expect(lines).toContain('http_port=127.0.0.1:12000');
  expect(lines).toContain('push_in_http_port=12001');
  expect(lines).toContain('client_maxconn=9000');
  expect(lines.filter((line) => line.includes('tcp://'))).toEqual([]);
});

test('Pushpin tells nobody that it runs', () => {
  expect(pushpinConfig(OPTIONS)).toMatch(/^updates_check=off$/m);
});

test('Pushpin asks the backends over HTTP, the first of them first', () => {
  expect(pushpinRoutes(OPTIONS.backends)).toMatch(
    /^\* 127\.0\.0\.1:12002,over_http 127\.0\.0\.1:12003,over_http$/m,
  );
});

test('the routes stand beside the configuration that names them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wsscale-test-'));
  const file = writePushpin(join(folder, 'new'), OPTIONS);
  expect(readFileSync(file, 'utf8')).toMatch(/^routesfile=routes$/m);
  expect(readFileSync(join(dirname(file), 'routes'), 'utf8')).toBe(pushpinRoutes(OPTIONS.backends));
  rmSync(folder, { recursive: true });
});
