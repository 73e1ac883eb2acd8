import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { TopologyPlan } from '../../src/model/plan.ts';
import { checkParts, findProgram } from '../../src/topology/installed.ts';

const CLUSTER: Extract<TopologyPlan, { kind: 'cluster' }> = {
  ...{ kind: 'cluster', engine: 'ws', nodes: 2, balancer: 'nginx', routing: 'sticky' },
  broker: { kind: 'redis', carrier: 'pubsub', url: null },
  store: { kind: 'none' },
};

const nothing = () => null;

it('says of all that is missing how to get it', () => {
  expect(checkParts(CLUSTER, nothing)).toEqual([
    expect.stringMatching(
      /^redis-server is not installed: .*apt-get install redis-server.*--broker embedded/,
    ),
    expect.stringMatching(/^nginx is not installed: .*apt-get install nginx.*--balancer embedded/),
  ]);
});

it('asks for nothing that is not used', () => {
  expect(checkParts({ ...CLUSTER, balancer: 'embedded' }, nothing)).toHaveLength(1);
  expect(
    checkParts({ ...CLUSTER, broker: { kind: 'redis', carrier: 'pubsub', url: 'redis://r' } }, nothing),
  ).toHaveLength(1);
  const stored = (url: string | null) =>
    checkParts({ ...CLUSTER, store: { kind: 'postgres', url } }, nothing);
  expect(stored('postgres://h')).toHaveLength(2);
  expect(stored(null)[2]).toMatch(/^postgres is not installed: .*apt-get install postgresql.*--store sqlite/);
  expect(checkParts({ kind: 'single', engine: 'ws' }, nothing)).toEqual([]);
  expect(checkParts({ kind: 'target', url: 'ws://t' }, nothing)).toEqual([]);
  expect(checkParts(CLUSTER, () => '/somewhere')).toEqual([]);
});

it('finds what can be run on the PATH, and passes over what cannot', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wsscale-path-'));
  const [first, second] = [join(folder, 'nginx'), join(folder, 'redis-server')];
  writeFileSync(first, '', { mode: 0o755 });
  writeFileSync(second, '', { mode: 0o644 });
  expect(findProgram('nginx', `/nowhere:${folder}`)).toBe(first);
  expect(findProgram('redis-server', folder)).not.toBe(second);
  rmSync(folder, { recursive: true });
});
