/**
 * The limits of a machine, each an entry of the table below: what it is, how it stands, and how many connections it
 * allows. An answer to "how many?" is the least that any of them allows.
 */

import { connectionsPerProcess, RESERVED_DESCRIPTORS, UNLIMITED } from '../base/limits.ts';
import { formatBytes, formatCount } from '../base/units.ts';
import {
  GENERATOR_BYTES,
  PAGES_PER_SOCKET,
  PROCESS_BYTES,
  SERVER_BYTES,
  THREADS_PER_PROCESS,
} from './costs.ts';
import { freeBytes, type Readings, type TaskLimit, wholeCores } from './readings.ts';
import {
  acceptQueue,
  descriptorsLeft,
  entriesLeft,
  NODE_BACKLOG,
  pagesLeft,
  portsOf,
  tasksLeft,
  tightestTasks,
} from './rooms.ts';

/**
 * What is asked: how many connections this machine can open, as a generator, to one address and port from one of its
 * own, and to as many as there are; how many it can accept, as a server, in one process, and with one for each core;
 * and how many have both ends here.
 */
export const QUESTIONS = ['openToOne', 'openInAll', 'acceptInOne', 'acceptInAll', 'bothEnds'] as const;
export type Question = (typeof QUESTIONS)[number];

export const LIMIT_KEYS = [
  'openFiles',
  'fileTable',
  'ports',
  'memory',
  'tasks',
  'conntrack',
  'tcpBuffers',
  'acceptQueue',
  'synQueue',
  'mappings',
  'cpu',
  'swap',
] as const;
export type LimitKey = (typeof LIMIT_KEYS)[number];

interface Limit {
  name: string;
  /** As it stands, in words. */
  value: (readings: Readings) => string;
  /** Connections that it allows, by what is asked; nothing of what it does not limit, or is not known. */
  allows: (readings: Readings) => Partial<Record<Question, number | null>>;
  /** What it is a limit of. */
  means: (readings: Readings) => string;
}

const NOTHING = () => ({});

export const LIMITS: Record<LimitKey, Limit> = {
  openFiles: {
    name: 'open files',
    value: ({ limits: { nofileSoft, nofileHard } }) => `${shown(nofileSoft)} soft, ${shown(nofileHard)} hard`,
    // The generator takes as many processes as it needs.
    allows: (readings) => ({
      acceptInOne: connectionsPerProcess(readings.limits),
      acceptInAll: connectionsPerProcess(readings.limits) * wholeCores(readings.cpu),
    }),
    means: ({ nofileMax }) =>
      `of each process${nofileMax === null ? '' : `, never beyond ${formatCount(nofileMax)}`}; ` +
      `${RESERVED_DESCRIPTORS} of them are for itself`,
  },
  fileTable: {
    name: 'file table',
    value: ({ limits: { fileMax }, filesInUse }) => ofMax(filesInUse, fileMax),
    allows: (readings) => everywhere(descriptorsLeft(readings)),
    means: ({ rights }) =>
      `open files of all processes${rights.isAboveFileMax ? '; not held against root, which this process is' : ''}`,
  },
  ports: {
    name: 'ports',
    value: ({ limits: { ephemeralPorts }, reservedPorts }) =>
      ephemeralPorts === null
        ? shown(null)
        : `${ephemeralPorts.join(' to ')}${reservedPorts > 0 ? `, ${formatCount(reservedPorts)} reserved` : ''}`,
    allows: (readings) => ({ openToOne: portsOf(readings) }),
    means: (readings) =>
      `from one address to one other; a million to one takes ${Math.ceil(1e6 / portsOf(readings))} addresses`,
  },
  memory: {
    name: 'memory',
    value: ({ memory }) =>
      `${formatBytes(freeBytes(memory))} of ${formatBytes(Math.min(memory.totalBytes, memory.group?.maxBytes ?? UNLIMITED))}`,
    allows: memoryAllows,
    means: ({ memory }) =>
      `free${memory.group === null ? '' : ", within the control group's limit"}; ` +
      `${formatBytes(GENERATOR_BYTES)} for each end of a connection is assumed`,
  },
  tasks: {
    name: 'tasks',
    value: (readings) => {
      const limit = tightestTasks(readings);
      return limit === null ? shown(null) : ofMax(limit.used, limit.max);
    },
    allows: tasksAllow,
    means: (readings) => {
      const limit = tightestTasks(readings);
      return limit === null
        ? 'so many may run'
        : `${limit.name} counts ${limit.counts}; ${perProcess(limit)} for each process`;
    },
  },
  conntrack: {
    name: 'conntrack',
    value: ({ conntrack }) => (conntrack === null ? 'not loaded' : ofMax(conntrack.count, conntrack.max)),
    allows: (readings) => {
      const left = entriesLeft(readings);
      // Both ends are one entry.
      return { ...everywhere(left), bothEnds: left };
    },
    means: ({ conntrack }) =>
      conntrack?.count === 0
        ? 'connections that a firewall keeps in mind: it keeps none now'
        : 'connections that a firewall keeps in mind; it drops what is beyond',
  },
  tcpBuffers: {
    name: 'tcp_mem',
    value: ({ tcpPages }) =>
      tcpPages === null ? shown(null) : `${ofMax(tcpPages.used, tcpPages.max)} pages`,
    allows: (readings) => {
      const left = pagesLeft(readings);
      return everywhere(left === null ? null : Math.floor(left / PAGES_PER_SOCKET));
    },
    means: () => 'of all buffers; a quiet end takes a tenth of a page, one with data waiting one or more',
  },
  acceptQueue: {
    name: 'accept queue',
    value: (readings) => `${formatCount(acceptQueue(readings))} of ${shown(readings.limits.somaxconn)}`,
    allows: NOTHING,
    means: () => `connects that wait for a server; Node asks for ${NODE_BACKLOG} unless it is told`,
  },
  synQueue: {
    name: 'SYN queue',
    value: ({ limits: { tcpMaxSynBacklog } }) => shown(tcpMaxSynBacklog),
    allows: NOTHING,
    means: ({ synLinearTimeouts }) =>
      `handshakes under way; a SYN that is dropped comes again after ${retriesOf(synLinearTimeouts ?? 0)} s`,
  },
  mappings: {
    name: 'mappings',
    value: ({ maxMapCount }) => shown(maxMapCount),
    allows: NOTHING,
    means: () => 'of a process; a thread takes two, a connection none',
  },
  cpu: {
    name: 'cores',
    value: ({ cpu: { cores, quotaCores } }) =>
      quotaCores === null
        ? formatCount(cores)
        : `${Number(quotaCores.toFixed(2))} (quota) of ${formatCount(cores)}`,
    allows: NOTHING,
    means: ({ cpu: { quotaCores } }) =>
      quotaCores === null
        ? 'connects and messages a second: `doctor --calibrate` measures them'
        : 'time beyond the quota is not given: all stand still until the next period',
  },
  swap: {
    name: 'swap',
    value: ({ memory: { swap } }) =>
      swap === null ? 'none' : `${formatBytes(swap.usedBytes)} of ${formatBytes(swap.totalBytes)}`,
    allows: NOTHING,
    means: () => 'not counted: what is swapped out is slower than anything that is measured here',
  },
};

/** The same number wherever one end is here, half of it where both are. */
function everywhere(connections: number | null): Partial<Record<Question, number | null>> {
  return {
    openToOne: connections,
    openInAll: connections,
    acceptInOne: connections,
    acceptInAll: connections,
    bothEnds: connections === null ? null : Math.floor(connections / 2),
  };
}

function memoryAllows(readings: Readings): Partial<Record<Question, number>> {
  const free = freeBytes(readings.memory);
  const processShare = PROCESS_BYTES / connectionsPerProcess(readings.limits);
  const open = GENERATOR_BYTES + processShare;
  const accept = (processes: number) =>
    Math.max(0, Math.floor((free - processes * PROCESS_BYTES) / SERVER_BYTES));
  return {
    openToOne: Math.floor(free / open),
    openInAll: Math.floor(free / open),
    acceptInOne: accept(1),
    acceptInAll: accept(wholeCores(readings.cpu)),
    bothEnds: Math.floor(free / (open + SERVER_BYTES + processShare)),
  };
}

function tasksAllow(readings: Readings): Partial<Record<Question, number>> {
  const limit = tightestTasks(readings);
  if (limit === null) return {};
  const processes = tasksLeft(limit) / perProcess(limit);
  const held = (count: number) => Math.floor(count) * connectionsPerProcess(readings.limits);
  return {
    openToOne: held(processes),
    openInAll: held(processes),
    acceptInAll: held(processes),
    bothEnds: held(processes / 2),
  };
}

/** What one process of ours takes of a limit. */
export function perProcess({ counts }: TaskLimit): number {
  return counts === 'threads' ? THREADS_PER_PROCESS : 1;
}

/** When a connect that got no answer is tried again: so many times a second apart, then twice as long each time. */
function retriesOf(linear: number): string {
  const times = [1];
  for (let retry = 2; times[times.length - 1] < 10; retry++) {
    times.push(times[times.length - 1] + 2 ** Math.max(0, retry - 1 - linear));
  }
  return times.join(', ');
}

function ofMax(used: number | null, max: number | null): string {
  return used === null ? shown(max) : `${formatCount(used)} of ${shown(max)}`;
}

function shown(value: number | null): string {
  if (value === null) return 'not known';
  return value >= UNLIMITED ? 'unlimited' : formatCount(value);
}
