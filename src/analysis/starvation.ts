/**
 * Who had the processors when the generator did not get enough of them.
 */

import { formatRatio } from '../base/units.ts';
import type { UnjudgedRow } from '../model/record.ts';

/** From here on, whoever wants a core waits for one: the rest is the gaps between two who take turns. */
const SATURATED_RATIO = 0.95;
const MAX_STEAL_RATIO = 0.02;
/** A server that waits for a core for so much of a second could have done a quarter more. */
const MAX_SERVER_WAIT_RATIO = 0.2;
/** Others that use so much come in bursts that take all cores, which a second's mean does not show. */
const COMPANY_CORES = 0.5;

export function hasNoCoreFree({ machineBusyRatio }: UnjudgedRow): boolean {
  return machineBusyRatio !== null && machineBusyRatio >= SATURATED_RATIO;
}

export function hasStolenTime({ stealRatio }: UnjudgedRow): boolean {
  return stealRatio !== null && stealRatio > MAX_STEAL_RATIO;
}

export function isServerStarved({ serverWaitRatio }: UnjudgedRow): boolean {
  return serverWaitRatio !== null && serverWaitRatio > MAX_SERVER_WAIT_RATIO;
}

/** Without a server of ours the target may be among the others. */
export function hadCompany({ otherCpuRatio, serverCpuRatio }: UnjudgedRow): boolean {
  return serverCpuRatio !== null && otherCpuRatio !== null && otherCpuRatio >= COMPANY_CORES;
}

export function othersInWords(rows: UnjudgedRow[], cores: number): string {
  const most = Math.max(...rows.map(({ otherCpuRatio }) => otherCpuRatio ?? 0));
  return `other programs used up to ${tenths(most)} of ${cores} ${coresInWords(cores)}: end them, or run the generator elsewhere`;
}

/** `2 of 2 cores busy (generator 0.9, server 0.8, others 0.3): halve the rate, or run the server elsewhere`. */
export function usersOfCores(rows: UnjudgedRow[], cores: number): string {
  const busy = mean(rows, (row) => row.machineBusyRatio) ?? 1;
  const stolen = mean(rows, (row) => row.stealRatio) ?? 0;
  const generator = mean(rows, (row) => row.generatorCpuRatio);
  const server = mean(rows, (row) => row.serverCpuRatio);
  const others = mean(rows, (row) => row.otherCpuRatio);
  const users: [name: string, cores: number | null][] = [
    ['generator', generator],
    ['server', server],
    ['others', others],
    ['hypervisor', stolen > MAX_STEAL_RATIO ? stolen * cores : null],
  ];
  const told = users.flatMap(([name, share]) => (share === null ? [] : `${name} ${tenths(share)}`));
  const mostly = (others ?? 0) > Math.max(generator ?? 0, server ?? 0);
  const remedy = mostly
    ? 'end the other programs, or run the generator elsewhere'
    : `halve the rate, or run the ${server === null ? 'generator' : 'server'} elsewhere`;
  return `${tenths(busy * cores)} of ${cores} ${coresInWords(cores)} busy (${told.join(', ')}): ${remedy}`;
}

export function stolenInWords(rows: UnjudgedRow[]): string {
  const most = Math.max(...rows.map(({ stealRatio }) => stealRatio ?? 0));
  return `the hypervisor gave up to ${formatRatio(most)} of the processor time to other machines: run it again when they are quiet, or elsewhere`;
}

function coresInWords(cores: number): string {
  return cores === 1 ? 'core' : 'cores';
}

/** Of the seconds in which it is known; null if it is of none. */
function mean(rows: UnjudgedRow[], of: (row: UnjudgedRow) => number | null): number | null {
  const known = rows.map(of).filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** `0.9`, and `2` for what is 2.0. */
function tenths(value: number): string {
  return String(Math.round(value * 10) / 10);
}
