/**
 * A region is lost: what the clients, the DNS and the server's own counters tell of it.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Phase } from '../../src/model/record.ts';
import { readRecordOf, runCli, scratch } from './cli.ts';

const REGIONS = ['us-east-1', 'us-west-2', 'eu-west-1'];
const TTL_MS = 2000;
const HEALTH_INTERVAL_MS = 500;

const SCENARIO = `
phases:
  - topology: regions
    regions: [${REGIONS}]
    nodesPerRegion: 2
    dnsTtl: ${TTL_MS}ms
    healthInterval: ${HEALTH_INTERVAL_MS}ms
    clients: 120
    connectRate: 200
    rate: 2
    duration: 3s
    reconnect: full-jitter:base=200ms,cap=1s,first=1s,stable=1s
    herds:
      - { trigger: region, hold: 1s, observe: 30s }
      - { trigger: drop, hold: 1s, observe: 15s }
`;

async function runScenario(): Promise<Phase> {
  const folder = scratch();
  const file = join(folder, 'regions.yaml');
  writeFileSync(file, SCENARIO);
  const out = join(folder, 'run');
  const { status, stderr } = await runCli(['attack', file, '--out', out]);
  expect([0, 3], stderr).toContain(status);
  return readRecordOf(out).phases[0];
}

describe.runIf(process.platform === 'linux')('a region that is lost', () => {
  test('has all of its clients land in another, in a time whose parts add up, and gets them back', async () => {
    const { clients, herds, ordering, regions, topology } = await runScenario();
    expect(topology).toMatchObject({ kind: 'regions', nodes: 6 });
    expect(clients).toMatchObject({ established: 120, atEnd: 120 });
    const [lost, dropped] = herds;
    expect(lost).toMatchObject({ trigger: 'region', affected: 40, neverReturned: 0, outageMs: 0 });
    expect(lost.collateral).toMatchObject({ clients: 80, errors: 0 });
    expect(dropped).toMatchObject({ trigger: 'drop', affected: 120, neverReturned: 0 });

    const [failover, ...others] = regions?.failovers ?? [];
    expect(others).toEqual([]);
    expect(failover).toMatchObject({ affected: 40, waited: 40, lost: lost.lost });
    expect(REGIONS).toContain(failover.region);
    // All of them live in one place, from which one region is the nearest of those that are left.
    expect(Object.values(failover.landed)).toEqual([40]);
    expect(failover.landed).not.toHaveProperty(failover.region);

    const [detectionMs, ttlMs, reconnectMs] = [
      failover.detectionMs,
      failover.ttlMs,
      failover.reconnectMs,
    ].map(Number);
    expect(detectionMs + ttlMs + reconnectMs).toBeCloseTo(Number(failover.totalMs), 6);
    // Two failures in a row, the first within an interval; then at the most a time to live, and a try after it.
    expect(detectionMs).toBeGreaterThanOrEqual(HEALTH_INTERVAL_MS - 50);
    expect(detectionMs).toBeLessThan(2 * HEALTH_INTERVAL_MS + 1000);
    expect(ttlMs).toBeGreaterThanOrEqual(0);
    expect(ttlMs).toBeLessThan(TTL_MS + 1500);
    expect(reconnectMs).toBeGreaterThan(0);
    // The mean lies within the curve of the same herd, which is counted apart from it.
    expect(failover.totalMs).toBeLessThan(Number(lost.t100Ms) + 100);

    // Each went home when it had to connect again.
    expect(regions?.connections).toEqual(REGIONS.map((region) => ({ region, atPeak: 40, atLast: 40 })));
    expect(ordering).toMatchObject({ missing: 0, duplicates: 0, reordered: 0 });
  });
});
