/**
 * The doctor's work: reads the machine, and measures what its generator can do where that is asked for.
 */

import { systemClock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import { readLimits } from '../base/limits.ts';
import { calibrationFile, machineOf, readCalibration, writeCalibration } from '../calibration/cache.ts';
import { calibrate } from '../calibration/calibrate.ts';
import { describeHost } from '../collect/host.ts';
import { takeReadings } from '../limits/read.ts';
import type { Calibration } from '../model/calibration.ts';
import { type Diagnosis, diagnose } from './diagnosis.ts';

/** What this machine can hold. */
export function examine(): Diagnosis {
  return diagnose(takeReadings());
}

/** What was measured before on this machine with this version; null if nothing was. */
export function lastCalibration(): Calibration | null {
  return readCalibration(calibrationFile(), machineOf(describeHost()));
}

export interface Calibrated {
  /** Null if the machine was too busy to send even the lightest load on time. */
  calibration: Calibration | null;
  /** Where it is kept; null if it could not be written. */
  file: string | null;
  /** Why not. */
  problem: string | null;
}

/**
 * Measures, and keeps what was measured for later runs.
 * @throws WsscaleError TARGET if the echo server does not start; the signal's reason if it is aborted
 */
export async function calibrateHere(
  options: { onStep?: (step: string) => void; signal?: AbortSignal } = {},
): Promise<Calibrated> {
  const machine = machineOf(describeHost());
  const calibration = await calibrate({ clock: systemClock, limits: readLimits(), machine, ...options });
  if (calibration === null) return { calibration, file: null, problem: null };
  const file = calibrationFile();
  try {
    writeCalibration(file, calibration);
    return { calibration, file, problem: null };
  } catch (error) {
    return { calibration, file: null, problem: `${file} cannot be written: ${messageOf(error)}` };
  }
}
