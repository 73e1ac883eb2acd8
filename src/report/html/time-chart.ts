/**
 * Lines over the time of a phase: connections, messages, connects, and the server's processor and memory.
 */

import { formatCount } from '../../base/units.ts';
import type { Phase, TimelineRow } from '../../model/record.ts';
import { hasRooms } from '../rooms.ts';
import { NOT_MEASURED, shown } from '../value.ts';
import { figure } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { FRAME, line, lineSwatch, xAxis, yAxis } from './plot.ts';
import { linearScale } from './scale.ts';
import { backdrop, backdropLegend, phaseTime, stagesInWords } from './stages.ts';

interface Series {
  name: string;
  of: (row: TimelineRow) => number | null;
}

interface TimeChart {
  key: string;
  title: string;
  unit: string;
  series: Series[];
  caption: (phase: Phase) => string;
}

const MEBIBYTE = 2 ** 20;

const CHARTS: TimeChart[] = [
  {
    key: 'connections',
    title: 'Connections',
    unit: 'connections',
    series: [{ name: 'connected', of: (row) => row.connected }],
    caption: (phase) => `Open connections at each second. The stages began at: ${stagesInWords(phase)}.`,
  },
  {
    key: 'messages',
    title: 'Messages',
    unit: 'messages per second',
    series: [
      { name: 'sent', of: (row) => row.sent },
      { name: 'received', of: (row) => row.received },
      { name: 'due', of: (row) => row.due },
    ],
    caption: (phase) =>
      `Where more was due than was sent, clients were away or the generator was late.${hasRooms(phase) ? ' What is sent to a room is received by each of its members.' : ''}`,
  },
  {
    key: 'connects',
    title: 'Connects',
    unit: 'connects per second',
    series: [
      { name: 'attempts', of: (row) => row.attempts },
      { name: 'established', of: (row) => row.established },
      { name: 'failed', of: (row) => row.failed },
    ],
    caption: () => 'Attempts to connect, first ones and those after a loss, and what became of them.',
  },
  {
    key: 'server-cpu',
    title: 'Server CPU',
    unit: '% of one core',
    series: [
      { name: 'server', of: (row) => (row.serverCpuRatio === null ? null : row.serverCpuRatio * 100) },
    ],
    caption: () => 'All processes of the server together.',
  },
  {
    key: 'server-memory',
    title: 'Server memory',
    unit: 'MB resident',
    series: [
      { name: 'server', of: (row) => (row.serverRssBytes === null ? null : row.serverRssBytes / MEBIBYTE) },
    ],
    caption: () => 'All processes of the server together.',
  },
];

/** The charts over time that have something to show. */
export function timeCharts(phase: Phase, idOf: (key: string) => string): Markup[] {
  const { timeline } = phase;
  return CHARTS.filter(({ series }) => timeline.some((row) => series.some(({ of }) => of(row) !== null))).map(
    (chart) => timeChart(phase, chart, idOf(chart.key)),
  );
}

function oneDecimal(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}

function timeChart(phase: Phase, { title, unit, series, caption }: TimeChart, id: string): Markup {
  const rows = phase.timeline;
  const highest = rows.reduce((max, row) => Math.max(max, ...series.map(({ of }) => of(row) ?? 0)), 0);
  const x = phaseTime(rows, FRAME);
  const y = linearScale(highest, { from: FRAME.bottom, to: FRAME.top });
  const lines = series.map(({ of }, index) =>
    line(
      rows.map((row) => ({ x: row.tMs, y: of(row) })),
      x,
      y,
      `s${index + 1}`,
    ),
  );
  return figure({
    id,
    title,
    legend: [
      ...series.map(({ name }, index) => ({ label: name, swatch: lineSwatch(`s${index + 1}`) })),
      ...backdropLegend(phase),
    ],
    drawing: html`${backdrop(phase, FRAME, x)}${yAxis(FRAME, y, unit)}${lines}${xAxis(FRAME, x, 'since the phase began')}`,
    caption: caption(phase),
    head: ['second', 'stage', ...series.map(({ name }) => `${name}, ${unit}`), 'valid'],
    rows: rows.map((row) => [
      formatCount(row.tMs / 1000),
      row.stage,
      ...series.map(({ of }) => shown(of(row), oneDecimal)),
      row.valid ? 'yes' : `no: ${row.marks.join(', ') || NOT_MEASURED}`,
    ]),
    texts: [1, series.length + 2],
  });
}
