/**
 * The style sheet of report.html: light and dark, wide and narrow, screen and paper.
 */

import type { Markup } from './markup.ts';

/**
 * Blue, orange and purple stay apart for colour-blind readers, and have a contrast of 4.5:1 or more on either
 * background; dashes and marks tell the lines apart without them.
 */
export const STYLE: Markup = {
  markup: `
:root {
  --page: #ffffff; --panel: #f5f7f9; --ink: #1a2129; --quiet: #56616d; --rule: #d5dbe1; --band: #edf1f4; --storm: #fbeceb;
  --c1: #0b5cad; --c2: #b04a00; --c3: #80338f; --heat: #0b5cad;
  --good: #14713a; --bad: #b3261e; --open: #7d5700;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #11161c; --panel: #1a2129; --ink: #e8ecf0; --quiet: #9fabb8; --rule: #333d48; --band: #1c242c; --storm: #32201f;
    --c1: #70b7ff; --c2: #ffb066; --c3: #dba6f0; --heat: #4d9fee;
    --good: #63d389; --bad: #ff9188; --open: #efc45f;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 76rem; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
h1, h2, h3, h4, p, ul, dl, figure { margin: 0; padding: 0; }
ul { list-style: none; }
h1 { font-size: 2rem; line-height: 1.2; }
h2 { font-size: 1.375rem; line-height: 1.3; margin: 3rem 0 1rem; }
h3 { font-size: 1rem; margin: 0 0 .5rem; }
h4 { font-size: 1rem; }
a { color: var(--c1); }
code, pre { font: .875rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.quiet { color: var(--quiet); font-size: .875rem; }
.lead, .answer { font-size: 1.125rem; max-width: 42em; }
.answer strong { display: block; font-weight: 600; text-wrap: balance; }
.invalid { color: var(--bad); } td.invalid, dd.invalid { font-weight: 600; }
.defs { position: absolute; width: 0; height: 0; }

header .lead { margin: .5rem 0 1.5rem; }
header .answers { margin: 1.25rem 0 1.5rem; display: grid; gap: .75rem; }
header .answers li { display: grid; grid-template-columns: fit-content(12rem) 1fr; gap: 0 1.25rem; align-items: baseline; }
header .answers a { font-weight: 600; min-width: 5rem; overflow-wrap: anywhere; }
header .answer { max-width: 54rem; }
header .answer strong { font-size: 1.5rem; line-height: 1.3; }
.verdict { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; padding: .75rem 1rem; border-radius: 6px; background: var(--panel); border-left: 6px solid var(--status); }
.verdict strong { color: var(--status); font-size: 1.25rem; }
.pass { --status: var(--good); } .fail { --status: var(--bad); } .inconclusive { --status: var(--open); }
.status { color: var(--status); font-weight: 600; white-space: nowrap; }

.scroll { overflow-x: auto; }
table { overflow-wrap: normal; border-collapse: collapse; font-size: .875rem; line-height: 1.4; }
th, td { padding: .3rem .75rem; text-align: right; white-space: nowrap; vertical-align: top; border-bottom: 1px solid var(--rule); }
.text { text-align: left; white-space: normal; min-width: 8rem; overflow-wrap: anywhere; }
th:first-child { text-align: left; padding-left: 0; font-weight: 400; white-space: normal; }
thead th { color: var(--quiet); font-weight: 600; vertical-align: bottom; }
thead th:first-child { font-weight: 600; }
.compared table { font-size: .9375rem; width: 100%; }
.compared th, .compared td { padding-inline: .5rem; }
.compared td { white-space: normal; }
.compared tbody th { white-space: nowrap; }
.compared th:first-child { position: sticky; left: 0; background: var(--page); }
.deltas table { margin: .75rem 0 1.5rem; } .deltas li { max-width: 60em; }
.glance dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 14rem), 1fr)); gap: 0 2rem; }
.glance dl > div { display: block; padding: .6rem 0; border: 0; border-top: 1px solid var(--rule); }
.glance dd { text-align: left; font-size: 1.125rem; line-height: 1.3; }

.findings { display: grid; gap: 1.25rem; }
.findings li { padding-left: 1rem; border-left: 3px solid var(--severity); max-width: 60em; }
.findings h3 { margin: 0; } .severity { color: var(--severity); font-size: .875rem; font-weight: 600; }
.info { --severity: var(--c1); } .warning { --severity: var(--open); } .error { --severity: var(--bad); }

.phase { border-top: 2px solid var(--rule); margin-top: 3.5rem; }
.phase h2 { margin-top: 1.5rem; margin-bottom: .5rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: 2.5rem 2rem; margin: 2rem 0 3rem; }
.note { grid-column: 1 / -1; color: var(--quiet); }
figure { min-width: 0; container-type: inline-size; }
figcaption { color: var(--quiet); font-size: .8125rem; margin-top: .25rem; max-width: 44em; }
.legend { display: flex; flex-wrap: wrap; gap: 0 1.25rem; font-size: .8125rem; min-height: 1.5rem; margin: .25rem 0 .5rem; }
.legend li { display: flex; align-items: center; gap: .4rem; }
.legend svg { width: 28px; height: 14px; flex: none; }
details { margin-top: .5rem; font-size: .875rem; }
summary { cursor: pointer; color: var(--quiet); }
details .scroll { max-height: 22rem; overflow-y: auto; margin-top: .5rem; }

svg.chart { display: block; width: 100%; height: auto; }
.chart text { font-size: 12px; fill: var(--quiet); }
.chart .y { text-anchor: end; dominant-baseline: central; }
.chart .x { text-anchor: middle; } .chart .x.end { text-anchor: end; }
.chart .stage { text-anchor: middle; }
.chart .unit { fill: var(--ink); }
.grid { stroke: var(--rule); fill: none; } .base, .tick { stroke: var(--quiet); fill: none; }
.band { fill: var(--band); stroke: var(--page); } .band.hold { fill: none; } .band.storm { fill: var(--storm); }
.plain .band { fill: none; stroke: var(--rule); }
.other { stroke: var(--quiet); opacity: .55; } .series.other { stroke-width: 1.25; }
.sweep { margin-bottom: 3rem; } .sweep p { max-width: 42em; margin-bottom: .5rem; } .sweep pre { white-space: pre; margin-top: .5rem; } .snippet code { user-select: all; }
.sweep .charts { grid-template-columns: repeat(auto-fill, minmax(min(100%, 28rem), 1fr)); margin: 1.5rem 0; }
.halo { fill: none; stroke: var(--page); stroke-width: 4; stroke-linejoin: round; }
.series { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.s1 { stroke: var(--c1); --mark: var(--c1); }
.s2 { stroke: var(--c2); --mark: var(--c2); } .series.s2 { stroke-dasharray: 7 4; }
.s3 { stroke: var(--c3); --mark: var(--c3); } .series.s3 { stroke-dasharray: 1 5; stroke-width: 2.5; }
.mark { fill: var(--page); stroke-width: 2; }
.break { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 4 3; fill: none; }
.hatch { fill: url(#hatch); } .hatching { stroke: var(--bad); stroke-width: 2; fill: none; }
.outage { fill: var(--bad); fill-opacity: .18; }
.interval { fill: var(--c1); fill-opacity: .16; stroke: none; } .series.s1.beyond { stroke-dasharray: 7 4; }
.asked { stroke: var(--quiet); stroke-dasharray: 2 4; fill: none; }
.bars { fill: var(--c2); fill-opacity: .55; stroke: none; }
.heat { fill: var(--heat); }
.h1 { fill-opacity: .12; } .h2 { fill-opacity: .24; } .h3 { fill-opacity: .38; } .h4 { fill-opacity: .54; }
.h5 { fill-opacity: .74; } .h6 { fill-opacity: 1; }
@container (max-width: 26rem) {
  .chart text { font-size: 17px; }
  .chart .wide { display: none; }
}

.plan-tables { display: grid; gap: 2.25rem; } .plan-tables > section { min-width: 0; }
.unknown { list-style: disc; padding-left: 1.25rem; margin-top: .75rem; max-width: 44em; color: var(--quiet); font-size: .875rem; }
.plan-tables p { max-width: 42em; margin-bottom: .5rem; font-size: .875rem; } .plan-tables table { width: 100%; }
.plan-tables .text:last-child { min-width: 16rem; }
.tables { columns: 28rem 2; column-gap: 2rem; }
.tables > section { break-inside: avoid; padding-bottom: 2.25rem; }
.tables > section:first-child { column-span: all; }
.tables p { max-width: 42em; margin-bottom: .5rem; font-size: .875rem; }
.tables dl + .scroll, .tables .scroll + dl { margin-top: 1rem; }
.tables table { width: 100%; }
dl { font-size: .875rem; }
.columns dl { columns: 22rem 2; column-gap: 2rem; }
dl > div { break-inside: avoid;  display: flex; justify-content: space-between; gap: 1rem; padding: .3rem 0; border-bottom: 1px solid var(--rule); }
dt { color: var(--quiet); } dd { margin: 0; text-align: right; }
pre { background: var(--panel); padding: .75rem 1rem; border-radius: 6px; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }

@media (max-width: 40rem) {
  body { padding: 1.25rem 1rem 3rem; }
  h1 { font-size: 1.625rem; }
  header .answers li { grid-template-columns: 1fr; }
  .compared table { font-size: .875rem; }
  .compared tbody th { white-space: normal; }
  header .answer { max-width: 54rem; }
header .answer strong { font-size: 1.25rem; }
}
@media print {
  :root {
    --page: #fff; --panel: #fff; --ink: #000; --quiet: #444; --rule: #bbb; --band: #eee; --storm: #f6e9e8;
    --c1: #0b5cad; --c2: #b04a00; --c3: #80338f; --heat: #0b5cad; --good: #14713a; --bad: #b3261e; --open: #7d5700;
  }
  @page { margin: 14mm; }
  html { font-size: 72%; }
  body { max-width: none; padding: 0; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .charts { grid-template-columns: 1fr 1fr; gap: 1.25rem; }
  figure details { display: none; }
  .phase { break-before: page; border: 0; margin-top: 0; }
  .scroll { overflow: visible; }
  figure, tr, li, dl > div, pre { break-inside: avoid; }
  h2, h3, h4 { break-after: avoid; }
}
`,
};
