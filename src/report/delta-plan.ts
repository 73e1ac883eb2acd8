/**
 * What differs between two phases by their plans, in words: `store sqlite instead of none`. It knows no single option,
 * so that none can be forgotten.
 */

import { isDeepStrictEqual } from 'node:util';
import { formatBytes, formatCount, formatMs, formatRatio } from '../base/units.ts';
import type { PhasePlan } from '../model/plan.ts';

/** What two plans differ in. */
export interface PlanDifferences {
  /** How the server is made, and how its clients come back: what is tried out. */
  technique: string[];
  /** What is done to it. Where this differs, two phases do not answer the same question. */
  load: string[];
}

/** What the load is made of; all else is technique. */
const LOAD: readonly (keyof PhasePlan)[] = [
  ...(['transport', 'clients', 'connectRatePerS', 'handshake', 'messages'] as const),
  ...(['slowReadersRatio', 'movesRatioPerS', 'durationMs', 'drainMs', 'ceiling', 'herds', 'soak'] as const),
  ...(['rateCeiling', 'objective', 'search'] as const),
];

/** What a phase is called, and with what it is compared, is no part of what it does. */
const ABOUT: readonly string[] = ['name', 'baseline'] satisfies (keyof PhasePlan)[];

/** Groups that say nothing beside what stands in them. */
const GROUPS: readonly string[] = ['topology', 'handshake', 'messages', 'service', 'search'];

const MAX_VALUE_LENGTH = 120;

/** All that differs in a plan from the one that it is compared with. */
export function planDifferences(plan: PhasePlan, baseline: PhasePlan): PlanDifferences {
  const keys = Object.keys(plan).filter((key) => !ABOUT.includes(key)) as (keyof PhasePlan)[];
  const of = (some: (keyof PhasePlan)[]) =>
    some.flatMap((key) => differences([key], plan[key], baseline[key]));
  return {
    technique: of(keys.filter((key) => !LOAD.includes(key))),
    load: of(keys.filter((key) => LOAD.includes(key))),
  };
}

function differences(path: readonly string[], value: unknown, baseline: unknown): string[] {
  if (isDeepStrictEqual(value, baseline)) return [];
  if (isGroup(value) && isGroup(baseline) && value.kind === baseline.kind) {
    const keys = new Set([...Object.keys(value), ...Object.keys(baseline)]);
    return [...keys].flatMap((key) => differences([...path, key], value[key], baseline[key]));
  }
  const key = path[path.length - 1];
  return [
    `${nameOf(path)} ${clip(inWords(value, key, baseline))} instead of ${clip(inWords(baseline, key, value))}`,
  ];
}

type Group = Record<string, unknown>;

function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `topology.dns.ttlMs` is `dns ttl`. */
function nameOf(path: readonly string[]): string {
  const steps = path.length > 1 && GROUPS.includes(path[0]) ? path.slice(1) : path;
  return steps.map(keyInWords).join(' ');
}

/** `connectRatePerS` is `connect rate`: the unit stands at the value. */
function keyInWords(key: string): string {
  const bare = key.replace(/(PerClient)?(Ms|Bytes|Ratio|PerS)+$/, '');
  return bare.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** A value as it reads beside another one; what both have in common is left out. */
function inWords(value: unknown, key: string, other: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'number') return withUnit(value, key);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) {
    return value.length === 0 ? 'none' : value.map((element) => inWords(element, key, null)).join(', ');
  }
  const group = value as Group;
  const { kind = null, ...parts } = group;
  const told = Object.entries(parts)
    .filter(([name, part]) => part !== null && !(isGroup(other) && isDeepStrictEqual(part, other[name])))
    .map(([name, part]) => `${keyInWords(name)} ${inWords(part, name, null)}`)
    .join(', ');
  if (kind === null) return told;
  return told === '' ? String(kind) : `${kind} (${told})`;
}

function withUnit(value: number, key: string): string {
  if (key.endsWith('RatioPerS')) return `${formatRatio(value)}/s`;
  if (key.endsWith('Ratio')) return formatRatio(value);
  if (key.endsWith('PerS')) return `${value}/s`;
  if (key.endsWith('Ms')) return formatMs(value);
  if (key.endsWith('Bytes')) return formatBytes(value);
  return Number.isInteger(value) ? formatCount(value) : String(value);
}

function clip(text: string): string {
  return text.length <= MAX_VALUE_LENGTH ? text : `${text.slice(0, MAX_VALUE_LENGTH - 1)}…`;
}
