/**
 * Reads from /proc what processes and the kernel hold, at moments that are chosen: to add up the pages of a process
 * takes the system up to some ten milliseconds, so this is nothing for every second. Where there is no /proc, or it
 * does not tell, the answer is null.
 */

import { readdir, readFile, readlink } from 'node:fs/promises';
import {
  type MachineMemory,
  type ProcessMemory,
  parseMeminfo,
  parsePageBytes,
  parseSlabinfo,
  parseSmapsRollup,
  parseSockstat,
  parseStatus,
} from './proc.ts';
import { type SocketCache, socketCachesOf } from './socket-caches.ts';

/** So many processes at a time: the processors are wanted for other things. */
const AT_ONCE = 2;

/** What these processes and their children hold together. Those that have ended hold nothing; null if all have. */
export async function readProcesses(pids: readonly number[]): Promise<ProcessMemory | null> {
  const waiting = [...pids];
  const read: ProcessMemory[] = [];
  const work = async () => {
    for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
      waiting.push(...(await readChildren(pid)));
      const memory = await readProcess(pid);
      if (memory !== null) read.push(memory);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return read.length === 0 ? null : read.reduce(add);
}

function add(a: ProcessMemory, b: ProcessMemory): ProcessMemory {
  const knowsAnonymous = a.anonymousBytes !== null && b.anonymousBytes !== null;
  return {
    bytes: a.bytes + b.bytes,
    anonymousBytes: knowsAnonymous ? Number(a.anonymousBytes) + Number(b.anonymousBytes) : null,
    measure: a.measure === 'pss' ? b.measure : 'rss',
  };
}

async function readProcess(pid: number): Promise<ProcessMemory | null> {
  const shares = parseSmapsRollup((await readText(`/proc/${pid}/smaps_rollup`)) ?? '');
  return shares ?? parseStatus((await readText(`/proc/${pid}/status`)) ?? '');
}

/** Of its first thread: programs that are one process each have all of them there. */
async function readChildren(pid: number): Promise<number[]> {
  const text = await readText(`/proc/${pid}/task/${pid}/children`);
  return text?.match(/\d+/g)?.map(Number) ?? [];
}

/** The machine, and its kernel's share of TCP. */
export interface MachineReading extends MachineMemory {
  sockets: { inuse: number; timeWait: number } | null;
  /** What all sockets are charged for what waits in their buffers. */
  bufferBytes: number | null;
  /** Null for anybody but root. */
  socketCaches: Map<string, SocketCache> | null;
}

export async function readMachine(): Promise<MachineReading> {
  const [meminfo, sockstat, sockstat6, slabinfo, pageBytes] = await Promise.all([
    readText('/proc/meminfo'),
    readText('/proc/net/sockstat'),
    readText('/proc/net/sockstat6'),
    readText('/proc/slabinfo'),
    readPageBytes(),
  ]);
  const tcp = parseSockstat(sockstat ?? '', sockstat6);
  return {
    ...parseMeminfo(meminfo ?? ''),
    sockets: tcp && { inuse: tcp.inuse, timeWait: tcp.timeWait },
    bufferBytes: tcp && pageBytes && tcp.bufferPages * pageBytes,
    socketCaches:
      slabinfo && pageBytes
        ? socketCachesOf(parseSlabinfo(slabinfo, pageBytes), await readCachePlaces())
        : null,
  };
}

/** TCP sockets of this network namespace that are in use; null where the system does not tell. */
export async function readSocketsInUse(): Promise<number | null> {
  const [text, text6] = await Promise.all(['/proc/net/sockstat', '/proc/net/sockstat6'].map(readText));
  return parseSockstat(text ?? '', text6)?.inuse ?? null;
}

/** Of each cache that was merged into another, where it is. */
async function readCachePlaces(): Promise<Map<string, string>> {
  const folder = '/sys/kernel/slab';
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const links = entries.filter((entry) => entry.isSymbolicLink());
  const places = links.map(async ({ name }) => [name, await readlink(`${folder}/${name}`)] as const);
  return new Map(await Promise.all(places));
}

async function readPageBytes(): Promise<number | null> {
  const auxv = await readFile('/proc/self/auxv').catch(() => null);
  return auxv && parsePageBytes(auxv);
}

async function readText(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null);
}
