/**
 * What /proc tells of other processes. Where there is no /proc, nothing is told.
 */

import { readdirSync } from 'node:fs';
import { readMaxDescriptors, readOpenDescriptors } from '../../base/descriptors.ts';
import { readText } from '../../base/read-text.ts';

/** USER_HZ: what Linux counts processor time in for programs, whatever its own clock does. */
const TICKS_PER_S = 100;

/** The state of a connection in the tables of TCP, as the kernel writes it. */
const ESTABLISHED = '01';

interface Stat {
  parent: number;
  session: number;
  isZombie: boolean;
  /** User and system time, that of its children that have ended and were waited for included. */
  cpuS: number;
}

/** What some processes take together; null is what the system does not tell. */
export interface Usage {
  cpuS: number | null;
  rssBytes: number | null;
  /** Of the one that has the most: the limit is one of each process. */
  openDescriptors: number | null;
  /** The lowest of their limits. */
  maxDescriptors: number | null;
}

/** A process and all below it that have not ended, the process first; empty if it has ended or is not told of. */
export function processTree(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of listNumbers('/proc')) {
    const stat = readStat(name);
    if (stat !== null && !stat.isZombie) parents.set(name, stat.parent);
  }
  if (!parents.has(pid)) return [];
  const tree = [pid];
  // It grows while it is walked: the children of each follow.
  for (const above of tree) {
    for (const [child, parent] of parents) if (parent === above) tree.push(child);
  }
  return tree;
}

/** Processes of the session that a process began, in which they stay whatever becomes of it and of their parents. */
export function sessionOf(leader: number): number[] {
  return listNumbers('/proc').filter((pid) => {
    const stat = readStat(pid);
    return stat !== null && !stat.isZombie && stat.session === leader;
  });
}

/** What these processes take. */
export function usageOf(pids: readonly number[]): Usage {
  return {
    cpuS: sum(pids.map((pid) => readStat(pid)?.cpuS ?? null)),
    rssBytes: sum(pids.map(readRssBytes)),
    openDescriptors: pick(Math.max, pids.map(readOpenDescriptors)),
    maxDescriptors: pick(Math.min, pids.map(readMaxDescriptors)),
  };
}

/** Descriptors that these processes have open together. */
export function openDescriptorsOf(pids: readonly number[]): number | null {
  return sum(pids.map(readOpenDescriptors));
}

/** Connections to a port of this machine that are established. */
export function connectionsAt(port: number): number | null {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map(readText);
  const row = new RegExp(`^ *\\d+: [0-9A-F]+:${hexPort(port)} [0-9A-F]+:[0-9A-F]+ ${ESTABLISHED} `, 'gm');
  return sum(tables.map((table) => (table === null ? null : (table.match(row)?.length ?? 0))));
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

/** The title of a process, as it set it; empty where it has ended. */
export function titleOf(pid: number): string {
  return readText(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim() ?? '';
}

function readStat(pid: number): Stat | null {
  const text = readText(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The name of the program stands in brackets and may hold anything, brackets too.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((total, field) => total + Number(field), 0);
  return {
    parent: Number(fields[1]),
    session: Number(fields[3]),
    isZombie: fields[0] === 'Z',
    cpuS: ticks / TICKS_PER_S,
  };
}

function readRssBytes(pid: number): number | null {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(readText(`/proc/${pid}/status`) ?? '');
  return match === null ? null : Number(match[1]) * 1024;
}

/** Of what is known; null where nothing is. */
function sum(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}

function pick(of: (...values: number[]) => number, values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : of(...known);
}

function listNumbers(folder: string): number[] {
  try {
    return readdirSync(folder).map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}
