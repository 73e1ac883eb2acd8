/**
 * A capacity plan: what a record measured, what is asked for, and what follows. It is a pure function of both, so that
 * a plan can be made again from the same record, and checked.
 */

import { usageError } from '../base/errors.ts';
import { formatCount } from '../base/units.ts';
import type { RunRecord } from '../model/record.ts';
import type { CapacityPlan, Demand, FitChart } from './capacity-plan.ts';
import { chartOf, throughputChart } from './charts.ts';
import { type Load, MAX_EXTRAPOLATION } from './fits.ts';
import { inputsOf, unknownOf } from './inputs.ts';
import { lossesOf, recoveriesOf } from './loss.ts';
import { beyondMeasured, type Measurements, measurementsOf } from './measured.ts';
import { objectivesOf } from './objectives.ts';
import { loadOf, processesOf, scaled, shareOf, sizeFor } from './sizing.ts';
import type { Throughput } from './throughput.ts';
import { phaseOf, tiersOf } from './tiers.ts';

export type { CapacityPlan, Demand, Prediction } from './capacity-plan.ts';

/**
 * @param extrapolate take what was measured for more than four times of it
 * @throws a usage error if the record has nothing to plan by, or the plan is too far from what was measured
 */
export function planCapacity(record: RunRecord, demand: Demand, extrapolate: boolean): CapacityPlan {
  const measured = measurementsOf(record);
  if (measured === null || (measured.memory === null && measured.cores === null)) {
    throw usageError(
      'The record has no phase of the bundled server that a plan could be made by: it takes a valid one of 1,000 ' +
        'clients or more, or one in which messages flowed. A target is a plan of its own: its server was not looked at.',
    );
  }
  const sizing = sizeFor(demand, measured);
  const usersOfNode = demand.users / sizing.nodes;
  const load = shareOf(loadOf(demand, usersOfNode), processesOf(demand.node));
  const extrapolation = beyondMeasured(measured, load);
  if (extrapolation > MAX_EXTRAPOLATION && !extrapolate) throw tooFar(load, measured);
  const losses = lossesOf(demand, sizing);
  const recovery = recoveriesOf(record, demand, losses, measured);
  const { throughput, p50Ms, p99Ms } = measured;
  return {
    demand,
    phase: phaseOf(demand.users),
    ...sizing,
    ...tiersOf(demand, measured, sizing),
    latency: { p50Ms: p50Ms?.at(load) ?? null, p99Ms: p99Ms?.at(load) ?? null },
    throughput: throughput && throughputOfAll(throughput, sizing.nodes, processesOf(demand.node)),
    losses,
    recovery,
    objectives: objectivesOf(record, demand, measured, sizing, recovery),
    inputs: inputsOf(demand, measured, usersOfNode),
    charts: chartsOf(demand, measured, load),
    unknown: unknownOf(demand, measured),
    extrapolation,
  };
}

function throughputOfAll(
  { at, knee, peak, from, points }: Throughput,
  nodes: number,
  processes: number,
): CapacityPlan['throughput'] {
  const { y, low, high } = at(knee.x);
  const ofOne = { value: y, low, high, basis: 'measured' as const, from };
  const words = `${points.length} trials, by the scaling law, at the knee of each node`;
  return {
    messagesPerS: scaled({ ...ofOne, words }, nodes * processes),
    kneePerNodePerS: knee.x * processes,
    peakPerNodePerS: peak && peak.x * processes,
  };
}

function tooFar({ connections, messagesPerS }: Load, { most }: Measurements): Error {
  const isOfMessages = messagesPerS / Math.max(1, most.messagesPerS) > connections / most.connections;
  const [asked, measured, what] =
    isOfMessages && most.messagesPerS > 0
      ? [messagesPerS, most.messagesPerS, 'messages/s']
      : [connections, most.connections, 'users'];
  const least = formatCount(Math.ceil(asked / MAX_EXTRAPOLATION));
  return usageError(
    `The plan puts ${formatCount(asked)} ${what} on a node, and no more than ${formatCount(measured)} were measured. ` +
      `Measure ${least} or more on a node (wsscale attack), or say --extrapolate.`,
  );
}

function chartsOf(demand: Demand, measured: Measurements, load: Load): FitChart[] {
  const { memory, cores, p50Ms, p99Ms, throughput } = measured;
  return [
    chartOf('memory', 'bytes of a process', memory, 'connections', load),
    chartOf('processor', 'cores of a process', cores, 'messagesPerS', load),
    chartOf('latency p50', 'ms', p50Ms, 'messagesPerS', load),
    chartOf('latency p99', 'ms', p99Ms, 'messagesPerS', load),
    throughputChart(throughput, load.connections * demand.messagesPerUserPerS),
  ].filter((chart) => chart !== null);
}
