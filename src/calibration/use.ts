/**
 * Holds a phase against the calibration of its machine.
 */

import type { Calibration, CalibrationUse } from '../model/calibration.ts';
import type { Phase } from '../model/record.ts';

/** The phase with what it used of its generator. */
export function withCalibration(phase: Phase, calibration: Calibration): Phase {
  return { ...phase, generator: { ...phase.generator, calibration: useOf(phase, calibration) } };
}

function useOf({ generator, timeline }: Phase, calibration: Calibration): CalibrationUse {
  const { measuredAt, machine, connectsPerS, floor } = calibration;
  // More workers than cores do no more than one each would.
  const messagesPerS = calibration.messagesPerS * Math.min(generator.workers, machine.cores);
  const loads = timeline
    .filter(({ stage, whole, sent }) => whole && (stage === 'hold' || stage === 'search') && sent > 0)
    .map(({ sent, received }) => Math.max(sent, received));
  const perS = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  return {
    measuredAt,
    messagesPerS,
    usedRatio: loads.length > 0 && messagesPerS > 0 ? perS / messagesPerS : null,
    connectsPerS,
    latenessP99Ms: floor.latenessP99Ms,
    serviceP99Ms: floor.serviceP99Ms,
  };
}
