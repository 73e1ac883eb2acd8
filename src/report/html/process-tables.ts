/**
 * The processes of a phase: the server's, and those that put it under load.
 */

import { formatBytes, formatCount, formatMs, formatRatio } from '../../base/units.ts';
import type { Phase } from '../../model/record.ts';
import { delaysInWords, faultsInWords } from '../faults.ts';
import { calibrationInWords, secondsMarked } from '../generator.ts';
import { NOT_MEASURED, shown } from '../value.ts';
import { type Content, html, type Markup } from './markup.ts';
import { block, facts, table } from './table.ts';

/** The bundled server's processes, and how evenly its nodes were loaded. */
export function server({ server: s, topology }: Phase): Markup | null {
  if (s === null) return null;
  const processes = s.processes.map((process) => [
    process.role,
    String(process.pid),
    shown(process.cpuS, (cpuS) => formatMs(cpuS * 1000)),
    shown(process.rssBytes, formatBytes),
    shown(process.connections),
  ]);
  const totals = facts([
    ['CPU time', shown(s.cpuS, (cpuS) => formatMs(cpuS * 1000))],
    ['memory, at most', shown(s.rssBytes, formatBytes)],
    ['memory per connection', shown(s.bytesPerConnection, formatBytes)],
    ['– with all that its processes hold', shown(s.processBytesPerConnection, formatBytes)],
    ['kernel memory per connection', shown(s.kernelBytesPerConnection, formatBytes)],
    ['event loop lag, worst second', shown(s.eventLoopLagMs, formatMs)],
    ['messages dropped', shown(s.dropped)],
    ...faults(s),
    ...load(topology),
  ]);
  return block(
    'Server',
    processes.length === 0
      ? totals
      : html`${totals}${table(['process', 'pid', 'CPU time', 'memory', 'connections'], processes)}`,
  );
}

/** What the server did wrong because it was asked to. */
function faults({ faults, imposedDelayMs }: NonNullable<Phase['server']>): [string, Content][] {
  const counts = faultsInWords(faults);
  if (counts === null) return [];
  const delays = imposedDelayMs === null ? [] : [delaysInWords(imposedDelayMs)];
  return [['faults that were asked for', [counts, ...delays].join('; ')]];
}

/** The process that measured, and whether it was fit to. */
export function generator(phase: Phase): Markup {
  const { generator: g } = phase;
  return block(
    'Load generator',
    facts([
      ['valid', g.valid ? 'yes' : `no: ${g.reasons.join('; ')}`],
      ['seconds marked', shown(g.markedSeconds, (marked) => secondsMarked(marked, g.judgedSeconds))],
      ['messages sent of those due', shown(g.offeredRatio, formatRatio)],
      ['sent late, p50', shown(g.latenessMs.p50, formatMs)],
      ['sent late, p99', shown(g.latenessMs.p99, formatMs)],
      ['busiest event loop', shown(g.eluMax, formatRatio)],
      ['of what it can do', calibrationInWords(phase) ?? NOT_MEASURED],
      ['CPU time', shown(g.cpuS, (cpuS) => formatMs(cpuS * 1000))],
      ['memory, at most', shown(g.rssBytes, formatBytes)],
      ['memory per connection', shown(g.bytesPerConnection, formatBytes)],
      ['– with all that its processes hold', shown(g.processBytesPerConnection, formatBytes)],
      ['kernel memory per connection', shown(g.kernelBytesPerConnection, formatBytes)],
      ['processes and threads', `${formatCount(g.hosts)} and ${formatCount(g.workers)}`],
    ]),
  );
}

/** More nodes than this are not told one by one. */
const MAX_NODES = 16;

function load({ balance }: Phase['topology']): [string, Content][] {
  if (balance === null) return [];
  const { connections, worstDeviationRatio } = balance;
  const more = connections.length - MAX_NODES;
  const told = connections.slice(0, MAX_NODES).map((count) => formatCount(count));
  return [
    ['connections of each node, at their most', [...told, ...(more > 0 ? [`${more} more`] : [])].join(' · ')],
    ['farthest from their mean', formatRatio(worstDeviationRatio)],
  ];
}
