import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { readLimits } from '../../src/base/limits.ts';
import type { MachineReading } from '../../src/base/memory.ts';
import type { ProcessMemory } from '../../src/base/proc.ts';
import {
  createMemoryBook,
  type MemoryReading,
  type MemoryReadings,
  MIN_CONNECTIONS,
  memoryOfEnds,
  toMemory,
} from '../../src/collect/memory.ts';
import { memorySchema } from '../../src/model/memory.ts';

const MB = 1024 ** 2;
const SOCKET_BYTES = 4000;

const processes = (bytes: number, anonymousBytes: number | null = bytes - 10 * MB): ProcessMemory => ({
  bytes,
  anonymousBytes,
  measure: 'pss',
});

/** A machine with so many sockets. */
function machine(inuse: number, said: Partial<MachineReading> = {}): MachineReading {
  return {
    slabBytes: 200 * MB + inuse * SOCKET_BYTES * 1.1,
    availableBytes: 900 * MB,
    swapUsedBytes: 0,
    sockets: { inuse, timeWait: 7 },
    bufferBytes: 0,
    socketCaches: new Map([['TCP', { objects: inuse, objectBytes: SOCKET_BYTES, kinds: 1 }]]),
    ...said,
  };
}

function reading(said: Partial<MemoryReading> = {}): MemoryReading {
  return { atMs: 0, connections: 0, generator: null, server: null, machine: machine(10), ...said };
}

/** 2,000 connections of which both ends are here. */
function bothEnds(said: { before?: Partial<MemoryReading>; settled?: Partial<MemoryReading> } = {}) {
  const before = { generator: processes(40 * MB), server: processes(50 * MB), ...said.before };
  const settled = {
    ...{ connections: 2000, machine: machine(4010) },
    ...{ generator: processes(44 * MB), server: processes(56 * MB), ...said.settled },
  };
  return { before: reading(before), settled: reading({ atMs: 5000, ...settled }) } satisfies MemoryReadings;
}

const ofNothing: MachineReading = {
  ...{ slabBytes: null, availableBytes: null, swapUsedBytes: null },
  ...{ sockets: null, bufferBytes: null, socketCaches: null },
};

describe('a connection', () => {
  test('takes what the processes of its end have grown by, and what the kernel keeps for its sockets', () => {
    expect(memoryOfEnds(bothEnds())).toEqual({
      generator: {
        bytesPerConnection: (4 * MB) / 2000,
        processBytesPerConnection: (44 * MB) / 2000,
        kernelBytesPerConnection: SOCKET_BYTES,
      },
      server: {
        bytesPerConnection: (6 * MB) / 2000,
        processBytesPerConnection: (56 * MB) / 2000,
        kernelBytesPerConnection: SOCKET_BYTES,
      },
    });
  });

  test('through a balancer has three sockets beside the client’s', () => {
    const readings = bothEnds({ settled: { machine: machine(8010) } });
    expect(toMemory(readings)).toMatchObject({ socketsPerConnection: 4, kernelBytesPerSocket: SOCKET_BYTES });
    expect(memoryOfEnds(readings).server.kernelBytesPerConnection).toBe(3 * SOCKET_BYTES);
  });

  test('to a target has its client’s end only', () => {
    const readings = bothEnds({
      before: { server: null },
      settled: { server: null, machine: machine(2010) },
    });
    expect(memoryOfEnds(readings)).toMatchObject({
      generator: { bytesPerConnection: (4 * MB) / 2000, kernelBytesPerConnection: SOCKET_BYTES },
      server: { bytesPerConnection: null, processBytesPerConnection: null, kernelBytesPerConnection: null },
    });
  });

  test('takes nothing of the program’s pages, which a process shares with more or fewer others', () => {
    const before = { generator: processes(40 * MB, 30 * MB) };
    const readings = bothEnds({ before, settled: { generator: processes(38 * MB, 34 * MB) } });
    expect(memoryOfEnds(readings).generator.bytesPerConnection).toBe((4 * MB) / 2000);
  });

  test('takes what all pages have grown by where they are not told apart', () => {
    const before = { generator: processes(40 * MB, null) };
    const readings = bothEnds({ before, settled: { generator: processes(45 * MB, 30 * MB) } });
    expect(memoryOfEnds(readings).generator.bytesPerConnection).toBe((5 * MB) / 2000);
  });

  test.for([
    ['of too few cannot be told', { connections: MIN_CONNECTIONS - 1 }],
    ['of processes that shrank cannot be told', { generator: processes(20 * MB) }],
  ] as const)('%s', ([, settled]) => {
    const { generator } = memoryOfEnds(bothEnds({ settled }));
    expect(generator.bytesPerConnection).toBe(null);
    expect(generator.processBytesPerConnection).toBeGreaterThan(0);
  });

  test.for([
    ['too few came', { connections: MIN_CONNECTIONS - 1 }],
    ['others closed theirs meanwhile', { machine: machine(1500) }],
    ['the system does not tell of sockets', { machine: machine(4010, { sockets: null }) }],
    ['it tells of no slabs', { machine: machine(4010, { socketCaches: null, slabBytes: null }) }],
  ] as const)('has no part in the kernel where %s', ([, settled]) => {
    const readings = bothEnds({ settled });
    expect(toMemory(readings)?.kernelBytesPerSocket).toBe(null);
    expect(memoryOfEnds(readings).server.kernelBytesPerConnection).toBe(null);
  });

  test('has in the kernel what waits in the buffers of its sockets, too', () => {
    const readings = bothEnds({ settled: { machine: machine(4010, { bufferBytes: 400_000 }) } });
    expect(toMemory(readings)?.kernelBytesPerSocket).toBe(SOCKET_BYTES + 100);
    const emptied = bothEnds({ before: { machine: machine(10, { bufferBytes: 400_000 }) } });
    expect(toMemory(emptied)?.kernelBytesPerSocket).toBe(SOCKET_BYTES);
  });
});

describe('without slabinfo', () => {
  const noCaches = { socketCaches: null };
  const of = (connections: number) =>
    bothEnds({
      before: { machine: machine(10, noCaches) },
      settled: { connections, machine: machine(10 + 2 * connections, noCaches) },
    });

  test('all slabs are looked at, from so many connections on that little else is in them', () => {
    expect(toMemory(of(5000))).toMatchObject({ kernelMeasure: 'all slabs', socketsPerConnection: 2 });
    expect(toMemory(of(5000))?.kernelBytesPerSocket).toBeCloseTo(1.1 * SOCKET_BYTES);
    expect(toMemory(of(4999))).toMatchObject({ socketsPerConnection: 2, kernelBytesPerSocket: null });
  });

  test('at one moment, the others are not compared with what it tells either', () => {
    const readings = bothEnds({ before: { machine: machine(10, noCaches) } });
    const slabBytes = 200 * MB + 4010 * SOCKET_BYTES * 1.1;
    expect(toMemory(readings)).toMatchObject({
      kernelMeasure: 'all slabs',
      settled: { kernelBytes: slabBytes },
    });
  });
});

describe('the record', () => {
  test('has the moments that were read, and null for the others', () => {
    const memory = toMemory({ ...bothEnds(), after: reading({ atMs: 9000, server: processes(51 * MB) }) });
    expect(memorySchema.parse(memory)).toEqual(memory);
    expect(memory).toMatchObject({
      before: { connections: 0, generatorBytes: 40 * MB, generatorAnonymousBytes: 30 * MB },
      connected: null,
      settled: {
        ...{ atMs: 5000, connections: 2000, serverBytes: 56 * MB, kernelBytes: 4010 * SOCKET_BYTES },
        ...{ sockets: { inuse: 4010, timeWait: 7 }, availableBytes: 900 * MB, swapUsedBytes: 0 },
      },
      after: { atMs: 9000, connections: 0, generatorBytes: null, serverBytes: 51 * MB },
      processMeasure: 'pss',
      kernelMeasure: 'socket caches',
    });
  });

  test('says if any process was counted with all that it shares', () => {
    const rss: ProcessMemory = { ...processes(50 * MB), measure: 'rss' };
    expect(toMemory(bothEnds({ settled: { server: rss } }))?.processMeasure).toBe('rss');
  });

  test('has nothing where the system tells nothing, or nothing was read', () => {
    expect(toMemory({})).toBe(null);
    const silent = reading({ machine: ofNothing });
    expect(toMemory({ before: silent, settled: silent })).toBe(null);
    const none = {
      bytesPerConnection: null,
      processBytesPerConnection: null,
      kernelBytesPerConnection: null,
    };
    expect(memoryOfEnds({ before: silent, settled: silent })).toEqual({ generator: none, server: none });
  });

  test('of a phase that ended early has what was read until then', () => {
    const { before } = bothEnds();
    expect(toMemory({ before })).toMatchObject({ settled: null, kernelBytesPerSocket: null });
  });
});

/** Why real sockets cannot be weighed here, or null. */
function unweighable(): string | null {
  if (!existsSync('/proc/net/sockstat')) return 'there is no /proc to tell of sockets';
  if (process.getuid?.() !== 0) return 'only root is told of slabs';
  return (readLimits().nofileSoft ?? 0) < 2 * CONNECTIONS + 300
    ? 'a process may not have so many sockets'
    : null;
}

const CONNECTIONS = 2000;
const AT_ONCE = 200;
const reason = unweighable();
if (reason !== null) process.stderr.write(`SKIPPED: weighing real sockets: ${reason}\n`);

// Other tests open and close sockets of their own, which may make one try tell nothing.
test.skipIf(reason !== null)('2,000 real connections are weighed', { retry: 3 }, async () => {
  const book = createMemoryBook({
    nowMs: () => 0,
    generatorPids: [process.pid],
    serverPids: () => [process.pid],
  });
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  try {
    await book.take('before', 0);
    for (let i = 0; i < CONNECTIONS; i += AT_ONCE) {
      const clients = Array.from({ length: AT_ONCE }, () => connect(port, '127.0.0.1'));
      sockets.push(...clients);
      await Promise.all(clients.map((client) => once(client, 'connect')));
      // Those that wait to be accepted must not become more than can.
      while (sockets.length < 2 * (i + AT_ONCE)) await once(server, 'connection');
    }
    await book.take('settled', CONNECTIONS);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
  const memory = toMemory(book.readings);
  expect(memory?.processMeasure).toBe('pss');
  expect(memory?.kernelMeasure).toBe('socket caches');
  expect(memory?.settled?.generatorBytes).toBeGreaterThan(10 * MB);
  expect(memory?.socketsPerConnection).toBeGreaterThan(1);
  expect(memory?.kernelBytesPerSocket).toBeGreaterThan(2 * 1024);
  expect(memory?.kernelBytesPerSocket).toBeLessThan(12 * 1024);
});
