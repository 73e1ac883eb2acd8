/**
 * What a plan does and what it takes, before it is run.
 */

import { connectionsPerProcess, type OsLimits } from '../base/limits.ts';
import { redactUrl } from '../base/redact.ts';
import { formatBytes, formatCount, formatMs, formatRatio } from '../base/units.ts';
import type { HerdPlan, PhasePlan, Plan } from '../model/plan.ts';

/** Memory of one connection, kernel buffers included. Assumptions: a run measures the real figures. */
const GENERATOR_BYTES = 40 * 1024;
const SERVER_BYTES = 20 * 1024;

/** Starting and stopping the processes of a phase. */
const START_MS = 2000;
/** A search that nothing fails in: steps from an eighth up by half, each held for a second. */
const SEARCH_STEPS = 7;
const SEARCH_STEP_MS = 1500;

/** What a phase takes from this machine. */
export interface PhaseCost {
  /** Processes that hold the clients, and threads in all of them. */
  hosts: number;
  workers: number;
  /** Descriptors of generator and bundled server together. */
  descriptors: number;
  memoryBytes: number;
  messagesPerS: number;
  messages: number;
  /** If nothing fails and everybody returns at the policy's pace, and at the most. */
  typicalMs: number;
  longestMs: number;
}

/** Estimates what a phase takes. */
export function costOf(phase: PhasePlan, workers: number, limits: OsLimits): PhaseCost {
  const { clients, connectRatePerS, durationMs, drainMs, messages, topology, reconnect, herds } = phase;
  const isBundled = topology.kind !== 'target';
  const messagesPerS = clients * messages.ratePerClientPerS;
  const rampMs = (clients / connectRatePerS) * 1000;
  const searchMs = phase.ceiling ? SEARCH_STEPS * SEARCH_STEP_MS : 0;
  const steadyMs = START_MS + rampMs + searchMs + durationMs + drainMs;
  const returnMs = Math.max(reconnect.firstMs, reconnect.baseMs);
  return {
    hosts: Math.ceil(clients / connectionsPerProcess(limits)),
    workers: Math.min(workers, clients),
    descriptors: clients * (isBundled ? 2 : 1),
    memoryBytes: clients * (GENERATOR_BYTES + (isBundled ? SERVER_BYTES : 0)),
    messagesPerS,
    messages: Math.round((messagesPerS * durationMs) / 1000),
    typicalMs: herds.reduce((sum, herd) => sum + Math.min(herd.observeMs, returnMs + herd.holdMs), steadyMs),
    longestMs: herds.reduce((sum, herd) => sum + herd.observeMs, steadyMs),
  };
}

/** For people: two lines for each phase, what it does and what it costs, then the sum. */
export function describePlan(plan: Plan, limits: OsLimits): string[] {
  const costs = plan.phases.map((phase) => costOf(phase, plan.workers, limits));
  const totalMs = costs.reduce((sum, { typicalMs }) => sum + typicalMs, 0);
  const count = plan.phases.length === 1 ? 'one phase' : `${plan.phases.length} phases`;
  return [
    ...plan.phases.flatMap((phase, i) => [
      `${phase.name}: ${describePhase(phase)}`,
      `  ${describeCost(phase, costs[i])}`,
    ]),
    `${count}, about ${formatMs(totalMs)}, seed ${plan.seed}; memory is assumed to be ` +
      `${formatBytes(GENERATOR_BYTES)} a connection here and ${formatBytes(SERVER_BYTES)} in the bundled server`,
  ];
}

function describePhase(phase: PhasePlan): string {
  const { topology, messages, clients, connectRatePerS } = phase;
  const where = topology.kind === 'target' ? redactUrl(topology.url) : 'one node of the bundled server';
  const who = counted(clients, 'client connects', 'clients connect');
  const kind = `${messages.sizeBytes} bytes, ${messages.payload}, ${messages.arrival}`;
  return [
    `${who} to ${where} at ${formatCount(connectRatePerS)}/s`,
    ...(phase.ceiling ? ['search for the ceiling'] : []),
    `hold for ${formatMs(phase.durationMs)} at ${messages.ratePerClientPerS}/s each (${kind})`,
    ...phase.herds.map(describeHerd),
    `come back by ${phase.reconnect.kind}`,
  ].join('; ');
}

function describeHerd({ trigger, shareRatio, observeMs }: HerdPlan): string {
  const share = shareRatio === 1 ? '' : ` ${formatRatio(shareRatio)}`;
  return `herd ${trigger}${share}, watched for ${formatMs(observeMs)} at most`;
}

function describeCost(phase: PhasePlan, cost: PhaseCost): string {
  const isBundled = phase.topology.kind !== 'target';
  return [
    `${counted(cost.hosts, 'host process', 'host processes')} with ${counted(cost.workers, 'worker')}`,
    `${counted(cost.descriptors, 'descriptor')}${isBundled ? ', half of them in the server' : ''}`,
    `${counted(cost.messagesPerS, 'message')}/s, ${formatCount(cost.messages)} in all`,
    `about ${formatBytes(cost.memoryBytes)}`,
    describeTime(phase, cost),
  ].join('; ');
}

function describeTime({ ceiling }: PhasePlan, { typicalMs, longestMs }: PhaseCost): string {
  const longest = longestMs > typicalMs ? `, ${formatMs(longestMs)} at most` : '';
  return `about ${formatMs(typicalMs)}${longest}${ceiling ? '; more where the search finds a ceiling' : ''}`;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
