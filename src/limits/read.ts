/** Reads the limits of this machine. */

import { accessSync, constants } from 'node:fs';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { readLimits } from '../base/limits.ts';
import { readText } from '../base/read-text.ts';
import { readSysctl, readUlimits, readVmStat } from '../base/sysctl.ts';
import { linuxReadings } from './linux.ts';
import { MAC_SYSCTLS, macReadings } from './macos.ts';
import type { Readings } from './readings.ts';

export function takeReadings(): Readings {
  const cores = availableParallelism();
  switch (process.platform) {
    case 'linux':
      return withMemory(
        linuxReadings(readText, {
          cores,
          isInPod: process.env.KUBERNETES_SERVICE_HOST !== undefined,
          mayWrite,
        }),
      );
    case 'darwin':
      return withMemory(
        macReadings(
          { ulimits: readUlimits(), sysctl: readSysctl(MAC_SYSCTLS), vmStat: readVmStat() },
          { cores, isRoot: process.geteuid?.() === 0 },
        ),
      );
    default:
      return withMemory(elsewhere(cores));
  }
}

/** Node knows of the memory wherever it runs, if less than the system does. */
function withMemory(readings: Readings): Readings {
  const { totalBytes, availableBytes } = readings.memory;
  const memory = {
    ...readings.memory,
    totalBytes: Number.isNaN(totalBytes) ? totalmem() : totalBytes,
    availableBytes: Number.isNaN(availableBytes) ? freemem() : availableBytes,
  };
  return { ...readings, memory };
}

/** A system of which nothing else is known. */
function elsewhere(cores: number): Readings {
  return {
    platform: 'other',
    container: null,
    rights: { isRoot: false, mayRaiseOpenFiles: false, mayWriteSysctl: false, isAboveFileMax: false },
    limits: readLimits(),
    nofileMax: null,
    filesInUse: null,
    reservedPorts: 0,
    synLinearTimeouts: null,
    conntrack: null,
    tcpPages: null,
    cpu: { cores, quotaCores: null },
    memory: { totalBytes: Number.NaN, availableBytes: Number.NaN, group: null, swap: null },
    tasks: [],
    maxMapCount: null,
  };
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
