/**
 * Messages during a trial of a search. They flow for a second to settle and then for the time of the trial; then their
 * answers are waited for as long as is fair (RFC 2544, section 26.1). All of it falls on whole seconds of the phase, since
 * a second is what the generator is judged by.
 *
 *     │ settling │ trial … │ fair wait │ until the server has come to rest, where it could not keep up
 */

import type { MessageEvidence } from '../../collect/message-causes.ts';
import type { PhasePlan } from '../../model/plan.ts';
import type { UnjudgedRow } from '../../model/record.ts';
import { quantileMs } from '../../stats/histogram.ts';
import { ask, enterStage, type StageContext, until } from '../context.ts';
import { createPatience } from '../patience.ts';

const ROW_MS = 1000;
/** Between the command and the first message, so that every worker has heard it in time. */
const LEAD_MS = 50;
/** An answer that has not come so long after the last message is lost. */
const FAIR_WAIT_MS = 2000;
/** A worker that does not answer when the wait is over is not waited for any longer. */
const PATIENCE_MS = 2000;
/** Late answers are let come as long as one comes within so much, so that they are not the next trial's, */
const REST_MS = 1000;
/** but not for longer than this. */
const LONGEST_REST_MS = 30_000;

/** Whether the generator was up to its load in these seconds, and why not. */
export type JudgeSeconds = (rows: UnjudgedRow[]) => { valid: boolean; reasons: string[] };

interface Flow {
  /** Of each client that sends. */
  ratePerClientPerS: number;
  /** Of all of them together, and the answers that each message has: in a broadcast, one from each member. */
  messagesPerS: number;
  answersPerMessage: number;
}

/** What so many clients send at the planned rate. */
export function plannedFlow({ messages }: PhasePlan, clients: number): Flow {
  const { mode, rooms, ratePerClientPerS } = messages;
  const senders = mode === 'broadcast' ? Math.min(rooms, clients) : clients;
  return {
    ratePerClientPerS,
    messagesPerS: senders * ratePerClientPerS,
    answersPerMessage: mode === 'broadcast' ? clients / senders : 1,
  };
}

/** Lets messages flow, and tells what they were like. */
export async function tryFlow(
  context: StageContext,
  flow: Flow,
  judgeSeconds: JudgeSeconds,
): Promise<MessageEvidence> {
  const { plan, swarm, tally, clock, originMs } = context;
  await enterStage(context, 'search');
  const before = read(context);
  const beganMs = clock.nowMs();
  const first = Math.ceil((clock.nowMs() + LEAD_MS - originMs) / ROW_MS);
  const last = first + Math.ceil(plan.search.trialMs / ROW_MS);
  const startMs = originMs + first * ROW_MS;
  const endMs = originMs + (last + 1) * ROW_MS;
  swarm.tell({ type: 'flow', startMs, endMs, ratePerClientPerS: flow.ratePerClientPerS });
  await until(context, () => false, endMs);
  const untilMs = clock.nowMs() + FAIR_WAIT_MS;
  await ask(context, { type: 'drain', untilMs }, 'drained', untilMs + PATIENCE_MS);
  await enterStage(context, 'search');

  const after = read(context);
  const answered = after.unique - before.unique;
  const lost = Math.max(0, after.lost - before.lost);
  const rows = tally.rows(first, last + 1);
  const judged = judgeSeconds(rows.map((row) => againstLimit(row, plan.objective.responseP99Ms)));
  await rest(context, before.owed);
  // A trial is judged by itself, and its seconds are in no other number.
  context.results.unusedMs.push(...secondsSince(context, beganMs));
  return {
    messagesPerS: flow.messagesPerS,
    answeredPerS: flow.messagesPerS * answeredRatio(rows.slice(1), flow.answersPerMessage),
    lossRatio: lost === 0 ? 0 : lost / (lost + answered),
    responseP99Ms: quantileMs(
      after.response.map((count, i) => count - before.response[i]),
      0.99,
    ),
    behindRatio: behindRatio(rows),
    generatorFault: judged.valid ? null : (judged.reasons[0] ?? 'the generator could not keep up'),
    serverCpuRatio: greatest(rows.map(({ serverCpuRatio }) => serverCpuRatio)),
  };
}

/** A trial tells whether responses keep a limit, so what its own lateness adds to them is held against the limit. */
function againstLimit(row: UnjudgedRow, limitMs: number | null): UnjudgedRow {
  return { ...row, p99Ms: Math.max(row.p99Ms ?? 0, limitMs ?? 0) };
}

/** Answers that have not come may still come; what is lost at a moment is what was lost before it if they never do. */
function read({ tally }: StageContext) {
  const { unique, missing, droppedBackpressure, droppedDisconnected } = tally.counters;
  const owed = tally.owed();
  return {
    unique,
    owed,
    lost: owed + missing + droppedBackpressure + droppedDisconnected,
    response: tally.searched.slice(),
  };
}

/** A server that could not keep up is let come to rest. */
async function rest(context: StageContext, owedBefore: number): Promise<void> {
  const { clock, tally } = context;
  const nowMs = clock.nowMs();
  const isOver = createPatience(clock, nowMs, REST_MS, () => tally.counters.received);
  await until(context, () => tally.owed() <= owedBefore || isOver(), nowMs + LONGEST_REST_MS);
}

/** All seconds that a part of the time since then is in. */
function secondsSince({ clock, originMs }: StageContext, beganMs: number): number[] {
  const first = Math.floor((beganMs - originMs) / ROW_MS);
  const last = Math.floor((clock.nowMs() - originMs) / ROW_MS);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * ROW_MS);
}

function answeredRatio(rows: UnjudgedRow[], answersPerMessage: number): number {
  const due = rows.reduce((sum, row) => sum + row.due, 0);
  const received = rows.reduce((sum, row) => sum + row.received, 0);
  return due === 0 ? 1 : Math.min(1, received / (due * answersPerMessage));
}

/** By the medians of the first second and of the last one, which no single pause can move. */
function behindRatio(rows: UnjudgedRow[]): number {
  const [first, last] = [rows[0], rows[rows.length - 1]];
  if (last.due === 0 || first.p50Ms === null) return 0;
  if (last.p50Ms === null) return 1;
  return Math.max(0, last.p50Ms - first.p50Ms) / (last.tMs - first.tMs);
}

function greatest(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
