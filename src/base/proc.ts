/**
 * What Linux tells of memory, read out of the texts of /proc. Its kB are 1,024 bytes. What a text does not say is
 * null.
 */

/** A process. */
export interface ProcessMemory {
  /** Resident and swapped out. */
  bytes: number;
  /** The part that stands for no file: heaps and stacks, and not the program, which processes share. */
  anonymousBytes: number | null;
  /**
   * `pss`, the proportional set size: of pages that several processes have, each has its share, so that processes
   * add up to what they take together. `rss`, the resident set size: each has the whole of them.
   */
  measure: 'pss' | 'rss';
}

/** The text of /proc/<pid>/smaps_rollup. Linux tells since 4.14, and of a process of the same user only. */
export function parseSmapsRollup(text: string): ProcessMemory | null {
  const pss = bytesOf(text, 'Pss');
  if (pss === null) return null;
  const swapped = bytesOf(text, 'SwapPss') ?? 0;
  // Until 5.4 there is no Pss_Anon; of a process that was not forked from another, all that is anonymous is its own.
  const anonymous = bytesOf(text, 'Pss_Anon') ?? bytesOf(text, 'Anonymous');
  return {
    bytes: pss + swapped,
    anonymousBytes: anonymous === null ? null : anonymous + swapped,
    measure: 'pss',
  };
}

/** The text of /proc/<pid>/status, which is told of every process; null of one that has no memory any more. */
export function parseStatus(text: string): ProcessMemory | null {
  const rss = bytesOf(text, 'VmRSS');
  if (rss === null) return null;
  const swapped = bytesOf(text, 'VmSwap') ?? 0;
  const anonymous = bytesOf(text, 'RssAnon');
  return {
    bytes: rss + swapped,
    anonymousBytes: anonymous === null ? null : anonymous + swapped,
    measure: 'rss',
  };
}

/** The whole machine. */
export interface MachineMemory {
  /** All slabs, which is what the kernel keeps its objects in. */
  slabBytes: number | null;
  /** What new programs can have before anything is swapped out. */
  availableBytes: number | null;
  swapUsedBytes: number | null;
}

/** The text of /proc/meminfo. */
export function parseMeminfo(text: string): MachineMemory {
  const swapTotal = bytesOf(text, 'SwapTotal');
  const swapFree = bytesOf(text, 'SwapFree');
  return {
    slabBytes: bytesOf(text, 'Slab'),
    availableBytes: bytesOf(text, 'MemAvailable'),
    swapUsedBytes: swapTotal === null || swapFree === null ? null : swapTotal - swapFree,
  };
}

/** The TCP sockets of the network namespace. */
export interface TcpSockets {
  /** IPv4 and IPv6, those that wait for their time to be over not among them. */
  inuse: number;
  timeWait: number;
  /** Pages that all of them are charged for what is in their buffers. */
  bufferPages: number;
}

/** The texts of /proc/net/sockstat and, where there is IPv6, /proc/net/sockstat6. */
export function parseSockstat(text: string, text6: string | null): TcpSockets | null {
  const line = /^TCP: inuse (\d+) orphan \d+ tw (\d+) alloc \d+ mem (\d+)/m.exec(text);
  if (line === null) return null;
  const inuse6 = /^TCP6: inuse (\d+)/m.exec(text6 ?? '');
  return {
    inuse: Number(line[1]) + Number(inuse6?.[1] ?? 0),
    timeWait: Number(line[2]),
    bufferPages: Number(line[3]),
  };
}

/** A cache of slabs: kernel objects of one size, and of one kind unless the kernel merged it with others. */
export interface SlabCache {
  /** Those that are handed out; of the slabs that a processor is just filling, all. */
  objects: number;
  /** What one of them takes, its share of what is left over in its slab included. */
  objectBytes: number;
}

/**
 * The text of /proc/slabinfo, which root alone may read: the caches by name.
 *
 *     # name <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables … : slabdata …
 */
export function parseSlabinfo(text: string, pageBytes: number): Map<string, SlabCache> {
  const lines = text.matchAll(/^([^\s#]\S*) +(\d+) +\d+ +\d+ +(\d+) +(\d+) :/gm);
  return new Map(
    Array.from(lines, ([, name, objects, perSlab, pages]) => [
      name,
      { objects: Number(objects), objectBytes: (Number(pages) * pageBytes) / Number(perSlab) },
    ]),
  );
}

const AT_PAGESZ = 6n;

/** The size of a page, which the kernel tells each program in /proc/self/auxv: pairs of a key and its value. */
export function parsePageBytes(auxv: Buffer): number | null {
  for (let at = 0; at + 16 <= auxv.length; at += 16) {
    if (auxv.readBigUInt64LE(at) === AT_PAGESZ) return Number(auxv.readBigUInt64LE(at + 8));
  }
  return null;
}

function bytesOf(text: string, name: string): number | null {
  const line = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text);
  return line === null ? null : Number(line[1]) * 1024;
}
