/**
 * What a phase says of one node, under the load that it had: one observation. Its seconds share their processes and
 * err alike, so they are no observations of their own; a phase, and another one, are.
 *
 * Of the hold, only those seconds count in which the nodes were warm. An engine compiles what runs often as it runs, so
 * the first thousands of messages of a process cost several times what all later ones do, and a plan is for nodes that
 * have run for days.
 */

import type { PhasePlan } from '../model/plan.ts';
import type { Phase, RunRecord, TimelineRow } from '../model/record.ts';
import { createHistogram, type Histogram, quantileMs } from '../stats/histogram.ts';
import { decodeHistogram } from '../stats/summary.ts';

export interface Observation {
  phase: string;
  /** Of one node. */
  connections: number;
  /** Taken and sent in a second by one node. */
  messagesPerS: number;
  /** Resident in a node's process, in the median second: what a machine of its own would hold of it. */
  memoryBytes: number | null;
  /** Of a node, 1 being one core. */
  cores: number | null;
  /** From when a message was due until its answer was there. */
  p50Ms: number | null;
  p99Ms: number | null;
  /** False where no second was warm, and all are counted. */
  isWarm: boolean;
}

/** Messages that a node has taken and sent before it is warm. */
const WARM_MESSAGES = 10_000;
/** Fewer seconds say nothing. */
const MIN_SECONDS = 3;

/**
 * The largest group of phases that are alike but for their load: arrangement, kind and size of messages. Two groups of as
 * many phases are decided by the connections that they held.
 */
export function comparablePhases({ phases, scenario }: RunRecord): Phase[] {
  const groups = new Map<string, Phase[]>();
  for (const phase of phases) {
    if (phase.server === null || !phase.generator.valid) continue;
    const key = arrangementOf(scenario.phases.find(({ name }) => name === phase.name));
    groups.set(key, [...(groups.get(key) ?? []), phase]);
  }
  const most = (group: Phase[]) => Math.max(...group.map(({ clients }) => clients.peak));
  const sorted = [...groups.values()].toSorted((a, b) => b.length - a.length || most(b) - most(a));
  return sorted[0] ?? [];
}

function arrangementOf(plan: PhasePlan | undefined): string {
  if (plan === undefined) return '';
  const { topology, messages, service, faults } = plan;
  // The number of nodes is no difference: all is told of one.
  const { nodes: _, ...kind } = { nodes: 1, ...topology };
  const { mode, sizeBytes, payload } = messages;
  return JSON.stringify([kind, mode, sizeBytes, payload, service, faults]);
}

/** @returns null if nothing was held */
export function observe(phase: Phase): Observation | null {
  const nodes = Math.max(1, phase.topology.nodes);
  const { rows, isWarm } = countedRows(phase, nodes);
  if (rows.length < MIN_SECONDS) return null;
  const mean = (of: (row: TimelineRow) => number | null) => meanOf(rows, of);
  const cores = mean(({ serverCpuRatio }) => serverCpuRatio);
  // A process that does not answer in time is missing from its second.
  const memory = medianOf(rows, ({ serverRssBytes }) => serverRssBytes);
  const response = responsesOf(rows);
  return {
    phase: phase.name,
    connections: (mean(({ connected }) => connected) ?? 0) / nodes,
    messagesPerS: (mean(({ sent, received }) => sent + received) ?? 0) / nodes,
    memoryBytes: memory === null ? null : (memory * holdersShare(phase, ({ rssBytes }) => rssBytes)) / nodes,
    cores: cores === null ? null : (cores * holdersShare(phase, ({ cpuS }) => cpuS)) / nodes,
    p50Ms: quantileMs(response, 0.5),
    p99Ms: quantileMs(response, 0.99),
    isWarm,
  };
}

/** Whole seconds of the hold in which the generator was up to it, without those before the nodes were warm. */
function countedRows({ timeline }: Phase, nodes: number): { rows: TimelineRow[]; isWarm: boolean } {
  let handled = 0;
  const warm: TimelineRow[] = [];
  const all: TimelineRow[] = [];
  for (const row of timeline) {
    if (row.stage === 'hold' && row.whole && row.valid && row.serverCpuRatio !== null) {
      all.push(row);
      if (handled / nodes >= WARM_MESSAGES) warm.push(row);
    }
    handled += row.sent + row.received;
  }
  return warm.length >= MIN_SECONDS ? { rows: warm, isWarm: true } : { rows: all, isWarm: false };
}

/** What stands behind or beside those that hold the connections is not theirs. */
const BESIDE = /(^|\/)(backend|balancer|broker|dns|postgres|redis|rooms|store)/;

/** Of what all processes of the server use, the share of those that hold connections. */
function holdersShare(
  { server }: Phase,
  of: (process: { cpuS: number | null; rssBytes: number | null }) => number | null,
): number {
  const processes = server?.processes ?? [];
  const total = sumOf(processes, of);
  const holders = sumOf(
    processes.filter(({ role }) => !BESIDE.test(role)),
    of,
  );
  return total > 0 && holders > 0 ? holders / total : 1;
}

function responsesOf(rows: readonly TimelineRow[]): Histogram {
  const all = createHistogram();
  for (const { responseHistogram } of rows) {
    if (responseHistogram === null) continue;
    const second = decodeHistogram(responseHistogram);
    for (let i = 0; i < all.length; i++) all[i] += second[i];
  }
  return all;
}

function meanOf<Item>(items: readonly Item[], of: (item: Item) => number | null): number | null {
  const values = items.flatMap((item) => of(item) ?? []);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function medianOf<Item>(items: readonly Item[], of: (item: Item) => number | null): number | null {
  const values = items.flatMap((item) => of(item) ?? []).toSorted((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? null;
}

function sumOf<Item>(items: readonly Item[], of: (item: Item) => number | null): number {
  return items.reduce((sum, item) => sum + (of(item) ?? 0), 0);
}
