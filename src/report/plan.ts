/**
 * A capacity plan for a terminal: the answer, then what it rests on.
 */

import Table from 'cli-table3';
import { printable, wrap } from '../base/text.ts';
import type { PricedPlan } from '../cost/choose.ts';
import { type PlanTable, planTables } from './plan-tables.ts';
import { furtherSentences, planSentence } from './plan-words.ts';

const MAX_COLUMNS = 110;
const MIN_COLUMNS = 60;
/** Narrower, a column of words is a column of syllables. */
const MIN_CELL = 7;
/** A sentence in fewer columns than these stands better below its table. */
const MIN_WORDS = 26;
/** Of each column: a line on its left, and a blank on either side. */
const CELL_FRAME = 3;

/** The plan in lines that fit the terminal. */
export function planLines(plan: PricedPlan, columns: number): string[] {
  const width = Math.max(MIN_COLUMNS, Math.min(columns, MAX_COLUMNS));
  return [
    ...wrap(planSentence(plan), width),
    ...furtherSentences(plan).flatMap((sentence) => wrap(sentence, width)),
    ...plan.unknown.flatMap((sentence) => labelled(sentence, width)),
    ...planTables(plan, 'the two').flatMap((table) => ['', ...tableLines(table, width)]),
  ];
}

/** What the plan cannot say, each set off by a mark. */
function labelled(sentence: string, width: number): string[] {
  return wrap(sentence, width - 2).map((line, i) => `${i === 0 ? '!' : ' '} ${line}`);
}

function tableLines(table: PlanTable, width: number): string[] {
  const { title, words, head, rows, texts } = table;
  const cells = [head, ...rows].map((row) => row.map(printable));
  const widths = widthsOf(cells, width);
  const last = head.length - 1;
  const isNarrow = texts.includes(last) && widths[last] < MIN_WORDS && widths[last] < longest(cells, last);
  const lines = [
    ...wrap(words === null ? `${title}:` : `${title}. ${words}`, width),
    ...(isNarrow
      ? draw(
          cells.map((row) => row.slice(0, last)),
          width,
        )
      : draw(cells, width)),
  ];
  return isNarrow ? [...lines, ...below(rows, width)] : lines;
}

/** The words that found no room in the table, with the rows that they are of. */
function below(rows: readonly string[][], width: number): string[] {
  const namesOf = new Map<string, string[]>();
  for (const row of rows) {
    const words = row.at(-1) ?? '';
    if (words !== '') namesOf.set(words, [...(namesOf.get(words) ?? []), row[0]]);
  }
  return [...namesOf].flatMap(([words, names]) =>
    wrap(`${names.join(', ')}: ${words}`, width - 2).map((line, i) => (i === 0 ? line : `  ${line}`)),
  );
}

function draw(cells: string[][], width: number): string[] {
  const drawn = new Table({
    head: cells[0],
    colWidths: widthsOf(cells, width),
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    style: { head: [], border: [] },
    wordWrap: true,
  });
  drawn.push(...cells.slice(1));
  return drawn.toString().split('\n');
}

/** As wide as what stands in them; where that is too much, the widest give way. */
function widthsOf(cells: string[][], width: number): number[] {
  const widths = cells[0].map((_, column) => longest(cells, column));
  const room = width - 1 - CELL_FRAME * widths.length;
  for (let over = sum(widths) - room; over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest] <= MIN_CELL) break;
    widths[widest]--;
  }
  return widths.map((inner) => inner + 2);
}

function longest(cells: string[][], column: number): number {
  return Math.max(...cells.map((row) => row[column].length));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
