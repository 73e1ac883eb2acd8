/**
 * Plans the network between regions: the table of `model/wan.ts`, and what a scenario says in its place.
 */

import type { TopologyPlan, WanPlan } from '../model/plan.ts';
import { DEFAULT_JITTER_RATIO, roundTripMs } from '../model/wan.ts';
import type { Complain, Options } from './options.ts';

/** The pairs between which there is no round-trip time. */
const UNKNOWN = Number.NaN;

export function planWan(regions: readonly string[], wan: Options['wan']): WanPlan {
  const said = (from: string, to: string) => wan.rttMs?.[`${from} ${to}`] ?? wan.rttMs?.[`${to} ${from}`];
  return {
    rttMs: regions.map((from) =>
      regions.map((to) => (from === to ? 0 : (said(from, to) ?? roundTripMs(from, to) ?? UNKNOWN))),
    ),
    jitterRatio: wan.jitter ?? DEFAULT_JITTER_RATIO,
    lossRatio: wan.loss ?? 0,
  };
}

type RegionsPlan = Extract<TopologyPlan, { kind: 'regions' }>;

/** Complains of regions that cannot be put on a map, and of what a DNS cannot say. */
export function checkRegions({ regions, wan, dns }: RegionsPlan, options: Options, complain: Complain): void {
  const twice = regions.find((region, i) => regions.indexOf(region) !== i);
  if (twice !== undefined) complain('regions', `has ${twice} twice; a region is one place`);
  const pairs = regions.flatMap((from, i) =>
    regions.slice(i + 1).map((to, j) => ({ from, to, i, j: i + 1 + j })),
  );
  const unknown = pairs.filter(({ i, j }) => Number.isNaN(wan.rttMs[i][j]));
  if (unknown.length > 0) {
    const names = unknown.map(({ from, to }) => `"${from} ${to}"`).join(', ');
    complain(
      'regions',
      `nobody knows how far apart these are: ${names}; say it with wan: { rttMs: … }, in ms`,
    );
  }
  for (const pair of Object.keys(options.wan.rttMs ?? {})) {
    if (!/^[a-z0-9-]{1,32} [a-z0-9-]{1,32}$/.test(pair)) {
      complain('wan', `"${pair}" is no pair of regions; write it like "us-east-1 eu-west-1"`);
    }
  }
  if (options.mode === 'broadcast' && options.rooms % regions.length !== 0) {
    const count = regions.length;
    complain(
      'rooms',
      `is ${options.rooms}; a room is in one region, so there must be ${count} of them, or a multiple`,
    );
  }
  if (dns.ttlMs === 0) complain('dnsTtl', 'must be longer than 0');
  if (dns.ttlMs % 1000 !== 0) complain('dnsTtl', 'is no whole number of seconds, and a DNS knows no others');
  if (dns.healthIntervalMs === 0) complain('healthInterval', 'must be longer than 0');
}
