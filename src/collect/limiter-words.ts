/**
 * What a level of a search showed, in words: the evidence for its limiter.
 */

import { formatCount, formatMs } from '../base/units.ts';
import type { StepEvidence } from './limiter.ts';
import { answered } from './message-causes.ts';

/** How connects failed, and how many did not. */
export function failures({ failed, established, requested }: StepEvidence): string {
  const causes = Object.entries(failed).map(([key, count]) => `${key} ${formatCount(count)} times`);
  const held = `${formatCount(established)} of ${formatCount(requested)} were connected`;
  return causes.length === 0 ? held : `connects failed with ${causes.join(', ')}; ${held}`;
}

/** What the server closed, and how many were left. */
export function closures({ closed, closes, established, requested }: StepEvidence): string {
  const codes = Object.entries(closes).map(([code, count]) => `${formatCount(count)} with ${code}`);
  const how = codes.length === 0 ? formatCount(closed) : codes.join(', ');
  return `it closed ${how}; ${formatCount(established)} of ${formatCount(requested)} were left`;
}

/** How fast messages were answered or, where none flowed, connects were taken. */
export function pace(e: StepEvidence): string {
  const { acceptedPerS, connectP99Ms, messages } = e;
  if (messages !== null) return answered(messages);
  const rate =
    acceptedPerS === null ? '' : `${formatCount(Math.round(acceptedPerS))} connects a second were taken; `;
  const slow = connectP99Ms === null ? '' : `connects took ${formatMs(connectP99Ms)} at p99; `;
  return `${rate}${slow}${failures(e)}`;
}

/** Marks what is known of a server on another machine as what it is. */
export function inferred({ moved }: StepEvidence, text: string): string {
  if (moved?.server !== 'elsewhere') return text;
  const sentAgain = moved.counters.get('TcpExt.TCPSynRetrans') ?? 0;
  const again =
    sentAgain === 0 ? '' : `; ${formatCount(sentAgain)} connects were not answered and were sent again`;
  return `${text}${again}; the server is on another machine, so this is inferred from what its clients saw`;
}
