/**
 * What was wrong with the order of the messages. Each of these proves that something happened, whatever the generator's
 * state, and shows it by single messages.
 */

import { formatCount } from '../base/units.ts';
import type { Finding, Ordering, OrderingExample, Phase } from '../model/record.ts';
import { finding } from './finding.ts';

/** Something that is wrong with an order: how often, in words, and what proves it. */
interface Trouble {
  kind: 'missing' | 'duplicates' | 'reordered';
  title: string;
  detail: string;
  /** The same in the order of a room. */
  detailInRooms: string;
  evidence: (ordering: Ordering) => string;
  example: OrderingExample['kind'];
}

const TROUBLES: Trouble[] = [
  {
    kind: 'missing',
    title: 'messages never arrived',
    detail:
      'They were sent on a connection outside any herd, and were not received before the drain was over.',
    detailInRooms: 'The room has numbered them, outside any herd, and these members never got them.',
    evidence: ({ received, expected }) => `${formatCount(received)} of ${formatCount(expected)} arrived`,
    example: 'gap',
  },
  {
    kind: 'duplicates',
    title: 'messages arrived more than once',
    detail: 'The same number came again on the same connection.',
    detailInRooms: 'The same number of the room came again to the same member.',
    evidence: ({ duplicates, received }) =>
      `${formatCount(duplicates)} besides ${formatCount(received)} single ones`,
    example: 'duplicate',
  },
  {
    kind: 'reordered',
    title: 'messages arrived out of order',
    detail: 'TCP keeps the order of one connection, so the server or what stands behind it changed it.',
    detailInRooms: 'By the numbers of their room: what numbers and what delivers do not keep to one order.',
    evidence: ({ maxExtent, maxBufferDepth }) =>
      `up to ${formatCount(maxExtent)} messages too late; a buffer of ${formatCount(maxBufferDepth)} would mend it`,
    example: 'reordered',
  },
];

/** What was wrong with the publishers' order, and with that of the rooms where it says what the other does not. */
export function orderFindings(phase: Phase): Finding[] {
  const { ordering, roomOrdering } = phase;
  return TROUBLES.flatMap((trouble) => {
    const { kind, title, detail, detailInRooms } = trouble;
    if (ordering[kind] > 0) {
      const text = `${formatCount(ordering[kind])} ${title}`;
      return finding(phase, kind, 'error', text, { detail, evidence: proof(ordering, trouble) });
    }
    if (roomOrdering === null || roomOrdering[kind] === 0) return [];
    const text = `${formatCount(roomOrdering[kind])} ${title} in rooms`;
    return finding(phase, kind, 'error', text, {
      detail: detailInRooms,
      evidence: proof(roomOrdering, trouble),
    });
  });
}

function proof(ordering: Ordering, { evidence, example }: Trouble): string {
  return [evidence(ordering), ...examplesOf(ordering, example)].join('; ');
}

const MOST_EXAMPLES = 3;

const WORDS: Record<OrderingExample['kind'], (example: OrderingExample) => string> = {
  gap: ({ seq, after }) => (after === 0 ? `${seq} came first` : `${seq} came right after ${after}`),
  reordered: ({ seq, after }) => `${seq} came after ${after}`,
  duplicate: ({ seq, after }) => (after > seq ? `${seq} came again, after ${after}` : `${seq} came again`),
};

/** What jumped over numbers is evidence of missing ones only if no number came late. */
function examplesOf({ examples, reordered }: Ordering, kind: OrderingExample['kind']): string[] {
  if (kind === 'gap' && reordered > 0) return [];
  return examples
    .filter((example) => example.kind === kind)
    .slice(0, MOST_EXAMPLES)
    .map((example) => `client ${example.client}, epoch ${example.epoch}: ${WORDS[kind](example)}`);
}
