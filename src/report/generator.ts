/**
 * The load generator in words: whether it was fit to measure, and how much of what it can do was used.
 */

import { formatCount, formatMs, formatRatio } from '../base/units.ts';
import type { Phase } from '../model/record.ts';
import { INVALID } from './value.ts';

/** `valid`, with the seconds that are marked all the same, where there are any. */
export function fitness({ generator }: Phase): string {
  const { valid, judgedSeconds, markedSeconds } = generator;
  if (!valid) return INVALID;
  if (judgedSeconds === 0) return 'not judged';
  return markedSeconds ? `valid (${secondsMarked(markedSeconds, judgedSeconds)})` : 'valid';
}

/** `1 of 30 s marked`. */
export function secondsMarked(marked: number, judged: number | null): string {
  return `${formatCount(marked)} of ${formatCount(judged ?? 0)} s marked`;
}

/** `12.0 % of the 41,200 messages/s that it can send; 0.21 ms of the service p99 may be its own`; null if unknown. */
export function calibrationInWords({ generator }: Phase): string | null {
  const { calibration } = generator;
  if (calibration === null) return null;
  const { messagesPerS, usedRatio, serviceP99Ms } = calibration;
  const used = usedRatio === null ? 'no message was sent' : `${formatRatio(usedRatio)} used`;
  return (
    `${used} of the ${formatCount(messagesPerS)} messages/s that it can send on this machine; ` +
    `${formatMs(serviceP99Ms)} of the service p99 may be its own`
  );
}
