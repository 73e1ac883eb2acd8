/**
 * How the messages of rooms reached their members, as both ends counted it.
 */

import { formatBytes, formatCount, formatMs } from '../../base/units.ts';
import type { Backpressure, Batching } from '../../model/delivery.ts';
import type { Phase } from '../../model/record.ts';
import { delayInWords, droppedInWords, framesInWords, unwantedInWords } from '../delivery.ts';
import { shown, trusted } from '../value.ts';
import type { Content, Markup } from './markup.ts';
import { block, facts } from './table.ts';

/** The table, or null where there is nothing to say. */
export function delivery(phase: Phase): Markup | null {
  if (phase.delivery === null) return null;
  const { batch, unwanted, backpressure } = phase.delivery;
  return block(
    'Delivery',
    facts([
      ...(batch === null ? [] : inBatches(phase, batch)),
      ...(unwanted === null ? [] : notWanted(phase, unwanted)),
      ...(backpressure === null ? [] : underPressure(backpressure)),
    ]),
  );
}

function inBatches(phase: Phase, batch: Batching): [string, Content][] {
  return [
    ['messages sent in batches', formatCount(batch.messages)],
    ['frames for them', formatCount(batch.frames)],
    ['frames that the clients received', formatCount(batch.framesReceived)],
    ['batches that were full before their time', formatCount(batch.full)],
    ['messages for each member', shown(batch.messagesPerS, (rate) => `${rate.toFixed(1)}/s`)],
    ['frames for each member', trusted(phase, framesInWords(batch))],
    ['wait in a batch, mean', trusted(phase, delayInWords(batch))],
    ['wait in a batch, longest', trusted(phase, shown(batch.maxAddedDelayMs, formatMs))],
  ];
}

function notWanted(phase: Phase, { messages }: { messages: number }): [string, Content][] {
  return [
    ['messages that were not for their reader', formatCount(messages)],
    ['share of all, and their bytes', unwantedInWords(phase)],
  ];
}

function underPressure(pressure: Backpressure): [string, Content][] {
  return [
    ['clients that did not read', formatCount(pressure.slowReaders)],
    ['low priority: left out', droppedInWords(pressure.low)],
    ['high priority: left out', droppedInWords(pressure.high)],
    ['clients: told of messages that were left out', formatCount(pressure.skipped)],
    ['left out, but had from the history', formatCount(pressure.withdrawn)],
    ['connections closed, since they did not read', formatCount(pressure.closedSlow)],
    ['most that waited for one client', formatBytes(pressure.peakBufferedBytes)],
    ['most that may wait', formatBytes(pressure.maxBufferedBytes)],
    ['memory of the server', shown(pressure.rssBytes, formatBytes)],
    ['memory of the server, bound', shown(pressure.boundBytes, formatBytes)],
  ];
}
