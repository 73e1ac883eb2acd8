/**
 * Processes of the server, seen from outside: what they may have, what they take, and whether they are still there.
 */

import { readdirSync } from 'node:fs';
import { type Groups, readGroups } from '../../base/cgroup.ts';
import { readMaxDescriptors } from '../../base/descriptors.ts';
import { parseHeapLimit } from '../../base/heap-limit.ts';
import { readText } from '../../base/read-text.ts';

/** What stays the same while a process lives. */
export interface ProcessFacts {
  pid: number;
  /** The name of its program. */
  program: string;
  maxDescriptors: number | null;
  /** The largest heap that it was told to have; null if nothing was said. */
  heapLimitBytes: number | null;
  groups: Groups;
}

/** Null of a process that has ended. */
export function readFacts(pid: number): ProcessFacts | null {
  if (!isAlive(pid)) return null;
  const words = (readText(`/proc/${pid}/cmdline`) ?? '').split('\0');
  const environment = (readText(`/proc/${pid}/environ`) ?? '').split('\0');
  return {
    pid,
    program: readText(`/proc/${pid}/comm`)?.trim() ?? '',
    maxDescriptors: readMaxDescriptors(pid),
    heapLimitBytes: parseHeapLimit(words, environment),
    groups: readGroups(pid),
  };
}

/** A process, and all below it that it has started. */
export function familyOf(pid: number): number[] {
  const family = [pid];
  // It grows while it is walked: the children of each follow.
  for (const above of family) {
    const children = readText(`/proc/${above}/task/${above}/children`)?.match(/\d+/g) ?? [];
    family.push(...children.map(Number));
  }
  return family;
}

export function isAlive(pid: number): boolean {
  const state = /\) (\S)/.exec(readText(`/proc/${pid}/stat`) ?? '')?.[1];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** What it holds in memory, in all; null of one that has ended. */
export function readRssBytes(pid: number): number | null {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(readText(`/proc/${pid}/status`) ?? '');
  return match === null ? null : Number(match[1]) * 1024;
}

/** Time that a thread was on a core, and that it waited for one. */
export interface ThreadTimes {
  ranS: number;
  waitedS: number;
}

/** Of each thread of a process, where the system tells: `<ns on a core> <ns waiting for one> <times that it ran>`. */
export function readThreads(pid: number): Map<string, ThreadTimes> {
  const times = new Map<string, ThreadTimes>();
  for (const thread of list(`/proc/${pid}/task`)) {
    const match = /^(\d+) (\d+) /.exec(readText(`/proc/${pid}/task/${thread}/schedstat`) ?? '');
    if (match !== null) times.set(thread, { ranS: Number(match[1]) / 1e9, waitedS: Number(match[2]) / 1e9 });
  }
  return times;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
