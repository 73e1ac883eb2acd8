/** A Mac, by what its programs print. */

import { macLimits } from '../base/limits.ts';
import { parseSysctl } from '../base/sysctl.ts';
import type { Memory, Readings, TaskLimit } from './readings.ts';

export interface MacTexts {
  /** `ulimit -Sn; ulimit -Hn` */
  ulimits: string;
  /** `sysctl` of `MAC_SYSCTLS`. */
  sysctl: string;
  vmStat: string;
}

/** All names that are asked for. */
export const MAC_SYSCTLS = [
  'kern.maxfiles',
  'kern.maxfilesperproc',
  'kern.num_files',
  'kern.maxproc',
  'kern.maxprocperuid',
  'kern.ipc.somaxconn',
  'net.inet.ip.portrange.first',
  'net.inet.ip.portrange.last',
  'hw.memsize',
];

export interface MacAsked {
  cores: number;
  isRoot: boolean;
}

export function macReadings({ ulimits, sysctl, vmStat }: MacTexts, { cores, isRoot }: MacAsked): Readings {
  const told = parseSysctl(sysctl);
  return {
    platform: 'macos',
    container: null,
    // There, root is root, and the kernel's limit of files is held against everybody.
    rights: { isRoot, mayRaiseOpenFiles: isRoot, mayWriteSysctl: isRoot, isAboveFileMax: false },
    limits: macLimits(ulimits, sysctl),
    nofileMax: told.get('kern.maxfilesperproc') ?? null,
    filesInUse: told.get('kern.num_files') ?? null,
    reservedPorts: 0,
    synLinearTimeouts: null,
    conntrack: null,
    tcpPages: null,
    cpu: { cores, quotaCores: null },
    memory: memoryOf(vmStat, told.get('hw.memsize') ?? Number.NaN),
    tasks: (['kern.maxproc', 'kern.maxprocperuid'] as const).flatMap((name): TaskLimit[] => {
      const max = told.get(name);
      return max === undefined ? [] : [{ name, counts: 'processes', max, used: null }];
    }),
    maxMapCount: null,
  };
}

/** Pages that hold nothing, or what can be read again, are what a program can still have. */
const AVAILABLE = ['free', 'inactive', 'speculative'];

function memoryOf(vmStat: string, totalBytes: number): Memory {
  const pageBytes = Number(/page size of (\d+) bytes/.exec(vmStat)?.[1] ?? Number.NaN);
  const pages = AVAILABLE.map((name) =>
    Number(new RegExp(`^Pages ${name}:\\s+(\\d+)`, 'm').exec(vmStat)?.[1] ?? 0),
  );
  const availableBytes = pages.reduce((sum, count) => sum + count) * pageBytes;
  return { totalBytes, availableBytes: Math.min(availableBytes, totalBytes), group: null, swap: null };
}
