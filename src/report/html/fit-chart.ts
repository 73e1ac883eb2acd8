/**
 * What was measured, the curve through it with its interval, and where the plan stands on it.
 */

import { formatBytes, formatCount, formatMs } from '../../base/units.ts';
import type { FitChart } from '../../capacity/capacity-plan.ts';
import { figure as digits } from '../plan-words.ts';
import { NOT_MEASURED } from '../value.ts';
import { figure } from './figure.ts';
import { type Content, html, type Markup } from './markup.ts';
import { areaSwatch, FRAME, line, lineSwatch, mark, place, xAxis, yAxis } from './plot.ts';
import { linearScale, type Scale } from './scale.ts';

type Quantity = FitChart['quantity'];

/** How values of a quantity are written, and by what they are divided on the axis, the largest that fits first. */
const FORMS: Record<
  Quantity,
  { title: string; format: (value: number) => string; units: [string, number][] }
> = {
  memory: {
    title: 'Memory',
    format: formatBytes,
    units: [
      ['GB', 2 ** 30],
      ['MB', 2 ** 20],
      ['KB', 2 ** 10],
    ],
  },
  processor: {
    title: 'Processor time',
    format: (cores) => `${digits(cores)} cores`,
    units: [
      ['cores', 1],
      ['% of a core', 0.01],
      ['‰ of a core', 0.001],
    ],
  },
  'latency p50': { title: 'Median response', format: formatMs, units: times() },
  'latency p99': { title: '99th percentile of responses', format: formatMs, units: times() },
  throughput: { title: 'Throughput', format: formatCount, units: [['messages/s', 1]] },
};

function times(): [string, number][] {
  return [
    ['s', 1000],
    ['ms', 1],
    ['µs', 0.001],
  ];
}

/** An axis is not worth its labels with fewer steps of its unit. */
const LEAST_STEPS = 5;

/** What is farther up says that nothing is known there, and would leave no room for what is. */
const MAX_HEIGHT = 4;

export function fitChart(chart: FitChart, id: string): Markup | null {
  const { quantity, points, knee, askedAt, xLabel, yLabel } = chart;
  if (chart.curve.length === 0) return null;
  const { title, format } = FORMS[quantity];
  const asked = askedAt === null ? null : onCurve(chart, askedAt);
  const { x, y, unit, top } = axesOf(chart, asked);
  const curve = chart.curve.filter((point) => point.low <= top);
  const measuredTo = Math.max(...points.map((point) => point.x));
  const within = curve.filter((point) => point.x <= measuredTo);
  const turn = onCurve(chart, measuredTo);
  const beyond = curve.filter((point) => point.x > measuredTo);
  const isBeyond = turn !== null && beyond.length > 0;
  const fitted = (part: readonly Fitted[]) =>
    part.map((point) => ({ x: point.x, y: point.y > top ? null : point.y }));
  return figure({
    id,
    title: `${title} by ${xLabel}`,
    legend: [
      { label: 'measured', swatch: mark('circle', 14, 7, 's2') },
      { label: 'fitted', swatch: lineSwatch('s1') },
      ...(isBeyond ? [{ label: 'beyond what was measured', swatch: lineSwatch('s1 beyond') }] : []),
      { label: '90 % of single measurements', swatch: areaSwatch('interval') },
      ...(asked === null ? [] : [{ label: 'the plan', swatch: mark('square', 14, 7, 's1') }]),
      ...(knee === null ? [] : [{ label: 'knee', swatch: mark('diamond', 14, 7, 's3') }]),
    ],
    drawing: html`${yAxis(FRAME, y, yLabel.replace(/^(bytes|cores|ms)/, unit))}${band(curve, x, y, top)}${asked === null ? null : guide(asked.x, x)}${line(fitted(isBeyond ? [...within, turn] : curve), x, y, 's1')}${
      isBeyond ? line(fitted([turn, ...beyond]), x, y, 's1 beyond') : null
    }${points.map((point) => mark('circle', x.at(point.x), y.at(point.y), 's2'))}${
      knee === null ? null : mark('diamond', x.at(knee.x), y.at(knee.y), 's3')
    }${asked === null ? null : mark('square', x.at(asked.x), y.at(asked.y), 's1')}${xAxis(FRAME, x, xLabel)}`,
    caption: caption(chart, format),
    head: [xLabel, 'what', 'measured', 'fitted', 'from', 'to'],
    rows: rowsOf(chart, format),
    texts: [1],
  });
}

interface Fitted {
  x: number;
  y: number;
  low: number;
  high: number;
}

/** The curve at any place: straight from one of its points to the next. */
function onCurve({ curve }: FitChart, x: number): Fitted | null {
  const next = curve.findIndex((point) => point.x >= x);
  if (next < 0) return null;
  const b = curve[next];
  const a = curve[Math.max(0, next - 1)];
  if (x < a.x) return null;
  const share = b.x === a.x ? 0 : (x - a.x) / (b.x - a.x);
  const between = (of: 'y' | 'low' | 'high') => a[of] + share * (b[of] - a[of]);
  return { x, y: between('y'), low: between('low'), high: between('high') };
}

/** The axes, as far as there is something to be seen. */
function axesOf({ quantity, points, curve, askedAt }: FitChart, asked: Fitted | null) {
  const known = Math.max(...points.map((point) => point.y), asked?.y ?? 0);
  const top = Math.min(MAX_HEIGHT * known, Math.max(known, ...curve.map(({ high }) => high)));
  const { units } = FORMS[quantity];
  const [unit, size] = units.find(([, one]) => top / one >= LEAST_STEPS) ?? units[units.length - 1];
  const most = Math.max(...[...curve, ...points].map((point) => point.x), askedAt ?? 0);
  const inUnits = linearScale(top / size, { from: FRAME.bottom, to: FRAME.top });
  const y: Scale = {
    at: (value) => inUnits.at(value / size),
    ticks: inUnits.ticks.map(({ value, label }) => ({ value: value * size, label })),
  };
  return { x: linearScale(most, { from: FRAME.left, to: FRAME.right }), y, unit, top };
}

function band(curve: readonly Fitted[], x: Scale, y: Scale, top: number): Markup {
  const at = (point: Fitted, value: number) =>
    `${place(x.at(point.x))} ${place(y.at(Math.min(top, Math.max(0, value))))}`;
  const above = curve.map((point) => at(point, point.high));
  const below = curve.map((point) => at(point, point.low)).reverse();
  return html`<path class="interval" d="M${[...above, ...below].join('L')}z"/>`;
}

function guide(at: number, x: Scale): Markup {
  return html`<path class="asked" d="M${x.at(at)} ${FRAME.top}V${FRAME.bottom}"/>`;
}

function caption(chart: FitChart, format: (value: number) => string): string {
  const { points, knee, askedAt, xLabel } = chart;
  const asked = askedAt === null ? null : onCurve(chart, askedAt);
  const parts = [
    `${points.length} measurements.`,
    ...(asked === null
      ? []
      : [
          `The plan puts ${digits(asked.x)} there (${xLabel}): ${format(asked.y)}, ${format(asked.low)} to ${format(asked.high)}.`,
        ]),
    ...(knee === null
      ? []
      : [`From ${digits(knee.x)} on, more load brings less than half of what the first brought.`]),
  ];
  return parts.join(' ');
}

/** All that is drawn, from left to right. */
function rowsOf(chart: FitChart, format: (value: number) => string): Content[][] {
  const { points, curve, knee, askedAt } = chart;
  const row = (at: number, what: string, measured: number | null) => {
    const fitted = onCurve(chart, at);
    return {
      at,
      cells: [
        digits(at),
        what,
        measured === null ? NOT_MEASURED : format(measured),
        ...(fitted === null
          ? [NOT_MEASURED, NOT_MEASURED, NOT_MEASURED]
          : [format(fitted.y), format(fitted.low), format(fitted.high)]),
      ],
    };
  };
  return [
    ...curve.map((point) => row(point.x, 'curve', null)),
    ...points.map(({ x, y, phase }) => row(x, phase, y)),
    ...(knee === null ? [] : [row(knee.x, 'knee', null)]),
    ...(askedAt === null ? [] : [row(askedAt, 'the plan', null)]),
  ]
    .sort((a, b) => a.at - b.at)
    .map(({ cells }) => cells);
}
