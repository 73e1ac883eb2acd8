import type { NodeSample } from '../../src/topology/sample.ts';

/** A node of the server at rest; a test says what matters to it. */
export function serverSample(said: Partial<NodeSample> = {}): NodeSample {
  return {
    part: 'node',
    role: 'node',
    pid: 4000,
    alive: true,
    atMs: 0,
    cpuS: 0,
    rssBytes: 0,
    elu: 0,
    eventLoopLagP99Ms: null,
    connections: 0,
    opened: 0,
    closed: 0,
    rejected: 0,
    received: 0,
    sent: 0,
    dropped: 0,
    rooms: null,
    faults: null,
    imposedDelayMs: null,
    openDescriptors: null,
    maxDescriptors: null,
    ...said,
  };
}
