/**
 * What a record says of a server that a plan can be made of: what a connection and a message take, and how fast it
 * accepts. Only phases of the bundled server whose generator was valid are asked.
 */

import type { Phase, RunRecord, TimelineRow } from '../model/record.ts';
import { fitCurve, LINE } from '../stats/least-squares.ts';
import { studentQuantile } from '../stats/student.ts';

/**
 * A measured quantity, and how far the truth may be from it: the 90 % interval of a fitted slope, or else the phase that
 * is farthest from the mean; null where there is one value alone.
 */
export interface Estimate {
  value: number;
  halfWidth: number | null;
  /** What it was taken from, in words. */
  from: string;
}

export interface Measurements {
  /** Most connections that a node of a measured phase held. */
  connectionsPerNode: number;
  /** Of the server, for a connection that is idle; what the kernel keeps for one end of it apart. */
  bytesPerConnection: Estimate | null;
  kernelBytesPerConnection: Estimate | null;
  /** Processor time of the server for a message that it takes or sends. */
  cpuPerMessageS: Estimate | null;
  /** Most that were accepted in a second, over all nodes of a phase, by each. */
  acceptsPerNodePerS: Estimate | null;
  /** Where a ceiling was found on the side of the server: the lowest. */
  ceilingPerNode: Estimate | null;
}

const CONFIDENCE = 0.9;

/** @returns null if no phase of the record can be asked */
export function measurementsOf({ phases }: RunRecord): Measurements | null {
  const asked = phases.filter(({ server, generator }) => server !== null && generator.valid);
  if (asked.length === 0) return null;
  const perNode = (phase: Phase, count: number) => count / Math.max(1, phase.topology.nodes);
  return {
    connectionsPerNode: Math.max(...asked.map((phase) => perNode(phase, phase.clients.peak))),
    bytesPerConnection: estimate(asked, ({ server }) => server?.bytesPerConnection ?? null),
    kernelBytesPerConnection: estimate(asked, ({ server }) => server?.kernelBytesPerConnection ?? null),
    cpuPerMessageS: ofMessages(asked),
    acceptsPerNodePerS: best(asked, (phase) => perNode(phase, phase.connect.peakPerS ?? 0), Math.max),
    ceilingPerNode: best(
      asked.filter(({ ceiling }) => ceiling?.found === true && ceiling.limiter.side === 'server'),
      (phase) => perNode(phase, phase.ceiling?.connections ?? 0),
      Math.min,
    ),
  };
}

/** The mean over phases that tell, with its spread. */
function estimate(phases: readonly Phase[], of: (phase: Phase) => number | null): Estimate | null {
  const told = phases.flatMap((phase) => {
    const value = of(phase);
    return value === null ? [] : [{ name: phase.name, value }];
  });
  if (told.length === 0) return null;
  const from = told.map(({ name }) => name).join(', ');
  const mean = told.reduce((sum, { value }) => sum + value, 0) / told.length;
  const [least, most] = [Math.min, Math.max].map((pick) => pick(...told.map(({ value }) => value)));
  return { value: mean, halfWidth: told.length === 1 ? null : Math.max(mean - least, most - mean), from };
}

function best(
  phases: readonly Phase[],
  of: (phase: Phase) => number,
  pick: (...values: number[]) => number,
): Estimate | null {
  if (phases.length === 0) return null;
  const value = pick(...phases.map(of));
  if (value === 0) return null;
  const from = phases.find((phase) => of(phase) === value)?.name ?? '';
  return { value, halfWidth: null, from };
}

/** The slope of the server's processor time by the messages of each second: what it does without any is not in it. */
function ofMessages(phases: readonly Phase[]): Estimate | null {
  const points = phases.flatMap(({ timeline }) => timeline.filter(isQuiet).map(toPoint));
  const busy = points.filter(({ x }) => x > 0);
  if (busy.length === 0) return null;
  const from = phases.filter(({ timeline }) => timeline.some(isQuiet)).map(({ name }) => name);
  const spread = Math.max(...busy.map(({ x }) => x)) / Math.min(...busy.map(({ x }) => x));
  // Seconds that are all alike say what a message takes on the whole, and nothing of what it adds.
  if (busy.length < 3 || spread < 1.5) {
    const [messages, cpuS] = busy.reduce(([x, y], point) => [x + point.x, y + point.y], [0, 0]);
    return { value: cpuS / messages, halfWidth: null, from: from.join(', ') };
  }
  const fit = fitCurve(LINE, busy, [0, 1e-5]);
  const halfWidth = studentQuantile(0.5 + CONFIDENCE / 2, fit.degrees) * fit.standardErrors[1];
  return { value: fit.parameters[1], halfWidth, from: from.join(', ') };
}

/** A whole second in which messages flow and nobody connects. */
function isQuiet({ stage, whole, serverCpuRatio, valid }: TimelineRow): boolean {
  return stage === 'hold' && whole && valid && serverCpuRatio !== null;
}

/** Messages that the server takes or sends in a second, and what of a core it used. */
function toPoint({ sent, received, serverCpuRatio }: TimelineRow) {
  return { x: sent + received, y: serverCpuRatio ?? 0 };
}
