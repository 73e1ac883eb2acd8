/**
 * What the operating system grants this process. Linux tells through /proc; a value that cannot be read is null.
 */

import { readFileSync } from 'node:fs';

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

/** Reads the limits of the calling process. */
export function readLimits(): OsLimits {
  const [nofileSoft, nofileHard] = readNofile();
  return {
    nofileSoft,
    nofileHard,
    ephemeralPorts: readPortRange(),
    somaxconn: readNumber('/proc/sys/net/core/somaxconn'),
    tcpMaxSynBacklog: readNumber('/proc/sys/net/ipv4/tcp_max_syn_backlog'),
    fileMax: readNumber('/proc/sys/fs/file-max'),
  };
}

/** Connections that one process can hold under these limits; a machine that does not tell counts as 1,024. */
export function connectionsPerProcess(limits: OsLimits): number {
  return Math.max(1, (limits.nofileSoft ?? 1024) - RESERVED_DESCRIPTORS);
}

function readNofile(): [number | null, number | null] {
  const line = /^Max open files\s+(\S+)\s+(\S+)/m.exec(readText('/proc/self/limits') ?? '');
  if (line === null) return [null, null];
  const toNumber = (text: string) => (text === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(text));
  return [toNumber(line[1]), toNumber(line[2])];
}

function readPortRange(): [number, number] | null {
  const parts = readText('/proc/sys/net/ipv4/ip_local_port_range')?.trim().split(/\s+/).map(Number);
  return parts?.length === 2 ? [parts[0], parts[1]] : null;
}

function readNumber(path: string): number | null {
  const text = readText(path);
  return text === null ? null : Number(text.trim());
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
