/**
 * Whether the plan keeps what is asked of it, and if not, how many nodes would.
 */

import { formatMs } from '../base/units.ts';
import type { RunRecord } from '../model/record.ts';
import type { Demand, Objective, Prediction } from './capacity-plan.ts';
import { type Loss, lossesOf, type Recoveries, recoveryOf } from './loss.ts';
import type { Measurements } from './measured.ts';
import type { RecoverySweep } from './recovery.ts';
import { loadOf, processesOf, type Sizing, shareOf } from './sizing.ts';

/** So many times the nodes of the plan are tried. */
const MOST_TIMES = 64;

export function objectivesOf(
  record: RunRecord,
  demand: Demand,
  measured: Measurements,
  sizing: Sizing,
  recovery: Recoveries,
): Objective[] {
  const { responseP99Ms, recoveryS } = demand.objective;
  return [
    ...(responseP99Ms === null ? [] : [ofResponses(demand, measured, sizing, responseP99Ms)]),
    ...(recoveryS === null ? [] : [ofRecovery(record, demand, measured, sizing, recovery, recoveryS)]),
  ];
}

function ofResponses(demand: Demand, { p99Ms }: Measurements, sizing: Sizing, limit: number): Objective {
  const asked = { name: 'response p99', limit, unit: 'ms' } as const;
  if (p99Ms === null) return notKnown(asked, 'no phase of the record has messages that were answered');
  const at = (nodesPerRegion: number) =>
    p99Ms.at(
      shareOf(loadOf(demand, demand.users / (nodesPerRegion * demand.regions)), processesOf(demand.node)),
    );
  const predicted = at(sizing.nodesPerRegion);
  if (predicted.value <= limit) return met(asked, predicted);
  const nodesPerRegion = leastNodes(sizing.nodesPerRegion, (count) => at(count).value <= limit);
  const alone = at(MOST_TIMES * sizing.nodesPerRegion).value;
  return missed(
    asked,
    predicted,
    nodesPerRegion && nodesPerRegion * demand.regions,
    `a node that has next to nothing to do takes ${formatMs(alone)}: a faster machine, or a nearer one, would help, more nodes do not`,
  );
}

/** The slowest of the losses decides, by the policy that brings its users back soonest. */
function ofRecovery(
  record: RunRecord,
  demand: Demand,
  measured: Measurements,
  sizing: Sizing,
  recovery: Recoveries,
  limit: number,
): Objective {
  const asked = { name: 'recovery', limit, unit: 's' } as const;
  const sweeps = Object.entries(recovery).flatMap(([of, sweep]: [string, RecoverySweep | null]) =>
    sweep === null ? [] : [{ of, sweep, takesS: sweep.recommended.t99S ?? Number.POSITIVE_INFINITY }],
  );
  if (sweeps.length === 0) {
    return notKnown(
      asked,
      'nobody is left to take the users, or the record does not say how fast nodes accept',
    );
  }
  const { of, sweep, takesS } = sweeps.reduce((a, b) => (b.takesS > a.takesS ? b : a));
  const [low, high] = sweep.recommended.t99RangeS;
  const predicted: Prediction = {
    ...{ value: takesS, low, high, basis: 'measured', from: measured.acceptsPerS?.from ?? [] },
    words: `99 % of the users are back after a ${of} is lost, simulated, by the policy that is recommended`,
  };
  if (takesS <= limit) return met(asked, predicted);
  // A storm lasts as long as the nodes need to take it, so what it lasts beyond that is kept while nodes are added.
  const beyond = takesS / sweep.windowS;
  const lossOf = (count: number) => lossAt(demand, sizing, count, of);
  const paceS = ({ users, survivors }: Loss) =>
    users / survivors / processesOf(demand.node) / (measured.acceptsPerS?.value ?? 0);
  let nodesPerRegion = leastNodes(sizing.nodesPerRegion, (count) => {
    const loss = lossOf(count);
    return loss !== undefined && beyond * paceS(loss) <= limit;
  });
  if (nodesPerRegion !== null) {
    const loss = lossOf(nodesPerRegion);
    const checked = loss && recoveryOf(record, demand, loss, measured);
    if ((checked?.recommended.t99S ?? Number.POSITIVE_INFINITY) > limit) nodesPerRegion = null;
  }
  return missed(
    asked,
    predicted,
    nodesPerRegion && nodesPerRegion * demand.regions,
    'clients wait between two attempts for longer than that, however many nodes there are: a shorter cap or first delay would help',
  );
}

function lossAt(demand: Demand, sizing: Sizing, nodesPerRegion: number, of: string): Loss | undefined {
  const nodes = nodesPerRegion * demand.regions;
  return lossesOf(demand, { ...sizing, nodesPerRegion, nodes }).find((loss) => loss.of === of);
}

/** By doubling, and then by halves: what more nodes keep, still more keep, too. */
function leastNodes(from: number, keeps: (count: number) => boolean): number | null {
  let low = from;
  let high = from;
  while (!keeps(high)) {
    low = high;
    high *= 2;
    if (high > MOST_TIMES * from) return null;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (keeps(middle)) high = middle;
    else low = middle;
  }
  return high;
}

type Asked = Pick<Objective, 'name' | 'limit' | 'unit'>;

function notKnown(asked: Asked, words: string): Objective {
  return { ...asked, predicted: null, met: null, metByNodes: null, words };
}

function met(asked: Asked, predicted: Prediction): Objective {
  const isSure = predicted.high !== null && predicted.high <= asked.limit;
  const words = isSure
    ? 'kept, with the whole of the interval'
    : predicted.high === null
      ? 'kept, but how sure that is is not known'
      : `kept, but up to ${formatMs(predicted.high * (asked.unit === 's' ? 1000 : 1))} are possible`;
  return { ...asked, predicted, met: true, metByNodes: null, words };
}

function missed(asked: Asked, predicted: Prediction, nodes: number | null, never: string): Objective {
  const words =
    nodes === null
      ? `missed, and no number of nodes keeps it: ${never}`
      : `missed; ${nodes} nodes would keep it`;
  return { ...asked, predicted, met: false, metByNodes: nodes, words };
}
