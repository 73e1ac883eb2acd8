/**
 * Whole runs against edges that are not ours, where they are installed.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Phase } from '../../src/model/record.ts';
import { isInstalled } from '../topology/programs.ts';
import { readRecordOf, runCli, scratch } from './cli.ts';

async function run(edge: string, said: string): Promise<Phase> {
  const folder = scratch();
  const file = join(folder, 'edge.yaml');
  writeFileSync(file, `phases: [{ topology: edge, edge: ${edge}, clients: 60, connectRate: 100, ${said} }]`);
  const out = join(folder, 'run');
  const { status, stderr } = await runCli(['attack', file, '--out', out]);
  expect([0, 3], stderr).toContain(status);
  return readRecordOf(out).phases[0];
}

const RECONNECT = 'reconnect: "full-jitter:base=200ms,first=1s,stable=1s"';

describe.each(['workerd', 'pushpin'] as const)('a run against %s', (edge) => {
  const test = it.skipIf(!isInstalled(edge));

  test('echoes: each message is answered once, in its order', { timeout: 60_000 }, async () => {
    const phase = await run(edge, 'rate: 2, duration: 3s');
    expect(phase.topology).toMatchObject({ kind: 'edge', engine: edge, nodes: 1 });
    expect(phase.messages).toMatchObject({ sent: 360, received: 360, foreign: 0 });
    expect(phase.ordering).toMatchObject({ missing: 0, duplicates: 0, reordered: 0 });
    // What is not ours does not tell what it dropped.
    expect(phase.server?.dropped).toBe(null);
    expect(phase.server?.processes.find(({ role }) => role === edge)?.cpuS).toBeGreaterThan(0);
  });

  test('of rooms: all members get all messages, also those that came back', { timeout: 60_000 }, async () => {
    const herds = `${RECONNECT}, herds: [{ trigger: drop, share: 0.5, hold: 500ms, observe: 15s }]`;
    const phase = await run(edge, `mode: broadcast, rooms: 3, rate: 10, duration: 3s, ${herds}`);
    const {
      roomOrdering,
      ordering,
      fanout,
      herds: [herd],
      server,
      messages,
    } = phase;
    expect(roomOrdering).toMatchObject({ streams: 60, missing: 0, duplicates: 0, reordered: 0, resets: 0 });
    expect(ordering).toMatchObject({ missing: 0, duplicates: 0, reordered: 0 });
    expect(fanout).toMatchObject({ published: 90, expected: 1800, delivered: 1800 });
    expect(messages.received).toBe(messages.sent * 20);
    expect(herd).toMatchObject({ affected: 30, lost: 0, neverReturned: 0 });
    expect(herd.recovered).toBeGreaterThan(0);
    if (edge === 'workerd') expect(server?.rooms).toBe(null);
    else {
      expect(server?.rooms).toMatchObject({
        ...{ published: messages.sent, unpublished: 0, replayed: herd.recovered, notReplayed: 0 },
      });
    }
  });
});

describe('a restart', () => {
  it.skipIf(!isInstalled('pushpin'))(
    'behind Pushpin costs no client its connection',
    { timeout: 60_000 },
    async () => {
      const herds = `${RECONNECT}, herds: [{ trigger: restart, hold: 500ms, observe: 15s }]`;
      const phase = await run('pushpin', `rate: 2, duration: 2s, ${herds}`);
      expect(phase.herds[0]).toMatchObject({ trigger: 'restart', affected: 0, lost: 0 });
      expect(phase.closes).toEqual({});
      expect(phase.ordering).toMatchObject({ missing: 0, duplicates: 0, reordered: 0 });
    },
  );

  it.skipIf(!isInstalled('workerd'))(
    'of workerd costs all of them theirs, and rooms no message',
    { timeout: 60_000 },
    async () => {
      const herds = `${RECONNECT}, herds: [{ trigger: restart, hold: 500ms, observe: 30s }]`;
      const phase = await run('workerd', `mode: broadcast, rooms: 3, rate: 10, duration: 2s, ${herds}`);
      expect(phase.herds[0]).toMatchObject({ affected: 60, lost: 0, neverReturned: 0 });
      expect(phase.herds[0].outageMs).toBeGreaterThan(0);
      expect(phase.roomOrdering).toMatchObject({ missing: 0, duplicates: 0, reordered: 0, resets: 0 });
    },
  );
});
