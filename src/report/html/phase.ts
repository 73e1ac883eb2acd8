/**
 * One phase of the report: its answer, its charts, its tables.
 */

import type { Phase } from '../../model/record.ts';
import { madeOf } from '../arrangement.ts';
import { herdNames } from '../comparison.ts';
import { answer } from './answer.ts';
import { heatMap } from './heat-map.ts';
import { herdChart } from './herd-chart.ts';
import { fanoutChart, latencyChart } from './latency-charts.ts';
import { leakCharts } from './leak-chart.ts';
import { html, type Markup } from './markup.ts';
import { phaseTables } from './phase-tables.ts';
import { sweepSection } from './sweep.ts';
import { timeCharts } from './time-chart.ts';

/** The section of a phase; `index` keeps its ids apart from those of the other phases, whatever their names are. */
export function phaseSection(phase: Phase, index: number): Markup {
  const idOf = (key: string) => `phase-${index}-${key}`;
  return html`
<section id="phase-${index}" class="phase">
<h2>${phase.name}</h2>
${answer(phase)}
<p class="quiet">${topologyInWords(phase)}</p>
<div class="charts">${charts(phase, idOf)}${leakCharts(phase, idOf)}</div>
${sweepSection(phase, idOf)}
${phaseTables(phase)}
</section>`;
}

/** Latencies and recovery times are drawn of valid phases only; what happened over time shows why one is not. */
function charts(phase: Phase, idOf: (key: string) => string): (Markup | null)[] {
  const overTime = timeCharts(phase, idOf);
  if (!phase.generator.valid) {
    const note = html`<p class="note">Not drawn: latencies, fan-out and the return of the herds, because the load generator could not keep up. What was recorded of them is in record.json.</p>`;
    return [note, ...overTime];
  }
  const names = herdNames(phase.herds);
  const herds = phase.herds.map((herd, index) => herdChart(herd, names[index], idOf(`herd-${index}`)));
  // Two charts stand side by side: a latency beside the load that it came with, and one herd beside another.
  const [connections = null, messages = null, connects = null, ...others] = overTime;
  const percentiles = latencyChart(phase, idOf('percentiles'));
  const heat = heatMap(phase, idOf('heat'));
  const fanout = fanoutChart(phase, idOf('fanout'));
  return fanout === null
    ? [percentiles, connections, heat, messages, ...herds, connects, ...others]
    : [percentiles, fanout, heat, connections, messages, connects, ...herds, ...others];
}

function topologyInWords({ topology }: Phase): string {
  const { kind, engine, urls } = topology;
  const parts = [
    `topology ${kind}`,
    ...(kind === 'target' ? [] : [madeOf(topology)]),
    ...(engine === null ? [] : [`engine ${engine}`]),
    ...urls.slice(0, 4),
    ...(urls.length > 4 ? [`and ${urls.length - 4} more`] : []),
  ];
  return parts.join(' · ');
}
