/**
 * What lies between publishing a message and bringing it to its room: the broker, and the store before it.
 */

import { formatCount, formatMs } from '../base/units.ts';
import type { BrokerTraffic, StoreUse } from '../model/carriage.ts';
import type { Phase } from '../model/record.ts';
import { PROGRAMS } from './arrangement.ts';
import { latency, type Quantity } from './quantity.ts';
import { NOT_MEASURED, shown } from './value.ts';

/** Rows about both; none where no phase has them. */
export function carriageQuantities(phases: Phase[]): Quantity[] {
  return [...brokerQuantities(phases), ...storeQuantities(phases)];
}

/** Only where something was published. */
function brokerQuantities(phases: Phase[]): Quantity[] {
  const has = (test: (broker: BrokerTraffic) => boolean) =>
    phases.some(({ broker }) => broker !== null && test(broker));
  if (!has(({ published }) => published > 0)) return [];
  const isCluster = has(({ busMessages }) => busMessages !== null);
  return [
    { label: 'broker amplifies', of: ({ broker }) => shown(broker?.amplification ?? null, inTimes) },
    ...(isCluster
      ? [{ label: 'on cluster bus', of: ({ broker }: Phase) => shown(broker?.busMessages ?? null) }]
      : []),
  ];
}

/** `4.00 ×`: of each message that is published, so many are passed on. */
export function inTimes(factor: number): string {
  return `${factor.toFixed(2)} ×`;
}

function storeQuantities(phases: Phase[]): Quantity[] {
  const stores = phases.flatMap(({ store }) => store ?? []);
  if (stores.length === 0) return [];
  return [
    latency('store p50', ({ store }) => store?.latencyMs.p50 ?? null),
    latency('store p99', ({ store }) => store?.latencyMs.p99 ?? null),
    { label: 'stored', of: ({ store }) => (store === null ? NOT_MEASURED : formatCount(store.writes)) },
    ...(stores.some(({ failed }) => failed > 0)
      ? [{ label: 'not stored', of: ({ store }: Phase) => shown(store?.failed ?? null) }]
      : []),
  ];
}

/** How much of the latency was the store's, and what it did not take; nothing where there is none. */
export function storeSentences({ store, generator }: Phase): string[] {
  if (store === null || store.writes + store.failed === 0) return [];
  const { latencyMs, failed } = store;
  const where = PROGRAMS[store.kind] ?? store.kind;
  const waited =
    latencyMs.p50 === null || !generator.valid
      ? []
      : [`Half of the messages were durable in ${where} within ${formatMs(latencyMs.p50)}.`];
  return failed === 0 ? waited : [...waited, `${notStored(store)} not stored, and so not published.`];
}

function notStored({ failed, writes }: StoreUse): string {
  return `${formatCount(failed)} of ${formatCount(failed + writes)} ${failed === 1 ? 'was' : 'were'}`;
}
