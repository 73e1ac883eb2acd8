/**
 * What the broker made of the messages, and what it cost to store them.
 */

import { formatCount, formatMs } from '../../base/units.ts';
import type { Phase } from '../../model/record.ts';
import { PROGRAMS } from '../arrangement.ts';
import { inTimes } from '../carriage.ts';
import { shown, trusted } from '../value.ts';
import type { Content, Markup } from './markup.ts';
import { block, facts } from './table.ts';

/** The table, or null where nodes had nothing between them and no store. */
export function carriage(phase: Phase): Markup | null {
  const pairs = [...ofBroker(phase), ...ofStore(phase)];
  return pairs.length === 0 ? null : block('Broker and store', facts(pairs));
}

function ofBroker({ broker }: Phase): [string, Content][] {
  if (broker === null || broker.published === 0) return [];
  return [
    ['published by nodes', formatCount(broker.published)],
    ['passed on to nodes', formatCount(broker.delivered)],
    ['passed on for each published', shown(broker.amplification, inTimes)],
    ['passed on between Redis servers', shown(broker.busMessages)],
  ];
}

function ofStore(phase: Phase): [string, Content][] {
  const { store } = phase;
  if (store === null) return [];
  const time = (ms: number | null) => trusted(phase, shown(ms, formatMs));
  return [
    ['stored in', PROGRAMS[store.kind] ?? store.kind],
    ['stored before they were published', formatCount(store.writes)],
    ['not stored, and not published', formatCount(store.failed)],
    ['groups in which they were written', formatCount(store.batches)],
    ['waited until durable, p50', time(store.latencyMs.p50)],
    ['waited until durable, p99', time(store.latencyMs.p99)],
    ['waited until durable, at most', time(store.latencyMs.max)],
  ];
}
