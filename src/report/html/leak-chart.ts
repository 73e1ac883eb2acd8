/**
 * What a process kept, cycle by cycle: its memory and its descriptors when all connections were closed.
 */

import { formatBytes, formatCount } from '../../base/units.ts';
import type { Usage } from '../../model/leak.ts';
import type { LeakProcess, Phase } from '../../model/record.ts';
import { nameOf } from '../leak.ts';
import { shown } from '../value.ts';
import { figure } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { FRAME, type Frame, HEIGHT, line, lineSwatch, xAxis, yAxis } from './plot.ts';
import { linearScale } from './scale.ts';

/** Two panels above one another: bytes and descriptors have no scale in common. */
const UPPER: Frame = { ...FRAME, bottom: 148 };
const LOWER: Frame = { ...FRAME, top: 206, bottom: HEIGHT - 46 };

/** A chart for each process of a soak. */
export function leakCharts({ leak }: Phase, idOf: (key: string) => string): Markup[] {
  return (leak?.processes ?? []).map((process, index) => leakChart(process, idOf(`leak-${index}`)));
}

function leakChart(process: LeakProcess, id: string): Markup {
  const { baseline, cycles, cyclesDropped } = process;
  const ends: Usage[] = [baseline, ...cycles];
  const points = (of: (end: Usage) => number | null) => ends.map((end, x) => ({ x, y: of(end) }));
  const grown = points(({ memoryBytes }) =>
    memoryBytes === null ? null : Math.max(0, memoryBytes - (baseline.memoryBytes ?? 0)) / 1024,
  );
  const open = points(({ openDescriptors }) => openDescriptors);
  const top = (series: { y: number | null }[]) => Math.max(0, ...series.map(({ y }) => y ?? 0));
  const x = linearScale(cycles.length, { from: FRAME.left, to: FRAME.right }, 6);
  const memory = linearScale(top(grown), { from: UPPER.bottom, to: UPPER.top }, 3);
  const descriptors = linearScale(top(open), { from: LOWER.bottom, to: LOWER.top }, 2);
  return figure({
    id,
    title: `What ${nameOf(process)} kept`,
    legend: [
      { label: 'memory', swatch: lineSwatch('s1') },
      { label: 'descriptors', swatch: lineSwatch('s2') },
    ],
    drawing: html`${yAxis(UPPER, memory, 'KB more than before the first cycle')}${line(grown, x, memory, 's1')}${yAxis(LOWER, descriptors, 'open descriptors')}${line(open, x, descriptors, 's2')}${xAxis(LOWER, x, 'cycles')}`,
    caption: `At the end of each cycle, with all connections closed. The first ${cyclesDropped} are the warm-up, which is not judged.`,
    head: ['cycle', 'connections', 'memory', 'descriptors'],
    rows: ends.map((end, i) => [
      formatCount(i),
      shown(cycles[i - 1]?.connections ?? null),
      shown(end.memoryBytes, formatBytes),
      shown(end.openDescriptors),
    ]),
  });
}
