/**
 * The numbers of a phase that are not drawn.
 */

import { formatBytes, formatCount, formatMs } from '../../base/units.ts';
import type { Herd, Phase, Summary } from '../../model/record.ts';
import { herdNames } from '../comparison.ts';
import { RECIPIENTS } from '../rooms.ts';
import { NOT_MEASURED, shown, trusted } from '../value.ts';
import { carriage } from './carriage-table.ts';
import { ceilingSteps, rateCeilingSteps } from './ceiling-table.ts';
import { delivery } from './delivery-table.ts';
import { edge } from './edge-table.ts';
import { leaks } from './leak-table.ts';
import { type Content, html, type Markup } from './markup.ts';
import { memory } from './memory-table.ts';
import { ordering } from './order-table.ts';
import { generator, server } from './process-tables.ts';
import { regions } from './region-table.ts';
import { rooms } from './room-table.ts';
import { routes } from './route-table.ts';
import { block, facts, table } from './table.ts';

/** All tables of a phase that have something to say. */
export function phaseTables(phase: Phase): Markup {
  return html`<div class="tables">${[
    latencies(phase),
    ceilingSteps(phase),
    rateCeilingSteps(phase),
    herds(phase),
    regions(phase),
    routes(phase),
    ordering(phase),
    rooms(phase),
    delivery(phase),
    carriage(phase),
    edge(phase),
    messages(phase),
    failures(phase),
    closes(phase),
    server(phase),
    generator(phase),
    memory(phase),
    leaks(phase),
  ]}</div>`;
}

function latencies(phase: Phase): Markup {
  const { connect, latency, fanout } = phase;
  const rows: [string, Summary][] = [
    ['connect', connect.latencyMs],
    ['response', latency.responseMs],
    ['service', latency.serviceMs],
  ];
  if (latency.oneWayMs !== null) rows.push(['one way', latency.oneWayMs]);
  if (fanout !== null) {
    for (const { name, of } of RECIPIENTS) rows.push([`${name} recipient`, of(fanout)]);
  }
  const head = ['', 'count', 'min', 'mean', 'p50', 'p90', 'p99', 'p99.9', 'max'];
  const cells = ({ min, mean, p50, p90, p99, p999, max }: Summary) =>
    [min, mean, p50, p90, p99, p999, max].map((ms) => trusted(phase, shown(ms, formatMs)));
  return block(
    'Latencies',
    table(
      head,
      rows.map(([name, summary]) => [name, formatCount(summary.count), ...cells(summary)]),
    ),
  );
}

function herds(phase: Phase): Markup | null {
  if (phase.herds.length === 0) return null;
  const time = (of: (herd: Herd) => number | null) => (herd: Herd) =>
    trusted(phase, shown(of(herd), formatMs));
  const count = (of: (herd: Herd) => number | null) => (herd: Herd) => shown(of(herd));
  const rows: [string, (herd: Herd) => Content][] = [
    ['clients broken', count((herd) => herd.affected)],
    ['outage', time((herd) => herd.outageMs)],
    ['50 % back', time((herd) => herd.t50Ms)],
    ['95 % back', time((herd) => herd.t95Ms)],
    ['99 % back', time((herd) => herd.t99Ms)],
    ['all back', time((herd) => herd.t100Ms)],
    ['a share counts once it held', (herd) => formatMs(herd.heldMs)],
    ['watched', (herd) => formatMs(herd.observedMs)],
    ['never returned', count((herd) => herd.neverReturned)],
    ['attempts', count((herd) => herd.attempts)],
    ['failed attempts', (herd) => countLines(herd.failed)],
    ['attempts per return', (herd) => shown(herd.amplification, (value) => value.toFixed(2))],
    ['most attempts in a second', (herd) => trusted(phase, shown(herd.peakAttemptsPerS))],
    ['messages lost', count((herd) => herd.lost)],
    ['messages recovered', count((herd) => herd.recovered)],
    ['bystanders', count((herd) => herd.collateral.clients)],
    ['errors of bystanders', count((herd) => herd.collateral.errors)],
    ['response p99 of bystanders', time((herd) => herd.collateral.responseMs.p99)],
    ['recovers by itself', (herd) => yesOrNo(herd.metastable === null ? null : !herd.metastable)],
    ['recommended reconnect window', time((herd) => herd.recommendedWindowMs)],
  ];
  const head = ['', ...herdNames(phase.herds)];
  return block(
    'Herds',
    table(
      head,
      rows.map(([name, of]) => [name, ...phase.herds.map(of)]),
    ),
  );
}

function messages({ messages: m }: Phase): Markup {
  return block(
    'Messages',
    facts([
      ['sent', `${formatCount(m.sent)} (${formatBytes(m.sentBytes)})`],
      ['received', `${formatCount(m.received)} (${formatBytes(m.receivedBytes)})`],
      ['due but not sent', formatCount(m.dropped)],
      ['– client away', formatCount(m.droppedByCause.disconnected)],
      ['– send buffer full', formatCount(m.droppedByCause.backpressure)],
      ['– generator late', formatCount(m.droppedByCause.late)],
      ['not of this run', formatCount(m.foreign)],
      ['before they were sent, by the clocks', shown(m.negativeOneWay)],
    ]),
  );
}

function failures({ connect }: Phase): Markup {
  const rows = Object.entries(connect.failed).sort(([, a], [, b]) => b - a);
  return block(
    'Failed connects',
    rows.length === 0
      ? html`<p>None of ${formatCount(connect.attempts)} attempts failed.</p>`
      : table(
          ['error', 'connects'],
          rows.map(([name, count]) => [name, formatCount(count)]),
        ),
  );
}

function closes(phase: Phase): Markup | null {
  const rows = Object.entries(phase.closes).map(([code, { count, reasons }]) => [
    code,
    formatCount(count),
    CLOSE_CODES[code] ?? '',
    countLines(reasons),
  ]);
  return rows.length === 0
    ? null
    : block('Close codes', table(['code', 'closes', 'means', 'reasons given'], rows, [2, 3]));
}

const CLOSE_CODES: Record<string, string> = {
  1000: 'normal',
  1001: 'going away',
  1002: 'protocol error',
  1003: 'data not accepted',
  1005: 'no code given',
  1006: 'no close frame',
  1007: 'invalid data',
  1008: 'against policy',
  1009: 'too big',
  1010: 'extension missing',
  1011: 'server error',
  1012: 'service restart',
  1013: 'try again later',
  1014: 'bad gateway',
  1015: 'TLS failed',
};

/** Counts by name, the largest first, one below the other. */
function countLines(counts: Record<string, number>): Content {
  const entries = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return entries.length === 0
    ? 'none'
    : entries.map(([name, count]) => html`<div>${name}: ${formatCount(count)}</div>`);
}

function yesOrNo(value: boolean | null): string {
  return value === null ? NOT_MEASURED : value ? 'yes' : 'no';
}
