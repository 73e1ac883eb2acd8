/**
 * A capacity plan for a terminal.
 */

import Table from 'cli-table3';
import { formatBytes, formatCount, formatMs, formatRatio } from '../base/units.ts';
import type { CapacityPlan } from '../capacity/plan.ts';
import type { RecoverySweep } from '../capacity/recovery.ts';
import type { Resource } from '../capacity/sizing.ts';
import type { BackoffPlan } from '../model/backoff.ts';

/** From so many users on, a service is in the next phase of the guide. */
const PHASES: [from: number, name: string][] = [
  [1_000_000, 'edge'],
  [100_000, 'regions'],
  [10_000, 'cluster'],
  [0, 'single'],
];

/** The plan in lines of no more than 80 columns. */
export function planLines(plan: CapacityPlan): string[] {
  const { demand, sizing, measured } = plan;
  const phase = PHASES.find(([from]) => demand.users >= from)?.[1] ?? 'single';
  const where = demand.regions === 1 ? '' : ` in each of ${demand.regions} regions`;
  const { perNode, broker, binding } = sizing;
  return [
    `${formatCount(demand.users)} users: ${formatCount(sizing.nodesPerRegion)} nodes${where}, of which ` +
      `${demand.spareNodes} may be lost; ${binding.name} binds.`,
    `This is the guide's phase ${phase}.`,
    '',
    ...table(
      ['resource', 'users a node', 'range', 'basis'],
      sizing.resources.map((one) => [
        `${one.name}${one === binding ? ' ←' : ''}`,
        formatCount(one.usersPerNode),
        interval(one),
        `${one.basis}: ${one.words}`,
      ]),
    ),
    '',
    `Each node then has ${formatCount(perNode.users)} users: ${[
      perNode.memoryBytes === null ? null : formatBytes(perNode.memoryBytes),
      perNode.cores === null ? null : `${perNode.cores.toFixed(2)} cores`,
      `${(perNode.networkBitsPerS / 1e6).toFixed(1)} Mbit/s`,
      `${formatCount(perNode.users + 200)} descriptors`,
    ]
      .filter((words) => words !== null)
      .join(', ')}.`,
    `Between nodes: ${formatCount(broker.publishesPerS)} messages/s published, ` +
      `${formatCount(broker.deliveriesPerS)} copies/s to nodes.`,
    ...(sizing.extrapolation > 1
      ? [
          `That is ${sizing.extrapolation.toFixed(1)} times the ${formatCount(measured.connectionsPerNode)} that were measured on a node.`,
        ]
      : []),
    ...sweepLines('When a node is lost', plan.afterNode),
    ...sweepLines('When a region is lost', plan.afterRegion),
  ];
}

function interval({ interval: known }: Resource): string {
  return known === null ? 'not known' : known.map(formatCount).join('–');
}

function sweepLines(when: string, sweep: RecoverySweep | null): string[] {
  if (sweep === null) return [];
  const { clients, acceptsPerS, today, all, recommended } = sweep;
  return [
    '',
    `${when}, ${formatCount(clients)} users come back to nodes that accept ${formatCount(acceptsPerS)}/s. Simulated:`,
    ...table(
      ['policy', '95 % back', '99 % back', 'amplification', 'peak/s'],
      all.map((one) => [
        `${policyInWords(one.policy)}${one === today ? ', as measured' : ''}${one === recommended ? ' ←' : ''}`,
        one.t95S === null ? 'never' : formatMs(one.t95S * 1000),
        one.t99S === null ? 'never' : formatMs(one.t99S * 1000),
        one.amplification.toFixed(2),
        formatCount(one.peakAttemptsPerS),
      ]),
    ),
  ];
}

function policyInWords({ kind, firstMs }: BackoffPlan): string {
  return firstMs === 0 ? kind : `${kind} over ${formatMs(firstMs)}`;
}

function table(head: string[], rows: string[][]): string[] {
  const drawn = new Table({
    head,
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    style: { head: [], border: [] },
    wordWrap: true,
    colWidths: head.length === 4 ? [19, 14, 16, 26] : [29, 11, 11, 15, 8],
  });
  drawn.push(...rows);
  return [drawn.toString()];
}

/** The plan's target utilization in words, for what stands under it. */
export function assumptionsInWords({ demand }: CapacityPlan): string {
  const { node, utilizationRatio } = demand;
  return (
    `Assumed: nodes of ${node.cores} ${node.cores === 1 ? 'core' : 'cores'}, ${formatBytes(node.memoryBytes)}, ${formatCount(node.descriptors)} descriptors and ` +
    `${(node.networkBitsPerS / 1e9).toFixed(1)} Gbit/s, each used to ${formatRatio(utilizationRatio)}.`
  );
}
