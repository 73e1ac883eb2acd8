/**
 * Readings of memory at the moments of a phase, and what a connection takes by them.
 */

import { type MachineReading, readMachine, readProcesses } from '../base/memory.ts';
import type { ProcessMemory } from '../base/proc.ts';
import { bytesIn, bytesPerNewSocket } from '../base/socket-caches.ts';
import { MEMORY_MOMENTS, type Memory, type MemoryMoment, type MemorySnapshot } from '../model/memory.ts';

/** What was read at one moment. */
export interface MemoryReading {
  atMs: number;
  connections: number;
  generator: ProcessMemory | null;
  server: ProcessMemory | null;
  machine: MachineReading;
}

export type MemoryReadings = Partial<Record<MemoryMoment, MemoryReading>>;

export interface MemoryBook {
  readonly readings: MemoryReadings;
  /** Reads everything; never rejects. */
  take(moment: MemoryMoment, connections: number): Promise<void>;
}

interface MemoryBookOptions {
  /** Since the phase's start. */
  nowMs: () => number;
  generatorPids: readonly number[];
  /** Those that live; null of a server that is not ours. */
  serverPids: () => readonly number[] | null;
}

export function createMemoryBook({ nowMs, generatorPids, serverPids }: MemoryBookOptions): MemoryBook {
  const readings: MemoryReadings = {};
  return {
    readings,
    async take(moment, connections) {
      const atMs = nowMs();
      // First what all the world changes, then those whose turn may take a while.
      const machine = await readMachine();
      const server = await readProcesses(serverPids() ?? []);
      const generator = await readProcesses(generatorPids);
      readings[moment] = { atMs, connections, generator, server, machine };
    },
  };
}

/**
 * Fewer connections than this tell nothing of one: a process grows and shrinks by some hundred KB by itself, and
 * other programs open and close sockets, too.
 */
export const MIN_CONNECTIONS = 1000;

/** All slabs together grow and shrink by some MB as files are looked at: here, by a twentieth of what sockets take. */
const MIN_CONNECTIONS_ALL_SLABS = 5000;

/** What one connection takes at one end. */
export interface ConnectionMemory {
  /** By so much the processes have grown for each. */
  bytesPerConnection: number | null;
  /** All that the processes hold, what they would hold without connections included, divided by these. */
  processBytesPerConnection: number | null;
  /** What the kernel holds for each, outside the processes. */
  kernelBytesPerConnection: number | null;
}

/** The readings as they stand in the record; null where nothing was read. */
export function toMemory(readings: MemoryReadings): Memory | null {
  const { before, settled } = readings;
  const taken = MEMORY_MOMENTS.flatMap((moment) => readings[moment] ?? []);
  const processes = taken.flatMap(({ generator, server }) => [generator, server]).filter(isKnown);
  if (processes.length === 0 && taken.every(({ machine }) => machine.sockets === null)) return null;
  const measure = kernelMeasureOf(taken);
  const snapshot = (reading?: MemoryReading) => (reading === undefined ? null : toSnapshot(reading, measure));
  return {
    before: snapshot(before),
    connected: snapshot(readings.connected),
    settled: snapshot(settled),
    after: snapshot(readings.after),
    processMeasure: processes.length === 0 ? null : processes.every(isShared) ? 'pss' : 'rss',
    kernelMeasure: measure,
    ...(before && settled
      ? socketsOf(before, settled, measure)
      : { socketsPerConnection: null, kernelBytesPerSocket: null }),
  };
}

/** What a connection takes at the end of the clients, and at that of the server. */
export function memoryOfEnds(readings: MemoryReadings): {
  generator: ConnectionMemory;
  server: ConnectionMemory;
} {
  const memory = toMemory(readings);
  const sockets = memory?.socketsPerConnection ?? null;
  const perSocket = memory?.kernelBytesPerSocket ?? null;
  const isHere = isKnown(readings.before?.server);
  return {
    generator: { ...processesOf(readings, 'generator'), kernelBytesPerConnection: perSocket },
    server: {
      ...processesOf(readings, 'server'),
      // Of its sockets, one is the client's.
      kernelBytesPerConnection:
        isHere && perSocket !== null && sockets !== null ? perSocket * (sockets - 1) : null,
    },
  };
}

function processesOf({ before, settled }: MemoryReadings, end: 'generator' | 'server') {
  const now = settled?.[end] ?? null;
  const connections = settled?.connections ?? 0;
  if (now === null || connections === 0) return { bytesPerConnection: null, processBytesPerConnection: null };
  const grown = growthOf(before?.[end] ?? null, now);
  return {
    bytesPerConnection: grown !== null && connections >= MIN_CONNECTIONS ? grown / connections : null,
    processBytesPerConnection: now.bytes / connections,
  };
}

/** Without the program's own pages, of which a process has less when another one that has them starts. */
function growthOf(before: ProcessMemory | null, now: ProcessMemory): number | null {
  if (before === null) return null;
  const grown =
    before.anonymousBytes !== null && now.anonymousBytes !== null
      ? now.anonymousBytes - before.anonymousBytes
      : now.bytes - before.bytes;
  return grown > 0 ? grown : null;
}

function socketsOf(
  before: MemoryReading,
  settled: MemoryReading,
  measure: Memory['kernelMeasure'],
): Pick<Memory, 'socketsPerConnection' | 'kernelBytesPerSocket'> {
  const { connections } = settled;
  const sockets = (settled.machine.sockets?.inuse ?? 0) - (before.machine.sockets?.inuse ?? 0);
  // Fewer sockets than connections: others have closed theirs meanwhile, and it cannot be told how many.
  if (connections < MIN_CONNECTIONS || sockets < connections) {
    return { socketsPerConnection: null, kernelBytesPerSocket: null };
  }
  const slabs = slabBytesPerSocket(before.machine, settled.machine, sockets, measure);
  const inBuffers = (settled.machine.bufferBytes ?? 0) - (before.machine.bufferBytes ?? 0);
  const tooFew = measure === 'all slabs' && connections < MIN_CONNECTIONS_ALL_SLABS;
  return {
    socketsPerConnection: sockets / connections,
    kernelBytesPerSocket:
      tooFew || slabs === null || slabs <= 0 ? null : slabs + Math.max(0, inBuffers) / sockets,
  };
}

function slabBytesPerSocket(
  before: MachineReading,
  settled: MachineReading,
  sockets: number,
  measure: Memory['kernelMeasure'],
): number | null {
  if (measure === 'socket caches' && before.socketCaches !== null && settled.socketCaches !== null) {
    return bytesPerNewSocket(before.socketCaches, settled.socketCaches, sockets);
  }
  if (before.slabBytes === null || settled.slabBytes === null) return null;
  return (settled.slabBytes - before.slabBytes) / sockets;
}

/** The better one that all readings have, so that they can be compared. */
function kernelMeasureOf(taken: MemoryReading[]): Memory['kernelMeasure'] {
  if (taken.length === 0) return null;
  if (taken.every(({ machine }) => machine.socketCaches !== null)) return 'socket caches';
  return taken.every(({ machine }) => machine.slabBytes !== null) ? 'all slabs' : null;
}

function toSnapshot(
  { atMs, connections, generator, server, machine }: MemoryReading,
  measure: Memory['kernelMeasure'],
): MemorySnapshot {
  const { sockets, bufferBytes, availableBytes, swapUsedBytes } = machine;
  const slabs =
    measure === 'socket caches' && machine.socketCaches ? bytesIn(machine.socketCaches) : machine.slabBytes;
  return {
    atMs,
    connections,
    generatorBytes: generator?.bytes ?? null,
    serverBytes: server?.bytes ?? null,
    generatorAnonymousBytes: generator?.anonymousBytes ?? null,
    serverAnonymousBytes: server?.anonymousBytes ?? null,
    kernelBytes: slabs === null || bufferBytes === null ? null : Math.round(slabs + bufferBytes),
    sockets,
    availableBytes,
    swapUsedBytes,
  };
}

function isKnown<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined;
}

function isShared({ measure }: ProcessMemory): boolean {
  return measure === 'pss';
}
