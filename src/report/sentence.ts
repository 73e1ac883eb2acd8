/**
 * The answers in words: one line for a phase, one for the run. They are plain text; who shows them escapes them.
 */

import { formatCount, formatMs } from '../base/units.ts';
import type { Herd, Ordering, Phase, RuleResult, RunRecord, Verdict } from '../model/record.ts';
import { storeSentences } from './carriage.ts';
import { connectionsInWords as connections, connectionsHeld, rateHeld } from './ceiling.ts';
import { deliverySentences } from './delivery.ts';
import { edgeSentences } from './edge.ts';
import { heartbeatSentences } from './heartbeat.ts';
import { leakSentences } from './leak.ts';
import { failoverSentences } from './regions.ts';
import { reach } from './rooms.ts';
import { sweepSentences } from './sweep.ts';
import { INVALID, shown } from './value.ts';

/** What a phase says about the service, in one line. */
export function phaseSentence(phase: Phase): string {
  return phaseSentences(phase).join(' ');
}

/**
 * The same, the most important thing first: how much the service holds and what bound it, how fast it answers, how
 * its clients come back, and whether messages went astray. A phase with an overloaded generator gives no such
 * answer; but messages that went astray are proven all the same.
 */
export function phaseSentences(phase: Phase): string[] {
  return [
    ...(phase.endedEarly === null ? [] : [ended(`Ended early: ${phase.endedEarly}`)]),
    ...(phase.generator.valid ? answers(phase) : invalidity(phase)),
    ...failoverSentences(phase),
    ...storeSentences(phase),
    ...edgeSentences(phase),
    ...heartbeatSentences(phase),
    ...deliverySentences(phase),
    ...leakSentences(phase),
    ...astray(phase.ordering, 'Messages'),
    ...(phase.roomOrdering === null ? [] : astray(phase.roomOrdering, 'In rooms')),
  ];
}

/** How the run was judged, and why; also why it did not carry out its plan, where it did not. */
export function verdictSentence(record: RunRecord): string {
  const { run, phases, verdict } = record;
  // A reason for one rule stands beside that rule.
  const reasons = verdict.reasons.filter(
    (reason) => reason !== run.interruptedBy && !verdict.rules.some(({ rule }) => reason.startsWith(rule)),
  );
  const judgement = [ruleCounts(verdict), ...reasons.map((reason) => briefly(reason, phases))].join('; ');
  return [interruption(record), ended(judgement)].filter((sentence) => sentence !== null).join(' ');
}

/** A reason without what the answers of the phases say already: what kept a generator from keeping up. */
export function briefly(reason: string, phases: Phase[]): string {
  return phases
    .filter(({ generator }) => generator.reasons.length > 0)
    .reduce((text, { generator }) => text.replace(`: ${generator.reasons.join('; ')}`, ''), reason);
}

/** Why the run did not carry out its plan, or null where it did. */
export function interruption({ run }: RunRecord): string | null {
  if (!run.interrupted) return null;
  return ended(`The run ended before its plan was done: ${run.interruptedBy ?? 'it was interrupted'}`);
}

function ruleCounts({ rules }: Verdict): string {
  if (rules.length === 0) return 'No rule was set';
  const counted = (status: RuleResult['status']) => rules.filter((rule) => rule.status === status).length;
  const held = counted('pass');
  const failed = counted('fail');
  const open = counted('inconclusive');
  if (held === rules.length) return `${held} of ${held} rules hold`;
  const parts = [`${held} of ${rules.length} rules hold`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (open > 0) parts.push(`${open} could not be judged`);
  return parts.join(', ');
}

function invalidity({ generator }: Phase): string[] {
  return generator.reasons.length === 0
    ? [ended(INVALID)]
    : [`${INVALID}:`, ended(generator.reasons.join('; '))];
}

function answers(phase: Phase): string[] {
  return [...held(phase), ...reached(phase), ...phase.herds.flatMap(comeback), ...sweepSentences(phase)];
}

/** How many of their rooms' members the messages reached, and when the last of them had one. */
function reached({ fanout }: Phase): string[] {
  if (fanout === null || fanout.expected === 0) return [];
  const { p99 } = fanout.lastMs;
  return [`Reach ${reach(fanout)}${p99 === null ? '' : `, last recipient p99 ${formatMs(p99)}`}.`];
}

function held({ ceiling, rateCeiling, clients, latency }: Phase): string[] {
  const p99Ms = latency.responseMs.p99;
  const response = p99Ms === null ? [] : [`Response p99 ${formatMs(p99Ms)}.`];
  if (ceiling !== null) return [connectionsHeld(ceiling), ...response];
  if (rateCeiling !== null) return [rateHeld(rateCeiling), ...response];
  if (clients.peak === 0) return ['No connection was established.'];
  const peak =
    clients.peak < clients.requested
      ? `${formatCount(clients.peak)} of ${connections(clients.requested)}`
      : connections(clients.peak);
  return [p99Ms === null ? `Held ${peak}.` : `Held ${peak}; response p99 ${formatMs(p99Ms)}.`];
}

/** The return of a herd, and what it cost: messages that were missed, and trouble for those whom it did not touch. */
function comeback(herd: Herd): string[] {
  if (herd.affected === 0) return [`The ${herd.trigger} broke no connection.`];
  const { recovered, lost, collateral } = herd;
  const missed = `Of what it missed, ${formatCount(recovered)} ${recovered === 1 ? 'message was' : 'messages were'} recovered and ${formatCount(lost)} lost.`;
  const errors = `${formatCount(collateral.errors)} ${collateral.errors === 1 ? 'error' : 'errors'}`;
  return [
    returned(herd),
    ...(herd.metastable ? ['It did not recover by itself (metastable).'] : []),
    ...(recovered > 0 ? [missed] : []),
    ...(collateral.errors > 0 ? [`${errors} among ${formatCount(collateral.clients)} bystanders.`] : []),
  ];
}

/** The largest share of the herd that was back, and when; also that the others were not. */
function returned(herd: Herd): string {
  const reached = [
    { percent: 99, ms: herd.t99Ms },
    { percent: 95, ms: herd.t95Ms },
    { percent: 50, ms: herd.t50Ms },
  ].find(({ ms }) => ms !== null);
  const outage = herd.outageMs === null || herd.outageMs === 0 ? '' : ` (outage ${formatMs(herd.outageMs)})`;
  const after = `after the ${herd.trigger}${outage}`;
  const inVain = `not within ${formatMs(herd.observedMs)}`;
  const back =
    reached === undefined
      ? `50 % ${inVain} ${after}`
      : `${reached.percent} % back ${shown(reached.ms, formatMs)} ${after}`;
  const others = reached === undefined || reached.percent === 99 ? '' : `, 99 % ${inVain}`;
  return `${back}${others}.`;
}

function astray({ missing, duplicates, reordered }: Ordering, where: string): string[] {
  if (missing + duplicates + reordered === 0) return [];
  const counts = [`${formatCount(missing)} missing`, `${formatCount(duplicates)} duplicated`];
  return [`${where}: ${counts.join(', ')}, ${formatCount(reordered)} reordered.`];
}

/** With one full stop, whether or not whoever wrote the text gave it one. */
function ended(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}
