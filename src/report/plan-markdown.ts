/**
 * A capacity plan in summary.md: the answer and its tables, without what they rest on.
 */

import type { PricedPlan } from '../cost/choose.ts';
import { planTables } from './plan-tables.ts';
import { furtherSentences, planSentence } from './plan-words.ts';

/** How the summary writes texts and tables, so that nothing in them is read as markup. */
export interface Writer {
  text(value: string): string;
  table(head: string[], rows: string[][]): string[];
}

export function planMarkdown(plan: PricedPlan, { text, table }: Writer): string[] {
  const tables = planTables(plan, 'all').flatMap(({ title, words, head, rows }) => [
    `<details><summary>${text(title)}</summary>`,
    '',
    ...(words === null ? [] : [text(words), '']),
    ...table(
      head.map(text),
      rows.map((cells) => cells.map(text)),
    ),
    '',
    '</details>',
    '',
  ]);
  return [
    '### Capacity plan',
    '',
    `**${text(planSentence(plan))}**`,
    '',
    ...[...furtherSentences(plan), ...plan.unknown].map((sentence) => `- ${text(sentence)}`),
    '',
    ...tables,
  ];
}
