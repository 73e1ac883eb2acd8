import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SettledProcess } from '../../src/model/leak.ts';
import { PhaseOver, TargetLost } from '../../src/stage/context.ts';
import { ramp } from '../../src/stage/ramp.ts';
import { soak } from '../../src/stage/soak.ts';
import { createStageRig, echoServer, played } from '../support/stages.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A phase whose server keeps a descriptor and 100 bytes of each connection that it ever had. */
function leakyRig(options: Parameters<typeof createStageRig>[0] = {}) {
  const server = echoServer();
  const openAtSettling: number[] = [];
  const rig = createStageRig({
    server,
    ...options,
    phase: { clients: 10, durationMs: 2000, ...options.phase },
    async settle(): Promise<SettledProcess[]> {
      openAtSettling.push(server.open().length);
      const kept = rig.transport.connections.length;
      const usage = { openDescriptors: 20 + kept, memoryBytes: 7e6 + 100 * kept };
      return [{ role: 'node', pid: 1, memoryIs: 'collected-heap', ...usage }];
    },
  });
  return { rig, server, openAtSettling };
}

const cyclesOf = (rig: ReturnType<typeof leakyRig>['rig']) => rig.results.soak?.processes[0].cycles;

describe('a soak', () => {
  test('looks at the server before the first cycle and after each, with all connections closed', async () => {
    const { rig, openAtSettling } = leakyRig();
    await played(soak(rig, 3, ramp));
    expect(openAtSettling).toEqual([0, 0, 0, 0]);
    expect(rig.results.soak?.processes).toEqual([
      {
        ...{ role: 'node', pid: 1, memoryIs: 'collected-heap' },
        baseline: { openDescriptors: 20, memoryBytes: 7e6 },
        cycles: [1, 2, 3].map((n) => ({
          connections: 10,
          openDescriptors: 20 + 10 * n,
          memoryBytes: 7e6 + 1000 * n,
        })),
      },
    ]);
    expect(rig.results.endedEarly).toBe(null);
  });

  test('loads the server in each cycle, and misses no answer', async () => {
    const { rig } = leakyRig();
    await played(soak(rig, 3, ramp));
    rig.swarm.tell({ type: 'close' });
    await vi.advanceTimersByTimeAsync(10);
    const { clients, established, sent, unique, missing } = rig.tally.counters;
    expect({ clients, established, sent, unique, missing }).toEqual({
      ...{ clients: 10, established: 30 },
      ...{ sent: 60, unique: 60, missing: 0 },
    });
  });

  test('says goodbye to the server', async () => {
    const { rig } = leakyRig();
    await played(soak(rig, 2, ramp));
    expect(rig.transport.connections.map(({ endedBy }) => endedBy)).toEqual(Array(20).fill('leave'));
  });

  test('measures the loads as holds, and neither parting nor settling', async () => {
    const { rig } = leakyRig();
    await played(soak(rig, 2, ramp));
    const stages = rig.told.flatMap((command) => (command.type === 'stage' ? [command.stage] : []));
    const cycle = ['ramp', 'hold', 'drain', 'soak'];
    expect(stages).toEqual(['soak', ...cycle, ...cycle]);
  });

  test('counts who came back within a cycle as a connection of its own', async () => {
    const { rig, server } = leakyRig();
    setTimeout(() => server.open()[0].close(1001), 1000);
    await played(soak(rig, 2, ramp));
    expect(cyclesOf(rig)?.map(({ connections }) => connections)).toEqual([11, 10]);
  });

  test('that is ended keeps the cycles that came to their end', async () => {
    const { rig } = leakyRig();
    setTimeout(() => rig.end('SIGINT'), 6000);
    await expect(played(soak(rig, 1000, ramp))).rejects.toThrow(PhaseOver);
    expect(cyclesOf(rig)).toHaveLength(2);
  });

  test('ends while the server takes its time to settle', async () => {
    const { rig } = leakyRig();
    rig.topology.settle = () => new Promise(() => {});
    setTimeout(() => rig.end('SIGINT'), 1000);
    await expect(played(soak(rig, 10, ramp))).rejects.toThrow('SIGINT');
  });

  test('gives a target up that takes nobody any more', async () => {
    const { rig, server } = leakyRig();
    setTimeout(() => {
      server.down = true;
    }, 3000);
    await expect(played(soak(rig, 10, ramp))).rejects.toThrow(TargetLost);
    // In the second one it had taken everybody already.
    expect(cyclesOf(rig)).toHaveLength(2);
  });

  test('ends where all have given up', async () => {
    const { rig, server } = leakyRig({
      phase: { reconnect: { kind: 'none', baseMs: 0, capMs: 0, firstMs: 0, stableMs: 0 } },
    });
    server.down = true;
    await played(soak(rig, 10, ramp));
    expect(cyclesOf(rig)).toEqual([]);
  });

  test('goes on with those who are connected, and says that not all were', async () => {
    const { rig } = leakyRig({ server: echoServer({ capacity: 7 }) });
    await played(soak(rig, 2, ramp));
    expect(cyclesOf(rig)?.map(({ connections }) => connections)).toEqual([7, 7]);
    expect(rig.results.endedEarly).toMatch(/^7 of 10 clients were connected/);
  });
});
