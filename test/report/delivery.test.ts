import { describe, expect, test } from 'vitest';
import { type Delivery, deliverySchema } from '../../src/model/delivery.ts';
import type { Phase } from '../../src/model/record.ts';
import { comparisonRows } from '../../src/report/comparison.ts';
import { delivery as deliveryTable } from '../../src/report/html/delivery-table.ts';
import { phaseSentence } from '../../src/report/sentence.ts';
import { clusterPhase } from './sample-cluster.ts';
import { invalidPhase, samplePhase } from './sample-phase.ts';

const NOTHING: Delivery = { batch: null, unwanted: null, backpressure: null };

const BATCHED: Delivery = {
  ...NOTHING,
  batch: {
    ...{ messages: 119_420, frames: 31_620, framesReceived: 31_620, full: 0 },
    ...{
      messagesPerFrame: 3.7767,
      messagesPerS: 50,
      framesPerS: 18.2,
      addedDelayMs: 25.4,
      maxAddedDelayMs: 51,
    },
    ...{ expectedFramesPerS: 18.36, expectedDelayMs: 25 },
  },
};

const PRESSED: Delivery = {
  ...NOTHING,
  backpressure: {
    ...{ low: { sent: 34_640, dropped: 1360 }, high: { sent: 4000, dropped: 0 } },
    ...{ skipped: 1350, withdrawn: 10, slowReaders: 10, closedSlow: 2 },
    ...{
      peakBufferedBytes: 312_320,
      maxBufferedBytes: 1_048_576,
      rssBytes: 94_371_840,
      boundBytes: 235_929_600,
    },
  },
};

const withDelivery = (delivery: Delivery | null): Phase => ({ ...clusterPhase(), delivery });

const rowsOf = (...phases: Phase[]) =>
  new Map(comparisonRows(phases).map(({ label, values }) => [label, values] as const));

describe('beside each other', () => {
  test('phases without batches, slow readers or a larger audience have no rows about them', () => {
    const labels = [...rowsOf(samplePhase(), withDelivery(null)).keys()];
    expect(labels).not.toContain('frames, a member');
    expect(labels).not.toContain('low left out');
    expect(labels).not.toContain('not for reader');
  });

  test('what was measured of batches stands beside what the formula says', () => {
    const rows = rowsOf(withDelivery(null), withDelivery(BATCHED));
    expect(rows.get('messages a frame')).toEqual(['–', '3.78']);
    expect(rows.get('frames, a member')).toEqual(['–', '18.2/s, by formula 18.4/s']);
    expect(rows.get('wait in a batch')).toEqual(['–', '25.4 ms, by formula 25.0 ms']);
  });

  test('a phase whose generator was the bottleneck shows no rate and no delay', () => {
    const phase = { ...withDelivery(BATCHED), generator: invalidPhase().generator };
    expect(rowsOf(phase).get('frames, a member')).toEqual(['INVALID (generator)']);
    expect(rowsOf(phase).get('wait in a batch')).toEqual(['INVALID (generator)']);
  });

  test('what was not for its reader is a share of all that came', () => {
    const phase = withDelivery({ ...NOTHING, unwanted: { messages: 19_000, bytes: 2_048_000 } });
    phase.messages.received = 1000;
    expect(rowsOf(phase).get('not for reader')).toEqual(['95.0 %, 1.95 MB']);
  });

  test('what was left out is told by priority', () => {
    const rows = rowsOf(withDelivery(PRESSED));
    expect(rows.get('low left out')).toEqual(['1,360 of 36,000']);
    expect(rows.get('high left out')).toEqual(['0 of 4,000']);
    expect(rows.get('readers were told')).toEqual(['1,350']);
    expect(rows.get('closed as slow')).toEqual(['2']);
    expect(rows.get('most that waited')).toEqual(['305 KB']);
  });
});

test('in words, only what was left out is told', () => {
  expect(phaseSentence(withDelivery(PRESSED))).toContain(
    'For slow readers, 1,360 of 36,000 messages of low priority were left out, and 0 of 4,000 of high. 2 slow readers were closed.',
  );
  const { backpressure } = PRESSED;
  if (backpressure === null) throw new Error('nobody was slow');
  const none = { sent: 10, dropped: 0 };
  const closed = phaseSentence(
    withDelivery({ ...NOTHING, backpressure: { ...backpressure, low: none, closedSlow: 1 } }),
  );
  expect(closed).toContain('1 slow reader was closed.');
  expect(closed).not.toContain('left out');
  expect(phaseSentence(withDelivery(BATCHED))).not.toContain('slow');
});

test('the page has a table of it, both counts and the bound in it', () => {
  expect(deliveryTable(withDelivery(null))).toBeNull();
  const text = deliveryTable(withDelivery(PRESSED))?.markup;
  for (const part of ['1,360 of 36,000', '1,350', '305 KB', '1.00 MB', '90.0 MB', '225 MB']) {
    expect(text).toContain(part);
  }
  expect(deliveryTable(withDelivery(BATCHED))?.markup).toContain('18.2/s, by formula 18.4/s');
});

test('the samples are what a record may have', () => {
  for (const delivery of [BATCHED, PRESSED]) expect(deliverySchema.parse(delivery)).toEqual(delivery);
});
