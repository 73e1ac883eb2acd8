/**
 * What a plan does and what it takes, before it is run.
 */

import { connectionsPerProcess, type OsLimits } from '../base/limits.ts';
import { formatBytes, formatCount, formatMs, formatRatio } from '../base/units.ts';
import { GENERATOR_BYTES, PROCESS_BYTES, SERVER_BYTES } from '../limits/costs.ts';
import { backoffInWords } from '../model/backoff.ts';
import type { HerdPlan, MessagePlan, PhasePlan, Plan, SoakPlan, SweepPlan } from '../model/plan.ts';
import { AUTO_SHARES } from '../model/sweep.ts';
import { describeTopology } from './arrangement.ts';
import { describeDelivery } from './delivery.ts';
import { serverDescriptors, serverProcesses } from './holding.ts';

/** Starting and stopping a phase, and each process of the server beyond the first. */
const START_MS = 2000;
const PROCESS_START_MS = 500;
/** After each cycle of a soak: two looks, or as long as a process is waited for. */
const SETTLE_MS = 500;
const LONGEST_SETTLE_MS = 5000;
/**
 * A search that nothing fails in: steps from an eighth up by half, the last of them twice. Each has its trial and some time
 * around it; messages have to settle before, and to be answered after it.
 */
const SEARCH_STEPS = 8;
const SEARCH_STEP_MORE_MS = 500;
const SEARCH_FLOW_MORE_MS = 2000;

/** What a phase takes from this machine. */
export interface PhaseCost {
  /** Processes that hold the clients, and threads in all of them. */
  hosts: number;
  workers: number;
  /** Processes of the bundled server. */
  servers: number;
  /** Descriptors of generator and bundled server together, and those of the server among them. */
  descriptors: number;
  serverDescriptors: number;
  memoryBytes: number;
  /** Messages that clients send, and their copies that come back: in a broadcast, one for each member of a room. */
  messagesPerS: number;
  deliveriesPerS: number;
  messages: number;
  /** If nothing fails and everybody returns at the policy's pace, and at the most. */
  typicalMs: number;
  longestMs: number;
}

/** Estimates what a phase takes. */
export function costOf(phase: PhasePlan, workers: number, limits: OsLimits): PhaseCost {
  const { clients, connectRatePerS, durationMs, drainMs, messages, topology } = phase;
  const hosts = Math.ceil(clients / connectionsPerProcess(limits));
  const servers = serverProcesses(topology);
  const inServer = clients * serverDescriptors(topology);
  const messagesPerS = sendersOf(messages, clients) * messages.ratePerClientPerS;
  const rampMs = (clients / connectRatePerS) * 1000;
  const startMs = START_MS + PROCESS_START_MS * Math.max(0, servers - 1);
  const cycles = phase.soak?.cycles ?? 1;
  const settleMs = phase.soak === null ? 0 : (cycles + 1) * SETTLE_MS;
  const steadyMs = startMs + cycles * (rampMs + durationMs) + settleMs + searchMsOf(phase) + drainMs;
  return {
    hosts,
    workers: hosts * Math.max(1, Math.ceil(Math.min(workers, clients) / hosts)),
    servers,
    descriptors: clients + inServer,
    serverDescriptors: inServer,
    memoryBytes: clients * GENERATOR_BYTES + inServer * SERVER_BYTES + (hosts + servers) * PROCESS_BYTES,
    messagesPerS,
    // An answer for each message, or a copy for each member of its room: all clients are in one. To everyone, of all rooms.
    deliveriesPerS:
      clients * messages.ratePerClientPerS * (phase.service.audience === 'everyone' ? messages.rooms : 1),
    messages: Math.round((messagesPerS * durationMs * cycles) / 1000),
    typicalMs: steadyMs + typicalStormsMs(phase),
    longestMs: steadyMs + longestStormsMs(phase) + longestMoreMs(phase),
  };
}

/** All clients of a herd return at the pace of its policy; those that follow from the storm are taken for today's. */
function typicalStormsMs({ herds, reconnect, sweep }: PhasePlan): number {
  const swept = sweep.flatMap((policy) => (policy === 'auto' ? AUTO_SHARES.map(() => reconnect) : [policy]));
  return herds
    .flatMap((herd) => [reconnect, ...swept].map((policy) => ({ herd, policy })))
    .reduce((sum, { herd, policy }) => {
      const returnMs = Math.max(policy.firstMs, policy.baseMs);
      return sum + Math.min(herd.observeMs, returnMs + herd.holdMs);
    }, 0);
}

/** Before a herd is repeated, those that are still away are waited for as long as it is watched. */
function longestStormsMs({ herds, sweep }: PhasePlan): number {
  const repeats = sweep.reduce((sum, policy) => sum + (policy === 'auto' ? AUTO_SHARES.length : 1), 0);
  return herds.reduce((sum, { observeMs }) => sum + observeMs * (1 + 2 * repeats), 0);
}

function searchMsOf({ ceiling, rateCeiling, objective, search }: PhasePlan): number {
  if (!ceiling && !rateCeiling) return 0;
  const flowMs = objective.lossRatio === null ? 0 : SEARCH_FLOW_MORE_MS;
  return SEARCH_STEPS * (search.trialMs + SEARCH_STEP_MORE_MS + flowMs);
}

/** Each cycle of a soak may be drained, and settled, as long as that is waited for. */
function longestMoreMs({ soak, drainMs }: PhasePlan): number {
  if (soak === null) return 0;
  return (soak.cycles - 1) * drainMs + (soak.cycles + 1) * (LONGEST_SETTLE_MS - SETTLE_MS);
}

function sendersOf({ mode, rooms }: MessagePlan, clients: number): number {
  return mode === 'broadcast' ? rooms : clients;
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
      `${formatBytes(GENERATOR_BYTES)} a connection here, ${formatBytes(SERVER_BYTES)} a descriptor in the ` +
      `bundled server, and ${formatBytes(PROCESS_BYTES)} a process`,
  ];
}

function describePhase(phase: PhasePlan): string {
  const { messages, clients, connectRatePerS } = phase;
  const who = counted(clients, 'client connects', 'clients connect');
  const kind = `${messages.sizeBytes} bytes, ${messages.payload}, ${messages.arrival}`;
  return [
    `${who} to ${describeTopology(phase.topology)} at ${formatCount(connectRatePerS)}/s`,
    ...(phase.ceiling ? ['search for the ceiling'] : []),
    ...(phase.rateCeiling ? ['search for the highest rate'] : []),
    `hold for ${formatMs(phase.durationMs)} at ${messages.ratePerClientPerS}/s ${describeSenders(phase)} (${kind})`,
    ...(phase.soak === null ? [] : [describeSoak(phase.soak)]),
    ...phase.herds.map(describeHerd),
    ...(phase.sweep.length === 0 ? [] : [describeSweep(phase.sweep)]),
    ...describeDelivery(phase),
    `come back by ${phase.reconnect.kind}`,
    ...(phase.faults.length > 0 ? [`the server has ${phase.faults.join(' and ')}`] : []),
  ].join('; ');
}

function describeSenders({ messages, clients }: PhasePlan): string {
  if (messages.mode !== 'broadcast') return 'each';
  const { rooms } = messages;
  const fewest = Math.floor(clients / rooms);
  const most = Math.ceil(clients / rooms);
  const members = fewest === most ? formatCount(most) : `${formatCount(fewest)} or ${formatCount(most)}`;
  const where = rooms === 1 ? 'one room' : `each of ${formatCount(rooms)} rooms`;
  return `from one client in ${where} of ${members}`;
}

function describeSoak({ cycles, pid }: SoakPlan): string {
  const whose = pid === null ? 'the server' : `process ${pid}`;
  return `disconnect all and look at what ${whose} keeps; that ${cycles} times`;
}

function describeHerd({ trigger, shareRatio, observeMs }: HerdPlan): string {
  const share = shareRatio === 1 ? '' : ` ${formatRatio(shareRatio)}`;
  return `herd ${trigger}${share}, watched for ${formatMs(observeMs)} at most`;
}

function describeSweep(sweep: SweepPlan): string {
  const policies = sweep.map((policy) => (policy === 'auto' ? policy : backoffInWords(policy)));
  return `each herd again by ${policies.join(', ')}`;
}

function describeCost(phase: PhasePlan, cost: PhaseCost): string {
  const { mode } = phase.messages;
  const deliveries = `, ${counted(cost.deliveriesPerS, 'delivery', 'deliveries')}/s`;
  return [
    `${counted(cost.hosts, 'host process', 'host processes')} with ${counted(cost.workers, 'worker')}`,
    ...(cost.servers > 1 ? [`${formatCount(cost.servers)} server processes`] : []),
    `${counted(cost.descriptors, 'descriptor')}${inServer(cost)}`,
    `${counted(cost.messagesPerS, 'message')}/s, ${formatCount(cost.messages)} in all${mode === 'broadcast' ? deliveries : ''}`,
    `about ${formatBytes(cost.memoryBytes)}`,
    describeTime(phase, cost),
  ].join('; ');
}

function inServer({ serverDescriptors }: PhaseCost): string {
  return serverDescriptors === 0 ? '' : `, ${formatCount(serverDescriptors)} of them in the server`;
}

function describeTime({ ceiling, rateCeiling }: PhasePlan, { typicalMs, longestMs }: PhaseCost): string {
  const longest = longestMs > typicalMs ? `, ${formatMs(longestMs)} at most` : '';
  return `about ${formatMs(typicalMs)}${longest}${ceiling || rateCeiling ? '; more where the search finds a ceiling' : ''}`;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
