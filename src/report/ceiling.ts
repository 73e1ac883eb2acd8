/**
 * What a search for a ceiling found, in words: the answer, how near its bounds are, and what was tried.
 */

import { formatCount, formatMs, formatRatio } from '../base/units.ts';
import type { Objective } from '../model/objective.ts';
import type { Ceiling, Limiter, RateCeiling } from '../model/record.ts';

type Bounds = Pick<Ceiling, 'lowerBound' | 'upperBound' | 'found' | 'widthRatio' | 'limiter'>;

/** How many connections hold, to what width, and what bound them; or why that is not known. */
export function connectionsHeld(ceiling: Ceiling): string {
  const { connections, lowerBound, found, limiter } = ceiling;
  return found
    ? `Holds ${connectionsInWords(connections)}${width(ceiling)}; ${named(limiter, 'bound it')}.`
    : `Held at least ${connectionsInWords(lowerBound)} (ceiling not found: ${named(limiter, 'ended the search')}).`;
}

/** The same of messages a second. */
export function rateHeld(ceiling: RateCeiling): string {
  const { messagesPerS, lowerBound, clients, found, limiter } = ceiling;
  const from = `from ${formatCount(clients)} ${clients === 1 ? 'client' : 'clients'}`;
  return found
    ? `Answers ${formatCount(messagesPerS)} messages/s ${from}${width(ceiling)}; ${named(limiter, 'bound it')}.`
    : `Answered at least ${formatCount(lowerBound)} messages/s ${from} (ceiling not found: ${named(limiter, 'ended the search')}).`;
}

/** A search of a record that does not know says nothing of it. */
function width({ widthRatio }: Bounds): string {
  return widthRatio === null ? '' : ` (to within ${formatRatio(widthRatio)})`;
}

/** The bounds with their evidence, how it was searched, and what a level had to keep. */
export function ceilingInWords(ceiling: Ceiling | RateCeiling): string {
  const { lowerBound, upperBound, limiter, objective, steps } = ceiling;
  const what = 'connections' in ceiling ? 'connections hold' : 'messages/s are answered in time';
  const upper =
    upperBound === null ? '' : `, ${formatCount(upperBound)} ${'connections' in ceiling ? 'do' : 'are'} not`;
  const levels = new Set(steps.map((step) => ('requested' in step ? step.requested : step.messagesPerS)));
  return [
    `${formatCount(lowerBound)} ${what}${upper}${width(ceiling)}.`,
    `${formatCount(steps.length)} trials of ${formatCount(levels.size)} levels.`,
    ...(objective === null ? [] : [`Objective: ${objectiveInWords(objective)}.`]),
    `Evidence for ${limiter.resource} (${limiter.side}): ${limiter.evidence}`,
  ].join(' ');
}

function objectiveInWords({
  connectFailureRatio,
  connectP99Ms,
  responseP99Ms,
  lossRatio,
}: Objective): string {
  return [
    `connect failures up to ${formatRatio(connectFailureRatio)}`,
    `connect p99 up to ${formatMs(connectP99Ms)}`,
    ...(responseP99Ms === null ? [] : [`response p99 up to ${formatMs(responseP99Ms)}`]),
    ...(lossRatio === null ? [] : [`losses up to ${formatRatio(lossRatio)}`]),
  ].join(', ');
}

/** How a trial came out. */
export function outcomeInWords({
  passed,
  valid,
  reason,
}: Ceiling['steps'][number] | RateCeiling['steps'][number]): string {
  if (passed) return 'held';
  return `${valid ? 'failed' : 'says nothing'}: ${reason ?? 'no reason given'}`;
}

/** What a limiter is called where it did something. */
function named({ resource, side }: Limiter, did: string): string {
  if (side === 'unknown') return `what ${did} is not known`;
  if (side === 'scenario') return `the ${resource} ${did}`;
  return resource.includes(side) ? `${resource} ${did}` : `${resource} of the ${side} ${did}`;
}

export function connectionsInWords(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'connection' : 'connections'}`;
}
