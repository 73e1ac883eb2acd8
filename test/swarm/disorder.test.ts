/**
 * Disorder on its whole way: from what a client receives to what stands in the record.
 */

import { expect, test } from 'vitest';
import { toPhase } from '../../src/collect/phase.ts';
import { createTally } from '../../src/collect/tally.ts';
import type { Phase } from '../../src/model/record.ts';
import { createConversation } from '../../src/swarm/conversation.ts';
import { createRecorder } from '../../src/swarm/recorder.ts';
import { amid } from '../support/amid.ts';
import { phaseFacts } from '../support/phases.ts';
import { phasePlan } from '../support/plans.ts';

/** Message 4 of the first client comes behind 8, in table 1 of RFC 4737, section 7.1; between two reports. */
function disordered(): Phase {
  let nowMs = 0;
  const recorder = createRecorder();
  const conversation = createConversation({
    clients: 1,
    firstClient: 17,
    clientsInAll: 1000,
    rttMs: [[0]],
    plan: phasePlan().messages,
    tag: 1,
    recorder,
    nowMs: () => nowMs,
    herd: { lost: () => false, recovered() {}, answered() {} },
    audience: 'room',
    slowReaders: null,
  });
  const sent: Buffer[] = [];
  const connection = {
    send: (payload: Buffer) => void sent.push(Buffer.from(payload)),
    part() {},
    leave() {},
    terminate() {},
    pause() {},
    resume() {},
    ping() {},
    bytesRead: () => 0,
    bufferedBytes: () => 0,
  };
  for (let i = 0; i < 10; i++) conversation.send(0, connection, 3, 0);

  const tally = createTally(1);
  const report = (row: number) =>
    tally.addInterval(
      recorder.take(
        {
          ...{
            worker: 0,
            row,
            stage: 'hold',
            connected: 1,
            owed: 0,
            elu: null,
            lagMs: 0,
            gcMs: 0,
            gcMaxMs: 0,
          },
          ...{ disorder: conversation.takeDisorder(), rooms: null, routes: null, storm: null },
        },
        conversation.totals,
      ),
    );
  const arrivals = [...[1, 68, 2, 88, 3, 108, 5, 148, 6, 168], ...[7, 188, 8, 208, 4, 210, 9, 228, 10, 248]];
  for (let i = 0; i < arrivals.length; i += 2) {
    nowMs = arrivals[i + 1];
    conversation.receive(0, 3, ...amid(sent[arrivals[i] - 1]));
    report(Math.floor(i / 4));
  }
  conversation.endEpoch(0);
  report(9);
  return toPhase(phaseFacts(), tally, (rows) => ({
    timeline: rows.map((row) => ({ ...row, valid: true, marks: [] })),
    ...{ valid: true, reasons: [], judgedSeconds: 0, markedSeconds: 0 },
  }));
}

test('a message that comes late is in the record with all that RFC 4737 says of it', () => {
  const { ordering } = disordered();
  expect(ordering).toMatchObject({
    ...{ received: 10, reordered: 1, maxExtent: 4, maxBufferDepth: 4, maxLateMs: 62 },
    ...{ nReordering: { '1': 0.1, '3': 0.1 }, discontinuities: 1 },
    lateMs: { count: 1 },
  });
  expect(ordering.reorderDensity?.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
});

test('and it stands there as evidence, with the client and the message before it', () => {
  expect(disordered().ordering.examples).toEqual([
    { kind: 'gap', client: 17, epoch: 3, seq: 5, after: 3 },
    { kind: 'reordered', client: 17, epoch: 3, seq: 4, after: 8 },
  ]);
});
