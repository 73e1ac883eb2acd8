/**
 * The two distributions of a phase: how late single messages were, and how fast a message reached its whole room.
 */

import { formatCount } from '../../base/units.ts';
import type { Phase } from '../../model/record.ts';
import { RECIPIENTS } from '../rooms.ts';
import type { Markup } from './markup.ts';
import { percentileChart } from './percentile-chart.ts';

/** Latency by percentile, or null where none was measured. */
export function latencyChart({ latency }: Phase, id: string): Markup | null {
  return percentileChart({
    id,
    title: 'Latency by percentile',
    axes: { y: 'latency', x: 'share of the messages that were at most so late' },
    series: [
      { name: 'response time (from when it was due)', summary: latency.responseMs },
      { name: 'service time (from when it was sent)', summary: latency.serviceMs },
    ],
    caption: (count) =>
      `${formatCount(count)} messages of the hold and search stages. Where the lines part, messages left later than they were due, or waited behind others.`,
  });
}

/** Fan-out by percentile, or null where no message went to a room. */
export function fanoutChart({ fanout }: Phase, id: string): Markup | null {
  if (fanout === null) return null;
  return percentileChart({
    id,
    title: 'Fan-out by percentile',
    axes: { y: 'time to a recipient', x: 'share of the messages that took at most so long' },
    series: RECIPIENTS.map(({ name, of }) => ({ name: `${name} recipient`, summary: of(fanout) })),
    caption: (count) =>
      `${formatCount(count)} messages, each to all members of its room. The farther the lines are apart, the longer a message takes to go round.`,
  });
}
