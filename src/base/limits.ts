/**
 * What the operating system grants this process and its sockets: what a run needs to know of it. Linux tells through
 * /proc, macOS through `ulimit` and `sysctl`; a value that cannot be read is null. `src/limits` has all the others.
 */

import { type ReadText, readText } from './read-text.ts';
import { parseSysctl, readSysctl, readUlimits } from './sysctl.ts';

export interface OsLimits {
  nofileSoft: number | null;
  nofileHard: number | null;
  /** First and last port that an outgoing connection may be given. */
  ephemeralPorts: [number, number] | null;
  somaxconn: number | null;
  tcpMaxSynBacklog: number | null;
  fileMax: number | null;
}

/** Descriptors that a process needs for itself: libuv, pipes, the IPC channel, modules being loaded. */
export const RESERVED_DESCRIPTORS = 200;

/** The system's word for no limit. */
export const UNLIMITED = Number.MAX_SAFE_INTEGER;

let ofMac: OsLimits | null = null;

/** Reads the limits of the calling process. */
export function readLimits(): OsLimits {
  if (process.platform !== 'darwin') return linuxLimits(readText);
  // Asking takes two programs, and the answer stays the same.
  ofMac ??= macLimits(readUlimits(), readSysctl(MAC_LIMITS));
  return ofMac;
}

/** Connections that one process can hold under these limits; a machine that does not tell counts as 1,024. */
export function connectionsPerProcess(limits: OsLimits): number {
  return Math.max(1, (limits.nofileSoft ?? 1024) - RESERVED_DESCRIPTORS);
}

/** By the texts of /proc. */
export function linuxLimits(read: ReadText): OsLimits {
  const [nofileSoft, nofileHard] = resourceLimit(read, 'Max open files');
  return {
    nofileSoft,
    nofileHard,
    ephemeralPorts: portRange(read('/proc/sys/net/ipv4/ip_local_port_range')),
    somaxconn: numberIn(read, '/proc/sys/net/core/somaxconn'),
    tcpMaxSynBacklog: numberIn(read, '/proc/sys/net/ipv4/tcp_max_syn_backlog'),
    fileMax: numberIn(read, '/proc/sys/fs/file-max'),
  };
}

/** Soft and hard, of a line of /proc/self/limits. */
export function resourceLimit(read: ReadText, name: string): [number | null, number | null] {
  const line = new RegExp(`^${name}\\s+(\\S+)\\s+(\\S+)`, 'm').exec(read('/proc/self/limits') ?? '');
  return line === null ? [null, null] : [amount(line[1]), amount(line[2])];
}

/** A file that holds one number. */
export function numberIn(read: ReadText, path: string): number | null {
  const text = read(path)?.trim() ?? '';
  return /^\d+$/.test(text) ? Number(text) : null;
}

const MAC_LIMITS = [
  'kern.maxfiles',
  'kern.maxfilesperproc',
  'kern.ipc.somaxconn',
  'net.inet.ip.portrange.first',
  'net.inet.ip.portrange.last',
];

/**
 * By what macOS answers.
 *
 * @param ulimits what `ulimit -Sn; ulimit -Hn` prints
 */
export function macLimits(ulimits: string, sysctl: string): OsLimits {
  const told = parseSysctl(sysctl);
  const [soft, hard] = ulimits.trim().split(/\s+/);
  // The kernel cuts what is granted to a process, often without a limit, to this.
  const most = told.get('kern.maxfilesperproc') ?? UNLIMITED;
  const granted = (text: string | undefined) => (text ? Math.min(amount(text), most) : null);
  const first = told.get('net.inet.ip.portrange.first');
  const last = told.get('net.inet.ip.portrange.last');
  return {
    nofileSoft: granted(soft),
    nofileHard: granted(hard),
    ephemeralPorts: first === undefined || last === undefined ? null : [first, last],
    somaxconn: told.get('kern.ipc.somaxconn') ?? null,
    // There is no such limit.
    tcpMaxSynBacklog: null,
    fileMax: told.get('kern.maxfiles') ?? null,
  };
}

function amount(text: string): number {
  return text === 'unlimited' ? UNLIMITED : Number(text);
}

function portRange(text: string | null): [number, number] | null {
  const parts = text?.trim().split(/\s+/).map(Number);
  return parts?.length === 2 ? [parts[0], parts[1]] : null;
}
