/**
 * How the messages of rooms reached their members: in batches, wanted or not, and what was left out for slow readers.
 */

import { formatBytes, formatCount, formatMs, formatRatio } from '../base/units.ts';
import type { Backpressure, Batching, Delivery } from '../model/delivery.ts';
import type { Phase } from '../model/record.ts';
import type { Quantity } from './quantity.ts';
import { NOT_MEASURED, shown, trusted } from './value.ts';

/** Rows of the table of phases; none where no phase has anything to say of it. */
export function deliveryQuantities(phases: Phase[]): Quantity[] {
  const has = (part: keyof Delivery) =>
    phases.some(({ delivery }) => delivery !== null && delivery[part] !== null);
  return [
    ...(has('batch') ? BATCHES : []),
    ...(has('unwanted') ? UNWANTED : []),
    ...(has('backpressure') ? BACKPRESSURE : []),
  ];
}

/** `13.2/s, by formula 14.3/s`: for each member. */
export function framesInWords({ framesPerS, expectedFramesPerS }: Batching): string {
  return besideExpected(framesPerS, expectedFramesPerS, (value) => `${value.toFixed(1)}/s`);
}

export function delayInWords({ addedDelayMs, expectedDelayMs }: Batching): string {
  return besideExpected(addedDelayMs, expectedDelayMs, formatMs);
}

/** Of all messages that came; those in `received` were for who received them. */
export function unwantedInWords({ messages, delivery }: Phase): string {
  const unwanted = delivery?.unwanted ?? null;
  if (unwanted === null) return NOT_MEASURED;
  const all = unwanted.messages + messages.received;
  return all === 0 ? NOT_MEASURED : `${formatRatio(unwanted.messages / all)}, ${formatBytes(unwanted.bytes)}`;
}

/** `1,360 of 36,000`. */
export function droppedInWords({ sent, dropped }: Backpressure['low']): string {
  return `${formatCount(dropped)} of ${formatCount(sent + dropped)}`;
}

function besideExpected(
  value: number | null,
  expected: number | null,
  format: (value: number) => string,
): string {
  if (value === null) return NOT_MEASURED;
  return expected === null ? format(value) : `${format(value)}, by formula ${format(expected)}`;
}

const BATCHES: Quantity[] = [
  ofPart('batch', 'messages a frame', ({ messagesPerFrame }) =>
    shown(messagesPerFrame, (count) => count.toFixed(2)),
  ),
  ofPart('batch', 'frames, a member', (batch, phase) => trusted(phase, framesInWords(batch))),
  ofPart('batch', 'wait in a batch', (batch, phase) => trusted(phase, delayInWords(batch))),
];

const UNWANTED: Quantity[] = [{ label: 'not for reader', of: unwantedInWords }];

const BACKPRESSURE: Quantity[] = [
  ofPart('backpressure', 'low left out', ({ low }) => droppedInWords(low)),
  ofPart('backpressure', 'high left out', ({ high }) => droppedInWords(high)),
  ofPart('backpressure', 'readers were told', ({ skipped }) => formatCount(skipped)),
  ofPart('backpressure', 'closed as slow', ({ closedSlow }) => formatCount(closedSlow)),
  ofPart('backpressure', 'most that waited', ({ peakBufferedBytes }) => formatBytes(peakBufferedBytes)),
];

function ofPart<Part extends keyof Delivery>(
  part: Part,
  label: string,
  words: (of: NonNullable<Delivery[Part]>, phase: Phase) => string,
): Quantity {
  return {
    label,
    of(phase) {
      const found = phase.delivery?.[part] ?? null;
      return found === null ? NOT_MEASURED : words(found, phase);
    },
  };
}

/** What became of slow readers; nothing where everybody read. */
export function deliverySentences({ delivery }: Phase): string[] {
  const pressure = delivery?.backpressure ?? null;
  if (pressure === null) return [];
  const { low, high, closedSlow } = pressure;
  const leftOut = `${droppedInWords(low)} messages of low priority were left out, and ${droppedInWords(high)} of high`;
  const closed = `${formatCount(closedSlow)} slow ${closedSlow === 1 ? 'reader was' : 'readers were'} closed`;
  return [
    ...(low.dropped + high.dropped > 0 ? [`For slow readers, ${leftOut}.`] : []),
    ...(closedSlow > 0 ? [`${closed}.`] : []),
  ];
}
