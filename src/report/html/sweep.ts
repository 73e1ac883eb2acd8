/**
 * A sweep over reconnect policies: what is recommended, how the clients came back by each, and the code for it.
 */

import { formatMs } from '../../base/units.ts';
import { backoffInWords } from '../../model/backoff.ts';
import type { Herd, Phase } from '../../model/record.ts';
import type { Sweep } from '../../model/sweep.ts';
import { herdNames } from '../comparison.ts';
import { RECOMMENDED, sweepSentences, sweepSnippet, sweepTable } from '../sweep.ts';
import { figure } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { FRAME, type Frame, HEIGHT, line, lineSwatch, xAxis, yAxis } from './plot.ts';
import { linearScale, timeScale } from './scale.ts';
import { block, table } from './table.ts';

const UPPER: Frame = { ...FRAME, bottom: 148 };
const LOWER: Frame = { ...FRAME, top: 206, bottom: HEIGHT - 46 };

/** Points of a curve; more cannot be seen. */
const POINTS = 280;

/** The sweep of a phase, or null where there was none. */
export function sweepSection(phase: Phase, idOf: (key: string) => string): Markup | null {
  const { sweep } = phase;
  if (sweep === null) return null;
  const { head, rows, texts } = sweepTable(phase, sweep);
  const body = rows.map(([policy, ...cells]) => [
    policy.startsWith(RECOMMENDED) ? html`<strong>${policy}</strong>` : policy,
    ...cells,
  ]);
  const names = herdNames(phase.herds);
  const charts = phase.generator.valid
    ? names.map((name, of) => sweepChart(sweep, of, name, idOf(`sweep-${of}`)))
    : [];
  const snippet = sweepSnippet(sweep);
  return html`<div class="sweep">${block(
    'Reconnect policies',
    html`<p>${phase.generator.valid ? sweepSentences(phase).join(' ') : null}</p>${table(head, body, texts)}
<div class="charts">${charts}</div>${
      snippet === null
        ? null
        : html`<h4>Code for a page that comes back as recommended</h4><p class="quiet">A click selects all of it.</p><pre class="snippet"><code>${lines(snippet)}</code></pre>`
    }`,
  )}</div>`;
}

/** How the clients of one herd came back by each policy: today's and the recommended one stand out. */
function sweepChart({ entries, recommended }: Sweep, of: number, name: string, id: string): Markup | null {
  const curves = entries.flatMap(({ policy, herds }, i) => {
    const herd = herds[of];
    if (herd === undefined || herd.affected === 0) return [];
    const style = i === recommended ? 's1' : i === 0 ? 's2' : 'other';
    return [{ herd, style, name: backoffInWords(policy) }];
  });
  if (curves.length === 0) return null;
  const endMs = Math.max(...curves.map(({ herd }) => (herd.t100Ms ?? herd.observedMs) + 200));
  const atMs = Array.from({ length: POINTS + 1 }, (_, i) => (i / POINTS) * endMs);
  const back = curves.map(({ herd }) => atMs.map((ms) => backPercent(herd, ms)));
  const rates = curves.map(({ herd }) => atMs.map((ms) => attemptsPerS(herd, ms)));
  const x = timeScale(endMs, { from: FRAME.left, to: FRAME.right });
  const share = linearScale(100, { from: UPPER.bottom, to: UPPER.top }, 4);
  const rate = linearScale(Math.max(0, ...rates.flat()), { from: LOWER.bottom, to: LOWER.top }, 2);
  const points = (values: number[]) => values.map((y, i) => ({ x: atMs[i], y }));
  // Those that matter are drawn last, on top of the others.
  const order = curves.map((_, i) => i).sort((a, b) => rank(curves[a].style) - rank(curves[b].style));
  return figure({
    id,
    title: `Return after the ${name}, by reconnect policy`,
    legend: [...new Set(order.toReversed().map((i) => curves[i].style))].map((style) => ({
      label:
        style === 'other'
          ? 'the other policies'
          : `${labelOf(style, recommended)}: ${curves.find((curve) => curve.style === style)?.name}`,
      swatch: lineSwatch(style),
    })),
    drawing: html`${yAxis(UPPER, share, '% of the clients back')}${order.map((i) => line(points(back[i]), x, share, curves[i].style))}${yAxis(LOWER, rate, 'attempts in the second before')}${order.map((i) => line(points(rates[i]), x, rate, curves[i].style))}${xAxis(LOWER, x, 'since the server accepts again')}`,
    caption:
      'Each policy broke the same clients in the same way. A line that rises evenly and soon is a good one; a peak below it is what the server had to bear.',
    head: ['since it accepts', ...curves.map(({ name }) => name)],
    rows: atMs.map((ms, at) => [formatMs(ms), ...back.map((values) => `${values[at].toFixed(1)} %`)]),
  });
}

function rank(style: string): number {
  return ['other', 's2', 's1'].indexOf(style);
}

function labelOf(style: string, recommended: number | null): string {
  if (style === 's2') return 'today';
  return recommended === 0 ? 'today, and recommended' : 'recommended';
}

/** Clients that were back so long after the server accepted again. */
function backPercent({ affected, curve }: Herd, ms: number): number {
  const { returned, stepMs, acceptedMs } = curve;
  const step = Math.min(returned.length, Math.floor((acceptedMs + ms) / stepMs)) - 1;
  return (100 * (returned[step] ?? 0)) / affected;
}

/** Attempts in the second until then, without those that nobody heard. */
function attemptsPerS({ curve: { attempts, stepMs, acceptedMs } }: Herd, ms: number): number {
  const from = Math.floor((acceptedMs + Math.max(0, ms - 1000)) / stepMs);
  const sum = attempts
    .slice(from, Math.floor((acceptedMs + ms) / stepMs))
    .reduce((total, count) => total + count, 0);
  return sum;
}

/** Line by line, because a line break inside of a text is not to be trusted. */
function lines(text: string): Markup[] {
  return text.split('\n').map((row) => html`${row}\n`);
}
