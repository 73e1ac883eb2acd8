import { expect, it } from 'vitest';
import { toEdge } from '../../src/collect/edge.ts';
import type { EdgeSample } from '../../src/server/control.ts';
import { createHistogram, recordMs, takeCounts } from '../../src/stats/histogram.ts';
import type { ProcessSample } from '../../src/topology/sample.ts';
import { serverSample } from '../support/server-sample.ts';

function edgeSample(messages: number, failed: number, latenciesMs: number[]): EdgeSample {
  const histogram = createHistogram();
  for (const ms of latenciesMs) recordMs(histogram, ms);
  return {
    events: { connect: 10, message: messages, disconnect: 1 },
    answered: { connect: 10, message: messages - failed, disconnect: 1 },
    failed: { connect: 0, message: failed, disconnect: 0 },
    retried: failed + 1,
    queuedPeak: messages,
    latency: takeCounts(histogram),
  };
}

const backend = (role: string, alive = true) =>
  ({ ...serverSample(), part: 'backend', role, alive }) as ProcessSample;

it('adds up what gateways tell, and counts the backends by their places', () => {
  const edge = toEdge([
    { ...serverSample(), edge: edgeSample(100, 2, [1, 2, 3]) },
    { ...serverSample(), edge: edgeSample(50, 0, [4]) },
    backend('backend-0', false),
    backend('backend-1'),
    backend('backend-0'),
  ]);
  expect(edge).toMatchObject({
    ...{ gateways: 2, backends: 2, retried: 4, backendRestarts: 1, queuedPeak: 100 },
    events: { connect: 20, message: 150, disconnect: 2 },
    answered: { connect: 20, message: 148, disconnect: 2 },
    failed: { connect: 0, message: 2, disconnect: 0 },
    backendLatencyMs: { count: 4, min: 1 },
  });
  expect(edge?.backendLatencyMs.max).toBeCloseTo(4, 2);
});

it('says nothing where there are no gateways', () => {
  expect(toEdge([])).toBeNull();
  expect(toEdge([serverSample()])).toBeNull();
});
