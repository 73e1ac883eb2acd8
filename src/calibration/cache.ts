/**
 * Where a calibration is kept: one file for each user, in the place for what can be made again.
 */

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Calibration, calibrationSchema } from '../model/calibration.ts';
import type { Host } from '../model/record.ts';

/** The file, by the XDG base directory specification. */
export function calibrationFile(env: NodeJS.ProcessEnv = process.env): string {
  // The specification says that a path which is not absolute is to be ignored.
  const cache = env.XDG_CACHE_HOME?.startsWith('/') ? env.XDG_CACHE_HOME : join(homedir(), '.cache');
  return join(cache, 'wsscale', 'calibration.json');
}

/** The part of a host that a calibration holds for. */
export function machineOf({ cpuModel, cores, node, wsscale }: Host): Calibration['machine'] {
  return { cpuModel, cores, node, wsscale };
}

/** What was measured on this machine; null if nothing was, or on another one, or by another version. */
export function readCalibration(file: string, machine: Calibration['machine']): Calibration | null {
  try {
    const { data } = calibrationSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (data === undefined) return null;
    const keys = Object.keys(machine) as (keyof typeof machine)[];
    return keys.every((key) => data.machine[key] === machine[key]) ? data : null;
  } catch {
    return null;
  }
}

/** @throws if the file cannot be written */
export function writeCalibration(file: string, calibration: Calibration): void {
  mkdirSync(dirname(file), { recursive: true });
  // A run that begins meanwhile reads the old file or the new one, not half of one.
  writeFileSync(`${file}.part`, `${JSON.stringify(calibration, null, 2)}\n`);
  renameSync(`${file}.part`, file);
}
