/**
 * All that was read of a machine's limits, as plain data: the tables beside it are pure functions of this. What the
 * system does not tell is null, and what it does not limit is absent or `UNLIMITED`.
 */

import type { OsLimits } from '../base/limits.ts';

export interface Readings {
  platform: 'linux' | 'macos' | 'other';
  /** What this process runs in; null outside of containers. */
  container: 'docker' | 'podman' | 'kubernetes' | 'other' | null;
  rights: Rights;
  /** What a run needs to know, too. */
  limits: OsLimits;
  /** No process may have more descriptors than this, root's neither. */
  nofileMax: number | null;
  /** Descriptors that are open on the whole machine. */
  filesInUse: number | null;
  /** Ports of the ephemeral range that are kept for others. */
  reservedPorts: number;
  /** Retries of a SYN, a second apart each, before the pauses double. */
  synLinearTimeouts: number | null;
  /** The table of connections of a firewall; null where none is loaded. */
  conntrack: { count: number; max: number } | null;
  /** What the buffers of all TCP sockets may take together. */
  tcpPages: { max: number; used: number } | null;
  cpu: Cpu;
  memory: Memory;
  tasks: TaskLimit[];
  maxMapCount: number | null;
}

/** What this process may do beyond what everybody may. */
export interface Rights {
  isRoot: boolean;
  /** Beyond the hard limit, up to `nofileMax`. */
  mayRaiseOpenFiles: boolean;
  /** Settings of the kernel can be written from here. */
  mayWriteSysctl: boolean;
  /** The machine's limit of open files is not held against it. */
  isAboveFileMax: boolean;
}

export interface Cpu {
  /** That this process may be run on. */
  cores: number;
  /** Cores' worth of time that a container is given; null if it is not limited. */
  quotaCores: number | null;
}

export interface Memory {
  totalBytes: number;
  availableBytes: number;
  /** Of the control group, with what it can give back left out; null if it is not limited. */
  group: { maxBytes: number; usedBytes: number } | null;
  swap: { totalBytes: number; usedBytes: number } | null;
}

/** A limit of threads, or where the system counts those, of processes. */
export interface TaskLimit {
  /** As the system calls it. */
  name: 'threads-max' | 'pid_max' | 'nproc' | 'pids.max' | 'kern.maxproc' | 'kern.maxprocperuid';
  counts: 'threads' | 'processes';
  max: number;
  /** Null where nobody tells. */
  used: number | null;
}

/** The cores that a program has in the end. */
function usableCores({ cores, quotaCores }: Cpu): number {
  return quotaCores === null ? cores : Math.min(cores, quotaCores);
}

/** Those that a process each is worth while for. */
export function wholeCores(cpu: Cpu): number {
  return Math.max(1, Math.floor(usableCores(cpu)));
}

/** The memory that may still be taken here. */
export function freeBytes({ availableBytes, group }: Memory): number {
  if (group === null) return availableBytes;
  return Math.max(0, Math.min(availableBytes, group.maxBytes - group.usedBytes));
}
