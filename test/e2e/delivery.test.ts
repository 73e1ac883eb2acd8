import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Phase } from '../../src/model/record.ts';
import { readRecordOf, runCli, scratch } from './cli.ts';

/** Without a balancer, whose sockets would hold a few MB more for who does not read. */
const CLUSTER = '{ topology: cluster, nodes: 2, balancer: none, mode: broadcast }';
const SINGLE = '{ topology: single, mode: broadcast }';

/** The one phase of a run with these flags, whose rooms are in order. */
async function phaseOf(arranged: string, ...flags: string[]): Promise<Phase> {
  const folder = scratch();
  const file = join(folder, 'delivery.yaml');
  writeFileSync(file, `phases:\n  - ${arranged}\n`);
  const out = join(folder, 'run');
  const { status, stderr } = await runCli(['attack', file, '--out', out, '--quiet', ...flags]);
  expect([0, 3], stderr).toContain(status);
  const phase = readRecordOf(out).phases[0];
  const { missing, duplicates, reordered } = phase.roomOrdering ?? { missing: null };
  expect({ missing, duplicates, reordered }).toEqual({ missing: 0, duplicates: 0, reordered: 0 });
  expect(phase.ordering).toMatchObject({ missing: 0, duplicates: 0, reordered: 0 });
  expect(phase.messages.foreign).toBe(0);
  return phase;
}

describe('batches', () => {
  test.each(['tick', 'first'])(
    'by the timer %s are taken apart by the clients, frame for frame',
    async (timer) => {
      const load = [
        '--clients',
        '40',
        '--rooms',
        '4',
        '--rate',
        '40',
        '--arrival',
        'poisson',
        '--duration',
        '4s',
      ];
      const { delivery, messages } = await phaseOf(
        CLUSTER,
        ...load,
        ...['--batch-interval', '100ms', '--batch-timer', timer],
      );
      const batch = delivery?.batch;
      if (batch == null) throw new Error('there are no batches');
      // Each message has ten members.
      expect(batch.messages).toBe(10 * messages.sent);
      expect(messages.received).toBe(batch.messages);
      expect(batch.framesReceived).toBe(batch.frames);
      expect(batch.full).toBe(0);
      // Four a batch, or five, if the machine keeps up; one each, if nothing was put together.
      expect(batch.messagesPerFrame).toBeGreaterThan(3);
      expect(batch.addedDelayMs).toBeGreaterThan(40);
    },
  );

  test('that are full leave before their time', async () => {
    const load = ['--clients', '10', '--rooms', '1', '--rate', '100', '--size', '1000', '--duration', '2s'];
    const batches = ['--batch-interval', '2s', '--batch-bytes', '4000'];
    const { delivery, messages } = await phaseOf(SINGLE, ...load, ...batches);
    expect(delivery?.batch?.full).toBe(Math.floor(messages.sent / 4));
  });
});

test('messages for everyone are sorted out by those who are no members: each of them counts', async () => {
  const load = [
    '--clients',
    '60',
    '--rooms',
    '6',
    '--rate',
    '10',
    '--duration',
    '2s',
    '--audience',
    'everyone',
  ];
  const { delivery, messages } = await phaseOf(SINGLE, ...load);
  expect(delivery?.unwanted).toEqual({ messages: 50 * messages.sent, bytes: 50 * 128 * messages.sent });
  expect(messages.received).toBe(10 * messages.sent);
});

describe('readers that stop', () => {
  const load = ['--clients', '40', '--rooms', '4', '--size', '32768', '--rate', '40', '--duration', '6s'];

  test('cost nobody else anything: what was left out is counted at both ends, and memory is bounded', async () => {
    const phase = await phaseOf(CLUSTER, ...load, '--slow-readers', '0.1', '--low-priority', '0.8');
    const pressure = phase.delivery?.backpressure;
    if (pressure == null) throw new Error('nobody was slow');
    const { low, high, skipped, withdrawn, peakBufferedBytes, rssBytes, boundBytes } = pressure;
    expect(pressure.slowReaders).toBe(4);
    expect(low.dropped).toBeGreaterThan(0);
    expect(low.dropped).toBe(skipped + withdrawn);
    expect(high.dropped).toBe(0);
    expect(phase.server?.dropped).toBe(low.dropped);
    expect(low.sent + low.dropped + high.sent).toBe(10 * phase.messages.sent);
    expect(phase.fanout).toMatchObject({ expected: 9 * phase.messages.sent, reachRatio: 1 });
    expect(peakBufferedBytes).toBeLessThan(pressure.maxBufferedBytes + 2 * 32_768);
    expect(rssBytes).toBeLessThan(boundBytes ?? 0);
  });

  test('are closed where all of it must be kept for them, and come back for it', async () => {
    const phase = await phaseOf(CLUSTER, ...load, '--slow-readers', '0.1', '--drain', '10s');
    const pressure = phase.delivery?.backpressure;
    expect(pressure).toMatchObject({ closedSlow: 4, skipped: 0, low: { sent: 0, dropped: 0 } });
    expect(phase.clients.atEnd).toBe(40);
    expect(phase.roomOrdering?.recovered).toBeGreaterThan(0);
    expect(phase.server?.dropped).toBe(0);
  });

  test('are the only ones that lose anything: without them, nothing is dropped', async () => {
    const { delivery, server } = await phaseOf(SINGLE, ...load, '--low-priority', '0.8');
    expect(server?.dropped).toBe(0);
    expect(delivery?.backpressure).toMatchObject({ low: { dropped: 0 }, skipped: 0, closedSlow: 0 });
  });
});
