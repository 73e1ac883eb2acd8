/**
 * How long a message takes there and back, by the load of a node: what it takes where nobody waits, and the wait in the
 * node, which is one server with a queue (M/M/1), busy for as much of a core as it uses.
 *
 *     quantile(load) = base(log connections) + wait(quantile, ρ, S)      ρ: cores in use, S: processor time of a message
 *
 * The base is fitted, and holds the network, the system and the generator, too. The wait is not: both of what it
 * depends on were measured. With little to do it is nothing, and towards a whole core it is all that counts.
 */

import { waitQuantile } from '../stats/queueing.ts';
import { DECADES, type Fitted, fitOf, type Load } from './fits.ts';
import type { Observation } from './observation.ts';

export function latencyFit(
  observations: readonly Observation[],
  cores: Fitted | null,
  quantile: 0.5 | 0.99,
): Fitted | null {
  const waitMs = (load: Load) => {
    if (cores === null || load.messagesPerS === 0) return 0;
    const busy = cores.at(load).value;
    return 1000 * waitQuantile(busy, busy / load.messagesPerS, quantile);
  };
  const measured = (observation: Observation) => (quantile === 0.5 ? observation.p50Ms : observation.p99Ms);
  const base = fitOf(
    observations,
    (observation) => {
      const ms = measured(observation);
      // A node that was busy all the time has no base that could be told.
      return ms === null ? null : ms - waitMs(observation);
    },
    [DECADES],
    'constant',
  );
  if (base === null) return null;
  return {
    points: observations.flatMap((observation) => {
      const y = measured(observation);
      return y === null ? [] : [{ load: observation, y, phase: observation.phase }];
    }),
    at(load) {
      const still = base.at(load);
      const wait = waitMs(load);
      return {
        ...still,
        value: still.value + wait,
        low: still.low === null ? null : still.low + wait,
        high: still.high === null ? null : still.high + wait,
        words: `${still.words}, and the wait in a node that is busy so much`,
      };
    },
  };
}
