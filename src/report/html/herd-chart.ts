/**
 * How a herd came back: the share of its clients that were connected again, and the attempts that it took.
 */

import { formatCount, formatMs } from '../../base/units.ts';
import type { Herd } from '../../model/record.ts';
import { shown } from '../value.ts';
import { figure } from './figure.ts';
import { html, type Markup } from './markup.ts';
import {
  areaSwatch,
  FRAME,
  type Frame,
  HEIGHT,
  line,
  lineSwatch,
  type MarkShape,
  mark,
  place,
  xAxis,
  yAxis,
} from './plot.ts';
import { linearScale, type Scale, timeScale } from './scale.ts';

/** Two panels above one another, because the clients that are back and the attempts have no scale in common. */
const UPPER: Frame = { ...FRAME, bottom: 148 };
const LOWER: Frame = { ...FRAME, top: 206, bottom: HEIGHT - 46 };

const MAX_BARS = 60;

/** The recovery curve of one herd, or null where it was not recorded. */
export function herdChart(herd: Herd, name: string, id: string): Markup | null {
  const { stepMs, acceptedMs, returned, attempts } = herd.curve;
  const steps = Math.max(returned.length, attempts.length);
  if (steps === 0 || herd.affected === 0) return null;
  const x = timeScale(steps * stepMs, { from: FRAME.left, to: FRAME.right });
  const share = linearScale(100, { from: UPPER.bottom, to: UPPER.top }, 4);
  const bars = attemptBars(attempts, stepMs);
  const rate = linearScale(
    Math.max(0, ...bars.map(({ perS }) => perS)),
    { from: LOWER.bottom, to: LOWER.top },
    2,
  );
  const back = returned.map((count, i) => ({ x: (i + 1) * stepMs, y: (100 * count) / herd.affected }));
  const reached = MARKS.flatMap(({ percent, shape, of }) => {
    const ms = of(herd);
    return ms === null ? [] : [{ percent, shape, ms, atMs: acceptedMs + ms }];
  });
  return figure({
    id,
    title: `Return after the ${name}`,
    legend: [
      { label: 'clients back', swatch: lineSwatch('s1') },
      ...reached.map(({ percent, shape, ms }) => ({
        label: `${percent} % back: ${formatMs(ms)}`,
        swatch: mark(shape, 14, 7, 's1'),
      })),
      { label: 'attempts', swatch: areaSwatch('bars') },
      ...(acceptedMs > 0 ? [{ label: `outage: ${formatMs(acceptedMs)}`, swatch: areaSwatch('outage') }] : []),
    ],
    drawing: html`${outage(acceptedMs, x)}${yAxis(UPPER, share, '% of the clients back')}${line([{ x: 0, y: 0 }, ...back], x, share, 's1')}${reached.map(
      ({ percent, shape, atMs }) => mark(shape, x.at(atMs), share.at(percent), 's1'),
    )}${yAxis(LOWER, rate, 'attempts per second')}${outline(bars, x, rate)}${xAxis(LOWER, x, 'since the break')}`,
    caption: captionOf(herd),
    head: ['since the break', 'back', 'share', 'attempts'],
    rows: Array.from({ length: steps }, (_, i) => [
      formatMs((i + 1) * stepMs),
      shown(returned[i] ?? null),
      shown(returned[i] ?? null, (count) => `${((100 * count) / herd.affected).toFixed(1)} %`),
      shown(attempts[i] ?? null),
    ]),
  });
}

const MARKS: { percent: number; shape: MarkShape; of: (herd: Herd) => number | null }[] = [
  { percent: 50, shape: 'circle', of: (herd) => herd.t50Ms },
  { percent: 95, shape: 'square', of: (herd) => herd.t95Ms },
  { percent: 99, shape: 'diamond', of: (herd) => herd.t99Ms },
];

function outage(acceptedMs: number, x: Scale): Markup | null {
  if (acceptedMs <= 0) return null;
  const width = x.at(acceptedMs) - FRAME.left;
  return html`<rect class="outage" x="${FRAME.left}" y="${UPPER.top}" width="${width}" height="${LOWER.bottom - UPPER.top}"/>`;
}

interface Bar {
  fromMs: number;
  toMs: number;
  perS: number;
}

/** Attempts per second over stretches that are wide enough to be seen, and to tell a rate from single attempts. */
function attemptBars(attempts: number[], stepMs: number): Bar[] {
  const size = Math.ceil(attempts.length / MAX_BARS);
  const bars: Bar[] = [];
  for (let first = 0; first < attempts.length; first += size) {
    const group = attempts.slice(first, first + size);
    const widthMs = group.length * stepMs;
    const sum = group.reduce((total, count) => total + count, 0);
    bars.push({ fromMs: first * stepMs, toMs: first * stepMs + widthMs, perS: (sum * 1000) / widthMs });
  }
  return bars;
}

function outline(bars: Bar[], x: Scale, y: Scale): Markup {
  const steps = bars.map(
    ({ fromMs, toMs, perS }) => `L${place(x.at(fromMs))} ${place(y.at(perS))}H${place(x.at(toMs))}`,
  );
  return html`<path class="bars" d="M${x.at(0)} ${y.at(0)}${steps.join('')}V${y.at(0)}z"/>`;
}

function captionOf(herd: Herd): string {
  const never =
    herd.neverReturned === 0 ? 'all came back' : `${formatCount(herd.neverReturned)} did not come back`;
  return `${formatCount(herd.affected)} clients were broken, ${never} in ${formatMs(herd.observedMs)}. Times run from when the server accepts again. Policy: ${herd.policy}.`;
}
