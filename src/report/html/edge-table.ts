/**
 * An edge: what happened to clients, what backends answered, and what became of the rest.
 */

import { formatCount, formatMs } from '../../base/units.ts';
import type { Phase } from '../../model/record.ts';
import { shown, trusted } from '../value.ts';
import { html, type Markup } from './markup.ts';
import { block, facts, table } from './table.ts';

const KINDS = ['connect', 'message', 'disconnect'] as const;

/** The tables, or null where there is no edge that tells. */
export function edge(phase: Phase): Markup | null {
  if (phase.edge === null) return null;
  const { gateways, backends, events, answered, failed, retried } = phase.edge;
  const { backendRestarts, queuedPeak, backendLatencyMs } = phase.edge;
  const time = (ms: number | null) => trusted(phase, shown(ms, formatMs));
  const rows = KINDS.map((kind) => [
    kind,
    ...[events, answered, failed].map((counts) => formatCount(counts[kind])),
  ]);
  return block(
    'Edge',
    html`${table(['event', 'happened', 'answered by a backend', 'failed'], rows)}${facts([
      ['gateways, and backends behind them', `${formatCount(gateways)}, ${formatCount(backends)}`],
      ['sent again to another backend', formatCount(retried)],
      ['most that waited in a gateway', formatCount(queuedPeak)],
      ['backends started anew', formatCount(backendRestarts)],
      ['answer of a backend, p50', time(backendLatencyMs.p50)],
      ['answer of a backend, p99', time(backendLatencyMs.p99)],
      ['answer of a backend, longest', time(backendLatencyMs.max)],
    ])}`,
  );
}
