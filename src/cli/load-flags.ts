/**
 * The load options as flags. Names, help and defaults come from the one table that also validates scenario files.
 */

import { type Command, Option } from 'commander';
import { LOAD_OPTIONS, type LoadKey, type LoadOptions } from '../index.ts';

const FLAGGED = (Object.keys(LOAD_OPTIONS) as LoadKey[]).flatMap((key) => {
  const { flag, help, fallback, repeatable } = LOAD_OPTIONS[key];
  return flag === undefined ? [] : [{ key, flag, help, fallback, repeatable }];
});

/** Adds a flag for each load option. */
export function addLoadFlags(command: Command): void {
  for (const { flag, help, fallback, repeatable } of FLAGGED) {
    const option = new Option(flag, help + defaultText(fallback));
    if (repeatable) option.argParser(collect);
    command.addOption(option.helpGroup('Load:'));
  }
}

/** For flags that may be given more than once. */
export function collect(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), text];
}

/** Defaults are told, not given to the parser: what nobody typed must not override a scenario. */
function defaultText(fallback: unknown): string {
  const isNothing = fallback === undefined || fallback === false || typeof fallback === 'object';
  return isNothing ? '' : ` (default: ${fallback})`;
}

/** What was typed, in the types of a scenario file. It is checked there, with everything else. */
export function readLoadFlags(typed: Record<string, unknown>): LoadOptions {
  const said = FLAGGED.filter(({ flag }) => typed[nameOf(flag)] !== undefined);
  return Object.fromEntries(said.map(({ key, flag }) => [key, toValue(key, typed[nameOf(flag)])]));
}

/** `--connect-rate <n/s>` → `connectRate`, the name under which commander keeps the value. */
function nameOf(flag: string): string {
  const [long] = flag.slice(2).split(' ');
  return long.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function toValue(key: LoadKey, typed: unknown): unknown {
  if (key === 'headers') return Object.fromEntries((typed as string[]).map(toHeader));
  if (key === 'objective') return Object.fromEntries((typed as string[]).map(toObjective));
  return LOAD_OPTIONS[key].schema.def.type === 'number' ? toNumber(typed) : typed;
}

/** Text that is no number is left as it is, so that the complaint can quote it. */
function toNumber(typed: unknown): unknown {
  return /^[\d.e+-]+$/i.test(String(typed)) ? Number(typed) : typed;
}

/** Of the limits, those that are times have a unit; the others are shares. */
function toObjective(text: string): [string, unknown] {
  const [name, limit = ''] = text.split('=', 2);
  return [name.trim(), toNumber(limit.trim())];
}

/** A line without a colon is a name that no header can have, which is what will be complained about. */
function toHeader(line: string): [string, string] {
  const colon = line.indexOf(':');
  return colon < 0 ? [`${line}:`, ''] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}
