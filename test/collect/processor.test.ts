import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type ProcessorReading,
  type ProcessorUse,
  processorUse,
  startProcessorMeter,
} from '../../src/collect/processor.ts';
import { createTally } from '../../src/collect/tally.ts';
import { interval } from '../support/intervals.ts';
import { serverSample } from '../support/server-sample.ts';
import { fakeClock } from '../support/stages.ts';

const CORES = 2;

/** A machine of two cores that has run for so long, and what was used of it. */
function reading(
  atS: number,
  busyS: number,
  stealS = 0,
  generatorS: [number, number][] = [],
  said: Partial<ProcessorReading> = {},
): ProcessorReading {
  const totalS = atS * CORES;
  return {
    atMs: atS * 1000,
    machine: { cores: CORES, totalS, idleS: totalS - busyS, stealS },
    generatorS: new Map(generatorS),
    serverS: new Map(),
    serverWaitS: new Map(),
    ...said,
  };
}

describe('between two readings', () => {
  test('the machine was busy for a share of the time of all its cores', () => {
    const use = processorUse(reading(10, 5, 1), reading(12, 8, 1.4));
    expect(use).toMatchObject({ cores: 2, busyRatio: expect.closeTo(0.75), stealRatio: expect.closeTo(0.1) });
  });

  test('the generator used what its processes used together, those that came meanwhile included', () => {
    const before = reading(10, 5, 0, [
      [1, 3],
      [2, 1],
    ]);
    const after = reading(12, 8, 0, [
      [1, 4],
      [3, 0.5],
    ]);
    expect(processorUse(before, after)?.generatorCpuRatio).toBeCloseTo(0.75);
  });

  test('the server used what its processes used, and the one that waited longest had a core least', () => {
    const before = {
      serverS: new Map([[7, 1]]),
      serverWaitS: new Map([
        [7, 0],
        [8, 1],
      ]),
    };
    const after = {
      serverS: new Map([
        [7, 2],
        [8, 1],
      ]),
      serverWaitS: new Map([
        [7, 0.2],
        [8, 2],
      ]),
    };
    expect(processorUse(reading(10, 5, 0, [], before), reading(12, 8, 0, [], after))).toMatchObject({
      serverCpuRatio: 1,
      serverWaitRatio: 0.5,
    });
    expect(processorUse(reading(10, 5), reading(12, 8))).toMatchObject({
      serverCpuRatio: null,
      serverWaitRatio: null,
    });
  });

  test('idle time that seems to go back is none', () => {
    expect(processorUse(reading(10, 5), reading(11, 9))?.busyRatio).toBe(1);
  });

  test('of the same moment nothing is known', () => {
    expect(processorUse(reading(10, 5), reading(10, 5))).toBe(null);
  });
});

describe('a meter', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function start(read: () => ProcessorReading | null) {
    const told: [number, number][] = [];
    const meter = startProcessorMeter({
      clock: fakeClock,
      originMs: fakeClock.nowMs(),
      read,
      onSecond: (second, { busyRatio }) => told.push([second, Number(busyRatio.toFixed(2))]),
    });
    return { told, meter };
  }

  /** Busy for all of each odd second, on one core of two. */
  function alternating(): ProcessorReading {
    const seconds = fakeClock.nowMs() / 1000;
    return reading(seconds, seconds);
  }

  test('tells of each second at its end, until it is stopped', () => {
    const { told, meter } = start(alternating);
    vi.advanceTimersByTime(3000);
    expect(told).toEqual([
      [0, 0.5],
      [1, 0.5],
      [2, 0.5],
    ]);
    meter.stop();
    vi.advanceTimersByTime(3000);
    expect(told).toHaveLength(3);
  });

  test('that came late tells the same of all seconds that it has missed', () => {
    const { told, meter } = start(alternating);
    vi.setSystemTime(fakeClock.nowMs() + 2900);
    vi.advanceTimersByTime(1000);
    expect(told.map(([second]) => second)).toEqual([0, 1, 2, 3]);
    vi.advanceTimersByTime(1200);
    expect(told.map(([second]) => second)).toEqual([0, 1, 2, 3, 4]);
    meter.stop();
  });

  test('tells nothing where the system does not', () => {
    const { told, meter } = start(() => null);
    vi.advanceTimersByTime(5000);
    expect(told).toEqual([]);
    meter.stop();
  });
});

describe('a second of the account', () => {
  const use: ProcessorUse = {
    ...{ cores: 2, busyRatio: 0.9, stealRatio: 0.1, generatorCpuRatio: 0.5 },
    ...{ serverCpuRatio: null, serverWaitRatio: null },
  };

  test('has what was left for others, the hypervisor’s share taken off', () => {
    const tally = createTally(1);
    tally.addServer([serverSample({ cpuS: 1, atMs: 0 })], 0);
    tally.addServer([serverSample({ cpuS: 1.75, atMs: 1000 })], 0);
    tally.addProcessor(0, use);
    expect(tally.close()).toMatchObject([
      { machineBusyRatio: 0.9, stealRatio: 0.1, generatorCpuRatio: 0.5, serverCpuRatio: 0.75 },
    ]);
    expect(createdOthers(use, 0.75)).toBeCloseTo(0.35);
  });

  test('has the server’s time as it was seen from outside, where the server was too busy to tell it', () => {
    const tally = createTally(1);
    tally.addProcessor(0, { ...use, serverCpuRatio: 0.4, serverWaitRatio: 0.6 });
    const [row] = tally.close();
    expect(row).toMatchObject({
      serverCpuRatio: 0.4,
      serverWaitRatio: 0.6,
      otherCpuRatio: expect.closeTo(0.7),
    });
  });

  test('has none left where readings of different moments add up to more than there was', () => {
    expect(createdOthers({ ...use, generatorCpuRatio: 1.9 }, 0.75)).toBe(0);
  });

  test('knows nothing where nothing was read', () => {
    const tally = createTally(1);
    tally.addInterval(interval());
    const unknown = {
      machineBusyRatio: null,
      stealRatio: null,
      generatorCpuRatio: null,
      otherCpuRatio: null,
    };
    expect(tally.close()).toMatchObject([unknown]);
  });

  function createdOthers(of: ProcessorUse, serverCpuS: number): number | null {
    const tally = createTally(1);
    tally.addServer([serverSample({ cpuS: 0, atMs: 0 })], 0);
    tally.addServer([serverSample({ cpuS: serverCpuS, atMs: 1000 })], 0);
    tally.addProcessor(0, of);
    return tally.close()[0].otherCpuRatio;
  }
});

describe('what a second was offered', () => {
  const offered = (counters: NonNullable<Parameters<typeof interval>[0]>['counters']) => {
    const tally = createTally(1);
    tally.addInterval(interval({ counters: counters ?? {} }));
    return tally.close()[0].offeredRatio;
  };

  test.for([
    ['is what was sent of what was due', { due: 100, sent: 90, droppedLate: 10 }, 0.9],
    ['counts what the sender has not come to', { due: 80, sent: 80, fallenBehind: 20 }, 0.8],
    ['is more than all where it caught up', { due: 120, sent: 120, fallenBehind: -20 }, 1.2],
    [
      'leaves out what the server kept from being sent',
      { due: 100, sent: 70, droppedDisconnected: 20, droppedBackpressure: 10 },
      1,
    ],
    ['is not known where nothing was due', {}, null],
  ] as const)('%s', ([, counters, ratio]) => {
    expect(offered(counters)).toBe(ratio);
  });
});
