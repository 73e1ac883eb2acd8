/**
 * What was going on in a phase, behind the lines of its charts: stages, breaks of herds, seconds that do not count.
 */

import { formatCount, formatMs } from '../../base/units.ts';
import type { Phase, TimelineRow } from '../../model/record.ts';
import { herdNames } from '../comparison.ts';
import { html, type Markup } from './markup.ts';
import { areaSwatch, type Frame, type LegendEntry, place } from './plot.ts';
import { type Scale, timeScale } from './scale.ts';

/** One second of an hour would be too narrow to be seen. */
const MIN_WIDTH = 1.5;
/** Room for a letter, in the type of wide and of narrow screens. */
const LETTER_WIDTH = { small: 8, large: 11 };

/** A stretch of time in which something stayed the same. */
interface Span<Value> {
  value: Value;
  fromMs: number;
  toMs: number;
}

/** Neighbouring rows with the same value as one span, which lasts until the next one begins. */
function spans<Value>(rows: TimelineRow[], keyOf: (row: TimelineRow) => Value): Span<Value>[] {
  const found: Span<Value>[] = [];
  for (const row of rows) {
    const last = found[found.length - 1];
    if (last !== undefined) last.toMs = row.tMs;
    if (last === undefined || last.value !== keyOf(row)) {
      found.push({ value: keyOf(row), fromMs: row.tMs, toMs: row.tMs });
    }
  }
  return found;
}

/** The time of a phase, from its start to its last second. */
export function phaseTime(rows: TimelineRow[], frame: Frame): Scale {
  return timeScale(rows[rows.length - 1].tMs, { from: frame.left, to: frame.right });
}

/** Shaded stages with their names, hatched seconds that are not valid, and a mark where each herd was broken. */
export function backdrop(phase: Phase, frame: Frame, x: Scale): Markup {
  const area = (span: Span<unknown>) => {
    const width = Math.max(MIN_WIDTH, x.at(span.toMs) - x.at(span.fromMs));
    return `M${place(x.at(span.fromMs))} ${frame.top}h${place(width)}V${frame.bottom}h${place(-width)}z`;
  };
  const stages = spans(phase.timeline, (row) => row.stage).map(
    (span) => html`<path class="band ${span.value}" d="${area(span)}"/>${stageName(span, frame, x)}`,
  );
  const breaks = herdBreaks(phase).map(
    ({ atMs }) => html`<path class="break" d="M${x.at(atMs)} ${frame.top}V${frame.bottom}"/>`,
  );
  return html`${stages}<path class="hatch" d="${invalidSpans(phase).map(area).join('')}"/>${breaks}`;
}

/** Above its stage, where that is wide enough for it. */
function stageName({ value, fromMs, toMs }: Span<string>, frame: Frame, x: Scale): Markup | null {
  const perLetter = (x.at(toMs) - x.at(fromMs)) / value.length;
  if (perLetter < LETTER_WIDTH.small) return null;
  const middle = x.at((fromMs + toMs) / 2);
  const style = perLetter < LETTER_WIDTH.large ? 'stage wide' : 'stage';
  return html`<text class="${style}" x="${middle}" y="${frame.top - 7}">${value}</text>`;
}

/** What the marks of the backdrop mean, as far as there are any. */
export function backdropLegend(phase: Phase): LegendEntry[] {
  const breaks = herdBreaks(phase).map(({ name }) => name);
  return [
    ...(breaks.length === 0
      ? []
      : [{ label: `break (${breaks.join(', ')})`, swatch: html`<path class="break" d="M14 0V14"/>` }]),
    ...(invalidSpans(phase).length === 0 ? [] : [{ label: 'second not valid', swatch: areaSwatch('hatch') }]),
  ];
}

/** More than these are those of a soak, which come again and again. */
const MAX_STAGES_IN_WORDS = 12;

/** The stages and when each began, in words. */
export function stagesInWords({ timeline }: Phase): string {
  const all = spans(timeline, (row) => row.stage);
  const told = all.slice(0, MAX_STAGES_IN_WORDS).map(({ value, fromMs }) => `${value} ${beginning(fromMs)}`);
  return [...told, ...(all.length > told.length ? ['and so on'] : [])].join(', ');
}

function beginning(ms: number): string {
  return (ms < 120_000 ? `${formatCount(ms / 1000)} s` : formatMs(ms)).replaceAll(' ', '\u00a0');
}

function invalidSpans(phase: Phase): Span<boolean>[] {
  return spans(phase.timeline, (row) => row.valid).filter((span) => !span.value);
}

function herdBreaks({ herds }: Phase): { name: string; atMs: number }[] {
  const names = herdNames(herds);
  return herds.map(({ brokenAtMs }, index) => ({ name: names[index], atMs: brokenAtMs }));
}
