/**
 * report.html: one file that needs no script, no network and no other file. The answers come first, then what they
 * rest on.
 */

import { formatBytes, formatCount, formatMs } from '../../base/units.ts';
import type { PricedPlan } from '../../cost/choose.ts';
import type { Finding, Phase, RunRecord } from '../../model/record.ts';
import { comparisonRows } from '../comparison.ts';
import { briefly, verdictSentence } from '../sentence.ts';
import { NOT_MEASURED, ruleValue } from '../value.ts';
import { answer } from './answer.ts';
import { deltaSection } from './delta.ts';
import { type Content, html, type Markup } from './markup.ts';
import { phaseSection } from './phase.ts';
import { planSection } from './plan.ts';
import { STYLE } from './style.ts';
import { facts, table } from './table.ts';

/**
 * The record as a web page.
 * @param plan a capacity plan that was made of it, if one was asked for
 */
export function toHtml(record: RunRecord, plan: PricedPlan | null = null): string {
  const { run, phases, verdict } = record;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${run.name}: ${verdict.status} – wsscale</title>
<style>${STYLE}</style>
</head>
<body>
${patterns()}
${header(record)}
<main>
${plan === null ? null : planSection(plan)}
${comparison(phases)}
${deltaSection(record)}
${rules(record)}
${findings(record.findings)}
${phases.map(phaseSection)}
${environment(record)}
${scenario(record)}
</main>
</body>
</html>
`;
  return page.markup;
}

/** Hatching for all charts, defined once. */
function patterns(): Markup {
  return html`<svg class="defs" aria-hidden="true"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatching" d="M0 0V6"/></pattern></defs></svg>`;
}

const VERDICTS = { pass: '✓ Pass', fail: '✗ Fail', inconclusive: '? Inconclusive' };
const STATUSES = { pass: '✓ pass', fail: '✗ fail', inconclusive: '? inconclusive' };
const SEVERITIES = { info: 'Note', warning: 'Warning', error: 'Error' };

function header(record: RunRecord): Markup {
  const { run, phases, verdict } = record;
  const answers = phases.map(
    (phase, index) => html`<li><a href="#phase-${index}">${phase.name}</a>${answer(phase)}</li>`,
  );
  return html`
<header>
<p class="quiet">wsscale report · ${run.startedAt} · ${formatMs(run.durationMs)}</p>
<h1>${run.name}</h1>
${phases.length === 0 ? html`<p class="lead">No phase was run.</p>` : html`<ul class="answers">${answers}</ul>`}
<p class="verdict ${verdict.status}"><strong>${VERDICTS[verdict.status]}</strong> <span>${verdictSentence(record)}</span></p>
</header>`;
}

/** One phase alone needs no table. */
function comparison(phases: Phase[]): Markup | null {
  const rows = comparisonRows(phases);
  if (phases.length === 0) return null;
  if (phases.length === 1) {
    const pairs = rows.map(({ label, values }): [string, Content] => [label, values[0]]);
    return html`<section class="glance"><h2>At a glance</h2>${facts(pairs)}</section>`;
  }
  const head: Content[] = [
    '',
    ...phases.map((phase, index) => html`<a href="#phase-${index}">${phase.name}</a>`),
  ];
  const body = rows.map(({ label, values }) => [label, ...values]);
  return html`<section class="compared"><h2>Phases side by side</h2>${table(head, body)}</section>`;
}

function rules({ verdict, phases }: RunRecord): Markup | null {
  if (verdict.rules.length === 0) return null;
  const rows = verdict.rules.map((result) => [
    html`<span class="status ${result.status}">${STATUSES[result.status]}</span>`,
    html`<code>${result.rule}</code>`,
    ruleValue(result),
    briefly(result.reason ?? '', phases),
  ]);
  return html`<section><h2>Rules</h2>${table(['status', 'rule', 'observed', 'reason'], rows, [1, 3])}</section>`;
}

function findings(all: Finding[]): Markup | null {
  if (all.length === 0) return null;
  const items = all.map(
    ({ phase, severity, title, detail, evidence }) => html`
<li class="${severity}"><p class="severity">${SEVERITIES[severity]} · ${phase}</p><h3>${title}</h3>
<p>${detail}</p><p class="quiet">Evidence: ${evidence}</p></li>`,
  );
  return html`<section><h2>Findings</h2><ul class="findings">${items}</ul></section>`;
}

function environment({ host, run }: RunRecord): Markup {
  const limits = Object.entries(host.limits).map(([name, value]): [string, Content] => [
    name,
    Array.isArray(value)
      ? value.join(' to ')
      : typeof value === 'number'
        ? formatCount(value)
        : String(value ?? NOT_MEASURED),
  ]);
  return html`<section class="columns"><h2>Environment</h2>${facts([
    ['processor', host.cpuModel],
    ['cores', formatCount(host.cores)],
    ['memory', formatBytes(host.memoryBytes)],
    ['system', host.os],
    ['kernel', host.kernel],
    ['Node', host.node],
    ['wsscale', host.wsscale],
    ['run', run.id],
    ['seed', String(run.seed)],
    ...limits,
  ])}</section>`;
}

function scenario({ run, scenario: plan }: RunRecord): Markup {
  return html`<section><h2>To repeat it</h2>
<pre class="command"><code>${run.command}</code></pre>
<details><summary>The scenario as it was resolved</summary><pre>${lines(JSON.stringify(plan, null, 2))}</pre></details></section>`;
}

/** Line by line, because a line break inside of a text is not to be trusted. */
function lines(text: string): Content {
  return text.split('\n').map((line) => html`${line}\n`);
}
