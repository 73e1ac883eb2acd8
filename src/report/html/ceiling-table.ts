/**
 * The searches of a phase: what they found, and each of their trials.
 */

import { formatCount, formatMs, formatRatio } from '../../base/units.ts';
import type { Ceiling, Phase, RateCeiling } from '../../model/record.ts';
import { ceilingInWords, outcomeInWords } from '../ceiling.ts';
import { INVALID, shown } from '../value.ts';
import { type Content, html, type Markup } from './markup.ts';
import { block, table } from './table.ts';

type Column<Step> = [head: string, of: (step: Step) => Content];

const TRIAL: Column<Ceiling['steps'][number] | RateCeiling['steps'][number]> = [
  'trial',
  ({ trial }) => shown(trial),
];

const RESPONSE: Column<Ceiling['steps'][number] | RateCeiling['steps'][number]>[] = [
  ['response p99', ({ responseP99Ms }) => shown(responseP99Ms, formatMs)],
  ['lost', ({ lossRatio }) => shown(lossRatio, formatRatio)],
];

/** The search for the most connections; null where there was none. */
export function ceilingSteps(phase: Phase): Markup | null {
  const { ceiling } = phase;
  if (ceiling === null) return null;
  const hasMessages = ceiling.steps.some(({ lossRatio }) => lossRatio !== null);
  return searched('Search for the ceiling', phase, ceiling, ceiling.steps, [
    ['requested', ({ requested }) => formatCount(requested)],
    TRIAL,
    ['established', ({ established }) => formatCount(established)],
    ['connect p99', ({ connectP99Ms }) => shown(connectP99Ms, formatMs)],
    ...(hasMessages ? RESPONSE : []),
  ]);
}

/** The search for the highest rate; null where there was none. */
export function rateCeilingSteps(phase: Phase): Markup | null {
  const { rateCeiling } = phase;
  if (rateCeiling === null) return null;
  return searched('Search for the highest rate', phase, rateCeiling, rateCeiling.steps, [
    ['messages/s', ({ messagesPerS }) => formatCount(messagesPerS)],
    TRIAL,
    ['answered/s', ({ answeredPerS }) => shown(answeredPerS, formatCount)],
    ...RESPONSE,
  ]);
}

function searched<Step extends Ceiling['steps'][number] | RateCeiling['steps'][number]>(
  title: string,
  { generator }: Phase,
  ceiling: Ceiling | RateCeiling,
  steps: Step[],
  columns: Column<Step>[],
): Markup {
  if (!generator.valid) return block(title, html`<p class="invalid">${INVALID}</p>`);
  const head = [...columns.map(([name]) => name), 'outcome'];
  const rows = steps.map((step) => [...columns.map(([, of]) => of(step)), outcomeInWords(step)]);
  return block(title, html`<p>${ceilingInWords(ceiling)}</p>${table(head, rows, [columns.length])}`);
}
