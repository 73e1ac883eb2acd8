/**
 * Memory of the sample's phase: 1,843 connections, both ends on one machine.
 */

import type { Memory, MemorySnapshot } from '../../src/model/memory.ts';

export function sampleMemory(): Memory {
  return {
    before: snapshot(40, 0, { generator: 38.8e6, server: 51e6, sockets: 31 }),
    connected: snapshot(14_600, 1843, { generator: 61e6, server: 84e6, sockets: 3717 }),
    settled: snapshot(16_900, 1843, { generator: 55.6e6, server: 77.2e6, sockets: 3717 }),
    after: snapshot(61_200, 0, { generator: null, server: 58e6, sockets: 31 }),
    processMeasure: 'pss',
    kernelMeasure: 'socket caches',
    socketsPerConnection: 2,
    kernelBytesPerSocket: 3460,
  };
}

function snapshot(
  atMs: number,
  connections: number,
  { generator, server, sockets }: { generator: number | null; server: number; sockets: number },
): MemorySnapshot {
  return {
    atMs,
    connections,
    generatorBytes: generator,
    serverBytes: server,
    generatorAnonymousBytes: generator && generator - 7e6,
    serverAnonymousBytes: server - 7e6,
    kernelBytes: 38e6 + sockets * 3460,
    sockets: { inuse: sockets, timeWait: connections === 0 ? 12 : 140 },
    availableBytes: 14.1e9 - server - sockets * 3460,
    swapUsedBytes: 0,
  };
}
