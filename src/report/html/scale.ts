/**
 * Scales: where a value stands on an axis, and which values are worth a tick.
 */

import { formatCount } from '../../base/units.ts';

/** A value at which an axis has a line and a label. */
interface Tick {
  value: number;
  label: string;
}

export interface Scale {
  /** The place of a value, in units of the drawing. */
  at: (value: number) => number;
  ticks: Tick[];
}

/** Where the axis begins and ends, in units of the drawing; `to` may be less than `from`. */
interface Extent {
  from: number;
  to: number;
}

/** From 0 to at least `max`, in at most so many round steps, whole numbers all. */
export function linearScale(max: number, { from, to }: Extent, steps = 5): Scale {
  const step = Math.max(1, roundUp(max / steps));
  const count = Math.max(1, Math.ceil(max / step));
  const top = count * step;
  return {
    at: (value) => from + ((to - from) * value) / top,
    ticks: Array.from({ length: count + 1 }, (_, i) => ({ value: i * step, label: shortCount(i * step) })),
  };
}

/** Milliseconds from 0 to exactly `maxMs`, with ticks at round times. */
export function timeScale(maxMs: number, { from, to }: Extent): Scale {
  const endMs = maxMs > 0 ? maxMs : 1000;
  const stepMs = TIME_STEPS_MS.find((step) => endMs / step <= 6) ?? TIME_STEPS_MS[TIME_STEPS_MS.length - 1];
  const count = Math.floor(endMs / stepMs);
  return {
    at: (ms) => from + ((to - from) * ms) / endMs,
    ticks: Array.from({ length: count + 1 }, (_, i) => ({ value: i * stepMs, label: timeLabel(i * stepMs) })),
  };
}

/** Logarithmic milliseconds, with ticks at the powers of ten and, where there is room, between them. */
export function latencyScale(minMs: number, maxMs: number, { from, to }: Extent): Scale {
  const floorMs = Math.max(minMs, 0.001);
  const low = Math.log10(floorMs);
  const high = Math.max(Math.log10(maxMs), low + 0.1);
  const decades = high - low;
  const multiples = decades > 4 ? [1] : decades > 2 ? [1, 3] : [1, 2, 5];
  const ticks: Tick[] = [];
  for (let power = Math.floor(low); power <= Math.ceil(high); power++) {
    for (const multiple of multiples) {
      const value = multiple * 10 ** power;
      if (value >= floorMs * 0.999 && value <= maxMs * 1.001)
        ticks.push({ value, label: latencyLabel(value) });
    }
  }
  const at = (ms: number) => from + ((to - from) * (Math.log10(Math.max(ms, floorMs)) - low)) / (high - low);
  return { at, ticks };
}

/**
 * HdrHistogram's axis for a share p of `count` values: 1/(1 − p), logarithmic, so that 90 %, 99 % and 99.9 % stand
 * equally far apart. It ends where one value in `count` is left.
 */
export function percentileScale(count: number, { from, to }: Extent): Scale {
  const end = Math.log10(Math.max(count, 10));
  const nines = Array.from({ length: Math.floor(end + 1e-9) }, (_, i) => 1 - 10 ** -(i + 1));
  return {
    at: (share) => from + ((to - from) * Math.min(end, -Math.log10(Math.max(1 - share, 1e-12)))) / end,
    ticks: [0.5, ...nines].map((value) => ({ value, label: percentLabel(value) })),
  };
}

/** `50 %`, `99.9 %`: a share with all its nines. */
export function percentLabel(share: number): string {
  return `${Number((share * 100).toPrecision(10))} %`;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const TIME_STEPS_MS = [
  ...[100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000],
  ...[1, 2, 5, 10, 20, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 4, 6, 12, 24, 48].map((hours) => hours * HOUR_MS),
];

function timeLabel(ms: number): string {
  if (ms === 0) return '0';
  if (ms % HOUR_MS === 0) return `${ms / HOUR_MS} h`;
  return ms % MINUTE_MS === 0 ? `${ms / MINUTE_MS} min` : `${ms / 1000} s`;
}

function latencyLabel(ms: number): string {
  if (ms < 0.1) return `${Number((ms * 1000).toPrecision(3))} µs`;
  return ms < 1000 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms / 1000).toPrecision(3))} s`;
}

/** Short enough to stand beside an axis: `2,500`, `25k`, `1.5M`. */
function shortCount(count: number): string {
  if (count >= 1e6) return `${Number((count / 1e6).toPrecision(3))}M`;
  return count >= 10_000 ? `${Number((count / 1000).toPrecision(3))}k` : formatCount(count);
}

/** The next of 1, 2, 2.5, 5 times a power of ten. */
function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 2.5, 5].find((multiple) => multiple * power >= value * 0.999999) ?? 10);
}
