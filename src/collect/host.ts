/** The machine that a run was made on. */

import { createRequire } from 'node:module';
import os from 'node:os';
import { readLimits } from '../base/limits.ts';
import type { Host } from '../model/record.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** This version of wsscale. */
export const WSSCALE_VERSION = version;

export function describeHost(): Host {
  return {
    os: `${os.type()} ${os.arch()}`,
    kernel: os.release(),
    cpuModel: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    node: process.version,
    wsscale: WSSCALE_VERSION,
    limits: { ...readLimits() },
  };
}
