/**
 * A capacity plan as a section of the report: the answer, its charts, and what it rests on.
 */

import type { PricedPlan } from '../../cost/choose.ts';
import { type PlanTable, planTables } from '../plan-tables.ts';
import { furtherSentences, planSentence } from '../plan-words.ts';
import { fitChart } from './fit-chart.ts';
import { html, type Markup } from './markup.ts';
import { table } from './table.ts';

export function planSection(plan: PricedPlan): Markup {
  const style = plan.objectives.some(({ met }) => met === false) ? 'invalid' : 'valid';
  return html`
<section id="plan" class="plan">
<h2>Capacity plan</h2>
<p class="answer"><strong class="${style}">${planSentence(plan)}</strong> ${furtherSentences(plan).join(' ')}</p>
${plan.unknown.length === 0 ? null : html`<ul class="unknown">${plan.unknown.map((sentence) => html`<li>${sentence}</li>`)}</ul>`}
<div class="charts">${plan.charts.map((chart, index) => fitChart(chart, `plan-${index}`))}</div>
<div class="plan-tables">${planTables(plan, 'all').map(part)}</div>
</section>`;
}

function part({ title, words, head, rows, texts }: PlanTable): Markup {
  return html`<section><h3>${title}</h3>${words === null ? null : html`<p>${words}</p>`}${table(head, rows, texts)}</section>`;
}
