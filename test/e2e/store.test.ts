/**
 * Runs that store what they publish in a PostgreSQL that is not theirs.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresGround, type StoreGround } from '../server/store/grounds.ts';
import { isInstalled } from '../topology/programs.ts';
import { readRecordOf, runCli, scratch, startCli } from './cli.ts';

const SCENARIO = `
phases:
  - topology: cluster
    nodes: 3
    mode: broadcast
    clients: 60
    connectRate: 100
    rooms: 6
    rate: 20
    duration: 5s
`;

describe.runIf(isInstalled('postgres'))('a cluster that stores in a PostgreSQL at a URL', () => {
  let ground: StoreGround;

  beforeAll(async () => {
    ground = await postgresGround();
  }, 60_000);
  afterAll(async () => {
    await ground.kill();
    ground.remove();
  });

  function prepare(scenario = SCENARIO) {
    const folder = scratch();
    const file = join(folder, 'store.yaml');
    writeFileSync(file, scenario);
    const out = join(folder, 'run');
    const { url } = ground.options as { url: string };
    return { out, args: ['attack', file, '--store', url, '--out', out] };
  }

  test('has what was published, exactly, and its password is told nowhere', async () => {
    const { out, args } = prepare();
    const { status, stdout, stderr } = await runCli(args);
    expect([0, 3], stderr).toContain(status);
    const { phases } = readRecordOf(out);
    const { store, server, messages, broker, topology } = phases[0];
    const rows = await ground.rows();
    expect(messages.sent).toBeGreaterThan(300);
    expect(rows).toHaveLength(messages.sent);
    expect(new Set(rows.map(({ payload }) => payload.toString('hex'))).size).toBe(messages.sent);
    expect(server?.rooms).toMatchObject({ published: messages.sent, unpublished: 0 });
    expect(store).toMatchObject({ kind: 'postgres', writes: messages.sent, failed: 0 });
    expect(store?.latencyMs.count).toBe(messages.sent);
    expect(topology.store).toBe('postgres');
    expect(broker?.published).toBe(messages.sent);
    const texts = readdirSync(out, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    expect([stdout, stderr, ...texts].filter((text) => text.includes('secret'))).toEqual([]);
  });

  test('goes on when that is killed and started again, and both ends count the same', async () => {
    const { out, args } = prepare(SCENARIO.replace('duration: 5s', 'duration: 12s'));
    const before = (await ground.rows()).length;
    const run = startCli(args);
    await run.said(/hold .* msg\/s/);
    await ground.kill();
    await ground.start();
    const { status, stderr } = await run.done;
    expect([0, 3], stderr).toContain(status);
    const { store, server, messages, roomOrdering } = readRecordOf(out).phases[0];
    expect((store?.writes ?? 0) + (store?.failed ?? 0)).toBe(messages.sent);
    expect(store?.failed).toBeGreaterThan(0);
    expect(server?.rooms).toMatchObject({ published: store?.writes, unpublished: store?.failed });
    // What was on its way when it was killed may be there, with nobody having been told.
    const rows = (await ground.rows()).length - before;
    expect(rows).toBeGreaterThanOrEqual(store?.writes ?? 0);
    expect(rows).toBeLessThanOrEqual(messages.sent);
    expect(roomOrdering).toMatchObject({ missing: 0, duplicates: 0, reordered: 0 });
  });
});
