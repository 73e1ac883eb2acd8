/**
 * Every fault through the real command line: what the server counts as it happens is what the clients' report shows.
 * `npm run proof -- faults` does the same with many seeds.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Phase, RunRecord } from '../../src/model/record.ts';
import { lowestUs } from '../../src/stats/histogram.ts';
import { decodeHistogram } from '../../src/stats/summary.ts';
import { readRecordOf, runCli, scratch } from './cli.ts';

const OF_MESSAGES = ['drop:share=0.02', 'duplicate:share=0.02', 'reorder:share=0.02,by=2,patience=300ms'];
const ROOMS = { mode: 'broadcast', rooms: 2 };
const COMES_BACK = { reconnect: 'fixed:base=100ms' };

const SCENARIO = {
  name: 'faults',
  seed: 11,
  defaults: { clients: 20, connectRate: 400, rate: 20, duration: '1s', drain: '1s', reconnect: 'none' },
  phases: [
    { name: 'echo', faults: OF_MESSAGES },
    { name: 'echo-ws', engine: 'ws', faults: OF_MESSAGES },
    { name: 'rooms', ...ROOMS, faults: OF_MESSAGES },
    { name: 'epochs', ...ROOMS, faults: ['reset-sequence:after=5'] },
    {
      ...{ name: 'epochs-cluster', ...ROOMS, topology: 'cluster', nodes: 2 },
      faults: ['reset-sequence:after=5'],
    },
    { name: 'close', ...COMES_BACK, faults: ['close:share=0.02,code=4321', 'leak-memory:bytes=500'] },
    { name: 'reset', ...COMES_BACK, faults: ['reset:share=0.02', 'refuse:share=0.3,status=502'] },
    { name: 'truncate', ...COMES_BACK, faults: ['truncate:share=0.02'] },
    { name: 'silence', faults: ['silence:share=0.02'] },
    { name: 'stall', clients: 5, rate: 2, faults: ['stall:for=300ms,every=400ms'] },
    {
      ...{ name: 'delay', rate: 5 },
      faults: ['delay:by=15ms,slow=60ms,share=0.3', 'slow-accept:by=300ms,share=0.5'],
    },
  ],
};

/** How many latencies were so many ms or more. */
function countFrom({ histogram }: { histogram: string | null }, ms: number): number {
  return decodeHistogram(histogram ?? '').reduce(
    (sum, count, i) => (lowestUs(i + 1) - 1 >= ms * 1000 ? sum + count : sum),
    0,
  );
}

describe('faults that the server was asked for', () => {
  let record: RunRecord;

  beforeAll(async () => {
    const folder = scratch();
    const file = join(folder, 'faults.yaml');
    writeFileSync(file, JSON.stringify(SCENARIO));
    const { status, stderr } = await runCli(['attack', file, '--out', join(folder, 'run'), '--quiet']);
    expect(status, stderr).toBe(0);
    record = readRecordOf(join(folder, 'run'));
  }, 180_000);

  function phaseOf(name: string): Phase & { counted: Record<string, number> } {
    const phase = record.phases.find((one) => one.name === name) as Phase;
    const counted = phase.server?.faults ?? {};
    for (const [fault, count] of Object.entries(counted)) expect(count, fault).toBeGreaterThan(0);
    return { ...phase, counted };
  }

  test.each(['echo', 'echo-ws'])('in %s, drops, copies and late messages are as many', (name) => {
    const { ordering, counted } = phaseOf(name);
    expect(ordering).toMatchObject({
      missing: counted.drop,
      duplicates: counted.duplicate,
      reordered: counted.reorder,
    });
    expect(ordering.maxExtent).toBeGreaterThanOrEqual(2);
  });

  test('in rooms, too', () => {
    const { roomOrdering, counted } = phaseOf('rooms');
    expect(roomOrdering).toMatchObject({
      missing: counted.drop,
      duplicates: counted.duplicate,
      reordered: counted.reorder,
    });
  });

  test.each(['epochs', 'epochs-cluster'])('in %s, rooms are numbered anew for as many members', (name) => {
    const { roomOrdering, counted } = phaseOf(name);
    expect(roomOrdering).toMatchObject({ resets: counted['reset-sequence'], missing: 0, reordered: 0 });
  });

  test('closes have their code, and leave as much behind', () => {
    const { closes, counted } = phaseOf('close');
    expect(closes['4321'].count).toBe(counted.close);
    expect(counted['leak-memory']).toBe(counted.close);
  });

  test('resets and frames that are cut short are closes without a frame', () => {
    expect(phaseOf('reset').closes['1006'].count).toBe(phaseOf('reset').counted.reset);
    expect(phaseOf('truncate').closes['1006'].count).toBe(phaseOf('truncate').counted.truncate);
  });

  test('refusals are failures with their status', () => {
    const { connect, counted } = phaseOf('reset');
    expect(connect.failed).toEqual({ HTTP_502: counted.refuse });
  });

  test('connections that go silent stay open, and are unanswered', () => {
    const { clients, ordering, closes, counted } = phaseOf('silence');
    expect(clients).toMatchObject({ atEnd: 20, unanswered: counted.silence });
    expect(ordering.missing).toBeGreaterThanOrEqual(counted.silence);
    expect(closes).toEqual({});
  });

  test('somebody waits for the whole of each stall', () => {
    const { latency, counted } = phaseOf('stall');
    expect(countFrom(latency.serviceMs, 300)).toBeGreaterThanOrEqual(counted.stall);
  });

  test('slow handshakes are slow connects', () => {
    const { connect, counted } = phaseOf('delay');
    expect(countFrom(connect.latencyMs, 300)).toBe(counted['slow-accept']);
  });

  test('each delayed message is answered, at no quantile sooner than it was held', () => {
    const { latency, server, counted } = phaseOf('delay');
    const { p50 = 0, p99 = 0, count } = server?.imposedDelayMs ?? {};
    expect(count).toBe(counted.delay);
    expect(latency.serviceMs.count).toBe(counted.delay);
    expect(latency.serviceMs.p50).toBeGreaterThanOrEqual(p50);
    expect(latency.serviceMs.p99).toBeGreaterThanOrEqual(p99);
  });
});

test('serve has the faults that it is asked for, and says what is wrong with others', async () => {
  const { status, stderr } = await runCli(['serve', '--fault', 'drop:part=1', '--seed', '3']);
  expect(status).toBe(2);
  expect(stderr).toContain('--fault: drop has no "part"; it has share');
});
