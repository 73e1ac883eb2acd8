/**
 * The control group of a process: what it and its neighbours in it may have together. Linux has two versions of them,
 * and machines that use both.
 */

import { dirname, join } from 'node:path';
import { readText } from './read-text.ts';

const ROOT = '/sys/fs/cgroup';

/** Of version 1, no limit is a number that is nearly 2⁶³. */
const NO_LIMIT_BYTES = 2 ** 60;

/** Where a group's files are; null where the process is in none that counts memory, or processes. */
export interface Groups {
  memory: Group | null;
  pids: Group | null;
}

interface Group {
  version: 1 | 2;
  folder: string;
}

/**
 * The text of /proc/<pid>/cgroup: of version 1 a line for each controller, of version 2 one for all the others.
 *
 *     4:memory:/system.slice/chat.service
 *     0::/system.slice/chat.service
 */
export function parseGroups(text: string): Groups {
  const unified = /^0::(.*)$/m.exec(text)?.[1];
  const ofController = (name: string): Group | null => {
    const path = new RegExp(`^\\d+:(?:[^:]*,)?${name}(?:,[^:]*)?:(.*)$`, 'm').exec(text)?.[1];
    if (path !== undefined) return { version: 1, folder: join(ROOT, name, path) };
    return unified === undefined ? null : { version: 2, folder: join(ROOT, unified) };
  };
  return { memory: ofController('memory'), pids: ofController('pids') };
}

export function readGroups(pid: number): Groups {
  return parseGroups(readText(`/proc/${pid}/cgroup`) ?? '');
}

/** What a group tells; null is what it does not. */
export interface GroupReading {
  /** The lowest limit of the group and all above it; null where there is none. */
  memoryLimitBytes: number | null;
  /** Processes of it that were killed because it had no memory left. */
  oomKills: number | null;
  /** Processes or threads that it did not get because of its limit of them. */
  pidsRefused: number | null;
}

const FILES = {
  1: { limit: 'memory.limit_in_bytes', events: 'memory.oom_control' },
  2: { limit: 'memory.max', events: 'memory.events' },
} as const;

export function readGroup({ memory, pids }: Groups): GroupReading {
  const events = memory && readText(join(memory.folder, FILES[memory.version].events));
  const pidsEvents = pids && readText(join(pids.folder, 'pids.events'));
  return {
    memoryLimitBytes: memory && lowestLimit(memory),
    oomKills: countOf(events, 'oom_kill'),
    pidsRefused: countOf(pidsEvents, 'max'),
  };
}

function lowestLimit({ version, folder }: Group): number | null {
  let lowest: number | null = null;
  for (let at = folder; at.startsWith(ROOT); at = dirname(at)) {
    const limit = Number.parseInt(readText(join(at, FILES[version].limit)) ?? '', 10);
    // `max` is no number.
    if (limit < NO_LIMIT_BYTES) lowest = Math.min(lowest ?? limit, limit);
  }
  return lowest;
}

function countOf(text: string | null, name: string): number | null {
  const line = new RegExp(`^${name} (\\d+)$`, 'm').exec(text ?? '');
  return line === null ? null : Number(line[1]);
}
