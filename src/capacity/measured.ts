/**
 * What a record says of a server that a plan can be made of. Only phases of the bundled server whose generator was
 * valid are asked.
 */

import type { Phase, RunRecord } from '../model/record.ts';
import type { Prediction } from './capacity-plan.ts';
import { CONNECTIONS, extrapolationOf, type Fitted, fitOf, type Load, MESSAGES, SPREAD } from './fits.ts';
import { latencyFit } from './latency.ts';
import { meanOf, smallest } from './mean.ts';
import { comparablePhases, type Observation, observe } from './observation.ts';
import { type Throughput, throughputOf } from './throughput.ts';

/** Of one node, where nothing else is said. */
export interface Measurements {
  observations: Observation[];
  memory: Fitted | null;
  cores: Fitted | null;
  p50Ms: Fitted | null;
  p99Ms: Fitted | null;
  throughput: Throughput | null;
  /** What the kernel keeps for a connection, beside the process. */
  kernelBytesPerConnection: Prediction | null;
  /** Most that were accepted in a second: no more than were asked to come. */
  acceptsPerS: Prediction | null;
  /** Where a ceiling was found on the side of the server. */
  connectionCeiling: Prediction | null;
  /** Messages a second that its clients sent when its ceiling was found. */
  messageCeilingPerS: Prediction | null;
  /** Processor time of a broker for a message that it takes or passes on, and of a backend for an event. */
  brokerCpuS: Prediction | null;
  backendCpuS: Prediction | null;
  /** The greatest load of the phases that were fitted. */
  most: Load;
  /** Payload of their messages. */
  sizeBytes: number | null;
}

/** A process that holds nothing: of Node.js, with the program in it. */
const NODE_BASE_BYTES = 55 * 2 ** 20;

/** @returns null if no phase of the record can be asked */
export function measurementsOf(record: RunRecord): Measurements | null {
  const phases = record.phases.filter(({ server, generator }) => server !== null && generator.valid);
  if (phases.length === 0) return null;
  const alike = comparablePhases(record);
  const observations = alike.flatMap((phase) => observe(phase) ?? []);
  // A node that is busy because messages came for the first time is not like one that has run for long.
  const warm = observations.filter(({ isWarm }) => isWarm);
  const busy = warm.length > 0 ? warm : observations;
  // Who sends nothing takes no time, unless it is asked whether it is still there.
  const isPinged = alike.some(({ heartbeat }) => heartbeat !== null);
  const terms = isPinged ? [MESSAGES, SPREAD, CONNECTIONS] : [MESSAGES, SPREAD];
  const cores = fitOf(busy, (one) => one.cores, terms, 'in proportion');
  return {
    observations,
    memory: memoryOf(alike, busy),
    cores,
    p50Ms: latencyFit(busy, cores, 0.5),
    p99Ms: latencyFit(busy, cores, 0.99),
    throughput: throughputOf(phases),
    kernelBytesPerConnection: kernelOf(phases),
    acceptsPerS: acceptsOf(phases),
    connectionCeiling: smallest(phases, ({ ceiling, topology }) =>
      ceiling?.found && ceiling.limiter.side === 'server' ? ceiling.connections / topology.nodes : null,
    ),
    messageCeilingPerS: smallest(phases, ({ rateCeiling, topology }) =>
      rateCeiling?.found && rateCeiling.limiter.side === 'server'
        ? rateCeiling.messagesPerS / topology.nodes
        : null,
    ),
    brokerCpuS: meanOf(phases, brokerCpuS),
    backendCpuS: meanOf(phases, backendCpuS),
    most: {
      connections: Math.max(...alike.map((phase) => phase.clients.peak / Math.max(1, phase.topology.nodes))),
      messagesPerS: Math.max(0, ...observations.map(({ messagesPerS }) => messagesPerS)),
    },
    sizeBytes: record.scenario.phases.find(({ name }) => name === alike[0]?.name)?.messages.sizeBytes ?? null,
  };
}

/** How many times the most that was measured such a load is; messages only where some were. */
export function beyondMeasured({ most }: Measurements, load: Load): number {
  const asked = most.messagesPerS === 0 ? { ...load, messagesPerS: 0 } : load;
  return extrapolationOf([{ load: most }], asked);
}

function memoryOf(phases: readonly Phase[], observations: readonly Observation[]): Fitted | null {
  const fitted = fitOf(observations, (one) => one.memoryBytes, [CONNECTIONS, MESSAGES], 'in proportion');
  const hasInterval = fitted !== null && fitted.at({ connections: 1, messagesPerS: 0 }).low !== null;
  return hasInterval ? fitted : (memoryByGrowth(phases, observations) ?? fitted);
}

/** Of too few phases for a fit: what there was, or a bare process, and what each connection added by the scales. */
function memoryByGrowth(phases: readonly Phase[], observations: readonly Observation[]): Fitted | null {
  const growth = meanOf(phases, ({ server }) => server?.bytesPerConnection ?? null);
  if (growth === null) return null;
  const [seen] = observations.toSorted((a, b) => b.connections - a.connections);
  const held = seen?.memoryBytes ?? null;
  const base = held === null ? NODE_BASE_BYTES : Math.max(0, held - growth.value * seen.connections);
  return {
    points: observations.flatMap((one) =>
      one.memoryBytes === null ? [] : [{ load: one, y: one.memoryBytes, phase: one.phase }],
    ),
    at: ({ connections }) => ({
      ...growth,
      value: base + growth.value * connections,
      low: null,
      high: null,
      words: `${Math.round(growth.value)} bytes a connection, by its growth from none on`,
    }),
  };
}

/** Of the end that is a node's: one socket. */
function kernelOf(phases: readonly Phase[]): Prediction | null {
  // Sockets that are no multiple of the connections are those of other programs, too, and so is what they take.
  const undisturbed = phases.filter(({ memory }) => {
    const sockets = memory?.socketsPerConnection ?? 0;
    return Math.abs(sockets - Math.round(sockets)) <= 0.02;
  });
  const perSocket = ({ memory }: Phase) => memory?.kernelBytesPerSocket ?? null;
  return meanOf(undisturbed, perSocket) ?? meanOf(phases, perSocket);
}

function acceptsOf(phases: readonly Phase[]): Prediction | null {
  const perNode = ({ connect, topology }: Phase) => (connect.peakPerS ?? 0) / Math.max(1, topology.nodes);
  const best = phases.reduce((a, b) => (perNode(b) > perNode(a) ? b : a));
  if (perNode(best) === 0) return null;
  return {
    value: perNode(best),
    low: null,
    high: null,
    basis: 'measured',
    from: [best.name],
    words: 'the most that a node took in a second, which is no more than came',
  };
}

function brokerCpuS({ broker, server }: Phase): number | null {
  const operations = (broker?.published ?? 0) + (broker?.delivered ?? 0);
  return perOperation(server, /(^|\/)(broker|redis)/, operations);
}

function backendCpuS({ edge, server }: Phase): number | null {
  return perOperation(server, /(^|\/)backend/, edge?.answered.message ?? 0);
}

function perOperation(server: Phase['server'], role: RegExp, operations: number): number | null {
  const own = server?.processes.filter((process) => role.test(process.role) && process.cpuS !== null) ?? [];
  if (own.length === 0 || operations < MIN_OPERATIONS) return null;
  return own.reduce((sum, { cpuS }) => sum + (cpuS ?? 0), 0) / operations;
}

/** What a process does to start weighs too much in fewer. */
const MIN_OPERATIONS = 10_000;
