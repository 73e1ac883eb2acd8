/**
 * A record as OpenMetrics text, which GitLab shows in a merge request beside the values of the target branch, and a
 * push gateway takes. It is about a run that is over, so that what counters counted are gauges here.
 */

import { printable } from '../base/text.ts';
import type { FieldUnit } from '../gate/units.ts';
import type { Phase, RunRecord, Verdict } from '../model/record.ts';
import { type Figure, type FollowedPath, figuresOf } from './figures.ts';

interface Family {
  name: string;
  help: string;
  type: 'gauge' | 'summary';
  unit: string | null;
  samples: { labels: Record<string, string>; value: number }[];
}

/** Paths that end in a percentile are a summary together. */
type Named = WithoutPercentile<FollowedPath>;
type WithoutPercentile<Path> = Path extends `${infer Whole}.p${number}` ? Whole : Path;

/** Figures under their names as metrics, without the unit. */
const NAMES: Record<Named, { name: string; help: string }> = {
  'latency.responseMs': { name: 'response', help: 'Time from when a message was due until its answer came.' },
  'latency.oneWayMs': { name: 'one_way', help: 'Time from when a message was due until a receiver had it.' },
  'connect.latencyMs': { name: 'connect', help: 'Time until a connection was open, successes only.' },
  'ceiling.connections': { name: 'ceiling_connections', help: 'Most connections that held.' },
  'rateCeiling.messagesPerS': { name: 'ceiling_messages_per_second', help: 'Highest rate that held.' },
  'clients.peak': { name: 'clients_peak', help: 'Most clients that were connected at once.' },
  'fanout.reachRatio': { name: 'reach', help: 'Share of the room messages that arrived.' },
  'ordering.missing': { name: 'missing_messages', help: 'Messages that never arrived.' },
  'ordering.reordered': { name: 'reordered_messages', help: 'Messages that were overtaken.' },
  'roomOrdering.missing': {
    name: 'room_missing_messages',
    help: 'Messages that members of rooms never got.',
  },
  'herds.t99Ms': {
    name: 'herd_recovery',
    help: 'Time until 99 % were back, after the worst break.',
  },
  'herds.lost': { name: 'herd_lost_messages', help: 'Messages that the worst break cost.' },
  'server.cpuS': { name: 'server_cpu', help: 'Processor time of the server.' },
  'server.rssBytes': { name: 'server_resident_memory', help: 'Most memory that the server held.' },
  'server.bytesPerConnection': {
    name: 'server_connection_memory',
    help: 'Memory of the server for each connection.',
  },
};

/** Base units, as the conventions want them, and what a value in the field's unit is divided by. */
const BASE_UNITS: Record<FieldUnit, [name: string | null, per: number]> = {
  ms: ['seconds', 1000],
  s: ['seconds', 1],
  B: ['bytes', 1],
  ratio: ['ratio', 1],
  '/s': [null, 1],
  none: [null, 1],
};

const QUANTILE = /\.p(?<digits>\d+)$/;

/** The record as OpenMetrics text. */
export function toOpenMetrics(record: RunRecord): string {
  const lines = [...figureFamilies(record), ...runFamilies(record)].flatMap(familyLines);
  return [...lines, '# EOF', ''].join('\n');
}

/** One family for each kind of figure, with all phases in it: a family must not be torn apart. */
function figureFamilies(record: RunRecord): Family[] {
  const families = new Map<string, Family>();
  for (const figure of figuresOf(record)) {
    const about = NAMES[figure.path.replace(QUANTILE, '') as Named];
    const [unit, per] = BASE_UNITS[figure.unit];
    const name = ['wsscale', about.name, ...(unit === null ? [] : [unit])].join('_');
    const quantile = quantileOf(figure);
    const family = families.get(name) ?? {
      ...{ name, help: about.help, unit },
      ...{ type: quantile === null ? ('gauge' as const) : ('summary' as const), samples: [] },
    };
    const labels = { phase: figure.phase, ...(quantile === null ? {} : { quantile }) };
    // Without the last digits that the division made up.
    family.samples.push({ labels, value: Number((figure.value / per).toPrecision(12)) });
    families.set(name, family);
  }
  return [...families.values()];
}

/** `p999` is 0.999. */
function quantileOf({ path }: Figure): string | null {
  const digits = QUANTILE.exec(path)?.groups?.digits;
  return digits === undefined ? null : `0.${digits.replace(/0+$/, '')}`;
}

/** What was made of the rules, and which phases can be trusted. */
function runFamilies({ verdict, phases }: RunRecord): Family[] {
  const statuses: Verdict['status'][] = ['pass', 'fail', 'inconclusive'];
  return [
    {
      name: 'wsscale_rules',
      help: 'Gate rules by how they came out.',
      ...{ type: 'gauge', unit: null },
      samples: statuses.map((status) => ({
        labels: { status },
        value: verdict.rules.filter((rule) => rule.status === status).length,
      })),
    },
    ...(phases.length === 0 ? [] : [validFamily(phases)]),
  ];
}

function validFamily(phases: readonly Phase[]): Family {
  return {
    name: 'wsscale_generator_valid',
    help: '1 where the load generator kept up, so that the numbers are those of the server.',
    ...{ type: 'gauge', unit: null },
    samples: phases.map(({ name, generator }) => ({
      labels: { phase: name },
      value: generator.valid ? 1 : 0,
    })),
  };
}

function familyLines({ name, help, type, unit, samples }: Family): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...(unit === null ? [] : [`# UNIT ${name} ${unit}`]),
    ...samples.map(({ labels, value }) => `${name}{${labelsText(labels)}} ${value}`),
  ];
}

function labelsText(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',');
}

/** Line breaks are not printable, so that none is left to escape. */
function escapeLabel(value: string): string {
  return printable(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}
