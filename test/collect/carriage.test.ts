import { describe, expect, it } from 'vitest';
import { toBrokerTraffic, toStoreUse } from '../../src/collect/carriage.ts';
import { createHistogram, recordMs, takeCounts } from '../../src/stats/histogram.ts';
import { serverSample } from '../support/server-sample.ts';

const rooms = (published: number) => ({
  ...{ published, unpublished: 1, replayed: 0, notReplayed: 0, brokerReconnects: 0 },
});

function latencyOf(...ms: number[]): Uint32Array {
  const histogram = createHistogram();
  for (const one of ms) recordMs(histogram, one);
  return takeCounts(histogram);
}

describe('what a broker passed on', () => {
  it('is added up over all nodes, those that have died among them', () => {
    const nodes = [
      serverSample({ rooms: rooms(10), broker: { received: 40 } }),
      serverSample({ alive: false, rooms: rooms(20), broker: { received: 35 } }),
    ];
    expect(toBrokerTraffic(nodes, 60)).toEqual({
      ...{ published: 30, delivered: 75, amplification: 2.5, busMessages: 60 },
    });
  });

  it('amplified nothing where nothing was published', () => {
    const nodes = [serverSample({ rooms: rooms(0), broker: { received: 0 } })];
    expect(toBrokerTraffic(nodes, null)).toMatchObject({
      published: 0,
      amplification: null,
      busMessages: null,
    });
  });

  it('is not told where nodes have no broker between them', () => {
    expect(toBrokerTraffic([serverSample({ rooms: rooms(5) })], null)).toBe(null);
    expect(toBrokerTraffic([], null)).toBe(null);
  });
});

describe('what was stored', () => {
  it('is added up over all nodes, and the latency is that of all messages', () => {
    const nodes = [
      serverSample({ store: { writes: 2, failed: 0, batches: 1, latency: latencyOf(1, 3) } }),
      serverSample({ store: { writes: 1, failed: 4, batches: 1, latency: latencyOf(20) } }),
    ];
    const use = toStoreUse(nodes, 'sqlite');
    expect(use).toMatchObject({ kind: 'sqlite', writes: 3, failed: 4, batches: 2 });
    expect(use?.latencyMs).toMatchObject({ count: 3, min: 1 });
    expect(use?.latencyMs.p50).toBeCloseTo(3, 1);
    expect(use?.latencyMs.max).toBeCloseTo(20, 1);
  });

  it('is not told where nothing was to be stored', () => {
    expect(toStoreUse([serverSample()], null)).toBe(null);
    expect(toStoreUse([], 'sqlite')).toBe(null);
  });
});
