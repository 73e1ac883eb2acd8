/**
 * The fits as curves to be drawn.
 */

import type { FitChart } from './capacity-plan.ts';
import type { Fitted, Load } from './fits.ts';
import type { Throughput } from './throughput.ts';

const STEPS = 40;
/** Beyond the farther of what was measured and what is asked. */
const ROOM = 1.15;

/**
 * Along one term of the load, the other being what the plan puts on a node.
 * @returns null if nothing can be drawn: an interval is not known
 */
export function chartOf(
  quantity: FitChart['quantity'],
  yLabel: string,
  fitted: Fitted | null,
  along: keyof Load,
  asked: Load,
): FitChart | null {
  if (fitted === null) return null;
  const end = ROOM * Math.max(asked[along], ...fitted.points.map(({ load }) => load[along]));
  const curve = steps(end).flatMap((x) => {
    const { value, low, high } = fitted.at({ ...asked, [along]: x });
    return low === null || high === null || !Number.isFinite(high) ? [] : [{ x, y: value, low, high }];
  });
  if (curve.length === 0) return null;
  return {
    quantity,
    xLabel: along === 'connections' ? 'connections of a process' : 'messages/s of a process, taken and sent',
    yLabel,
    points: fitted.points.map(({ load, y, phase }) => ({ x: load[along], y, phase })),
    curve,
    knee: null,
    askedAt: asked[along],
  };
}

export function throughputChart(throughput: Throughput | null, askedPerS: number): FitChart | null {
  if (throughput === null) return null;
  const { points, at, knee } = throughput;
  const end = ROOM * Math.max(askedPerS, ...points.map(({ x }) => x));
  return {
    quantity: 'throughput',
    xLabel: 'messages/s asked of a process',
    yLabel: 'messages/s answered by a process',
    points,
    curve: steps(end).map((x) => ({ x, ...at(x) })),
    knee: knee.x <= end ? knee : null,
    askedAt: askedPerS,
  };
}

function steps(end: number): number[] {
  return Array.from({ length: STEPS + 1 }, (_, i) => (end * i) / STEPS);
}
