/**
 * What Linux tells of the processors: how much of their time was spent, what a hypervisor kept for others, and what
 * single processes used. Where there is no /proc, nothing is told.
 */

import { readText } from './read-text.ts';

/** USER_HZ: what Linux counts processor time in for programs, whatever its own clock does. */
const TICKS_PER_S = 100;

/** Time of some cores since the machine started, added up. */
export interface ProcessorTimes {
  cores: number;
  totalS: number;
  /** Nobody wanted it, or whoever did waited for a disk. */
  idleS: number;
  /** The machine is a virtual one, and its host gave the time to somebody else. */
  stealS: number;
}

/**
 * The text of /proc/stat, for the cores that count:
 *
 *     cpu0 user nice system idle iowait irq softirq steal guest guest_nice    `guest` is in `user`, too
 */
export function parseStat(text: string, counts: (core: number) => boolean): ProcessorTimes | null {
  const times: ProcessorTimes = { cores: 0, totalS: 0, idleS: 0, stealS: 0 };
  for (const [, core, line] of text.matchAll(/^cpu(\d+) +(.+)$/gm)) {
    if (!counts(Number(core))) continue;
    const seconds = line.split(' ').map((ticks) => Number(ticks) / TICKS_PER_S);
    const [, , , idleS = 0, waitS = 0, , , stealS = 0] = seconds;
    times.cores++;
    times.totalS += seconds.slice(0, 8).reduce((sum, value) => sum + value, 0);
    times.idleS += idleS + waitS;
    times.stealS += stealS;
  }
  return times.cores === 0 ? null : times;
}

/** The text of /proc/<pid>/status: the cores that the process may use, null if it does not say. */
export function parseAllowedCores(text: string): Set<number> | null {
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(text)?.[1];
  if (list === undefined) return null;
  const ranges = list.split(',').map((range) => range.split('-').map(Number));
  return new Set(
    ranges.flatMap(([first, last = first]) => Array.from({ length: last - first + 1 }, (_, i) => first + i)),
  );
}

/** The text of /proc/<pid>/stat: processor time that the process has used, its threads included. */
export function parseProcessorTime(text: string): number | null {
  // The name of the program stands in brackets and may hold anything, brackets too.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isNaN(ticks) ? null : ticks / TICKS_PER_S;
}

/** The cores that this process may use, which its children inherit. */
export function readProcessorTimes(): ProcessorTimes | null {
  const allowed = parseAllowedCores(readText('/proc/self/status') ?? '');
  return parseStat(readText('/proc/stat') ?? '', (core) => allowed?.has(core) ?? true);
}

/** Time that these processes have used, each by itself; one that has ended is left out. */
export function readProcessorTime(pids: readonly number[]): Map<number, number> {
  return readEach(pids, 'stat', parseProcessorTime);
}

/**
 * The text of /proc/<pid>/schedstat, of the process's first thread: for how long it could have run and had no core.
 *
 *     <ns on a core> <ns waiting for one> <times that it ran>
 */
export function parseWaitingTime(text: string): number | null {
  const waitedNs = /^\d+ (\d+) \d+/.exec(text)?.[1];
  return waitedNs === undefined ? null : Number(waitedNs) / 1e9;
}

/** Time for which the first threads of these processes have waited for a core; left out where it is not told. */
export function readWaitingTime(pids: readonly number[]): Map<number, number> {
  return readEach(pids, 'schedstat', parseWaitingTime);
}

function readEach(
  pids: readonly number[],
  file: string,
  parse: (text: string) => number | null,
): Map<number, number> {
  const values = pids.map((pid) => [pid, parse(readText(`/proc/${pid}/${file}`) ?? '')] as const);
  return new Map(values.filter((value): value is [number, number] => value[1] !== null));
}
