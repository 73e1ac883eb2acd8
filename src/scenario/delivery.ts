/**
 * Plans how the messages of rooms are to reach their members, and finds what does not go together.
 */

import { formatBytes, formatMs, formatRatio, parseDurationMs } from '../base/units.ts';
import type { PhasePlan, ServicePlan, TopologyPlan } from '../model/plan.ts';
import { isHeldByUs } from './holding.ts';
import type { Complain, Options } from './options.ts';

type DeliveryPlan = Pick<ServicePlan, 'batch' | 'audience'>;

const PLAIN: DeliveryPlan = { batch: null, audience: 'room' };

/** Of a phase: as plain as can be where nobody of ours sends anything to rooms. */
export function planDelivery(topology: TopologyPlan, options: Options, complain: Complain): DeliveryPlan {
  if (!isHeldByUs(topology) || options.mode !== 'broadcast') return PLAIN;
  const plan = planRooms(options);
  if (plan.batch !== null && options.faults.length > 0) {
    complain('batchInterval', 'sends messages together, but faults are counted message by message');
  }
  return plan;
}

/** Of rooms, if there are any. */
export function planRooms(options: Options): DeliveryPlan {
  const { batchTimer: timer, batchBytes: maxBytes, audience } = options;
  const intervalMs = parseDurationMs(options.batchInterval);
  return { batch: intervalMs === 0 ? null : { intervalMs, timer, maxBytes }, audience };
}

/** Share of the messages that may be left out: those who hold rooms that are not ours know of no priorities. */
export function planLowPriority(topology: TopologyPlan, { mode, lowPriority }: Options): number {
  const isKnown = topology.kind === 'target' || isHeldByUs(topology);
  return mode === 'broadcast' && isKnown ? lowPriority : 0;
}

/** What is not as plain as can be, in words. */
export function describeDelivery({ service, messages, slowReadersRatio }: PhasePlan): string[] {
  const { batch, audience } = service;
  return [
    ...(batch === null ? [] : [describeBatch(batch)]),
    ...(audience === 'everyone' ? ['each message goes to everyone'] : []),
    ...(messages.lowPriorityRatio > 0
      ? [`${formatRatio(messages.lowPriorityRatio)} of the messages are of low priority`]
      : []),
    ...(slowReadersRatio > 0
      ? [`${formatRatio(slowReadersRatio)} of the clients do not read meanwhile`]
      : []),
  ];
}

function describeBatch({ intervalMs, timer, maxBytes }: NonNullable<ServicePlan['batch']>): string {
  const when = timer === 'tick' ? `every ${formatMs(intervalMs)}` : `${formatMs(intervalMs)} after the first`;
  return `messages leave together ${when}, or when they are ${formatBytes(maxBytes)}`;
}
