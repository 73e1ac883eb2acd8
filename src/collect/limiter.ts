/**
 * Names what stopped a search: one resource, the side it is on, and the figures that say so. The causes are looked
 * at in this order: those of our own end first, since a limit of ours would pass for one of the server's.
 */

import { RESERVED_DESCRIPTORS } from '../base/limits.ts';
import { formatCount, formatMs, formatRatio } from '../base/units.ts';
import type { Limiter } from '../model/record.ts';
import type { NodeSample } from '../topology/sample.ts';

/** What a level of a search showed. */
export interface StepEvidence {
  requested: number;
  established: number;
  /** Failed connects by cause. */
  failed: Record<string, number>;
  /** Connections that the server closed meanwhile. */
  closed: number;
  connectP99Ms: number | null;
  eluMax: number;
  server: NodeSample[];
}

/** The bundled server refuses connections before it has used up the descriptors that it keeps for itself. */
const LAST_DESCRIPTORS = RESERVED_DESCRIPTORS + 32;

interface Cause {
  applies: (evidence: StepEvidence) => boolean;
  name: (evidence: StepEvidence) => Limiter;
}

const failedWith =
  (...keys: string[]) =>
  ({ failed }: StepEvidence) =>
    keys.some((key) => (failed[key] ?? 0) > 0);

const CAUSES: Cause[] = [
  {
    applies: failedWith('EMFILE', 'ENFILE'),
    name: (e) => ({ resource: 'file descriptors', side: 'generator', evidence: failures(e) }),
  },
  {
    applies: failedWith('EADDRNOTAVAIL', 'EADDRINUSE'),
    name: (e) => ({ resource: 'ephemeral ports', side: 'generator', evidence: failures(e) }),
  },
  {
    applies: ({ eluMax }) => eluMax > 0.9,
    name: ({ eluMax }) => ({
      resource: 'processor',
      side: 'generator',
      evidence: `a worker's event loop was ${formatRatio(eluMax)} busy`,
    }),
  },
  {
    applies: ({ server }) => server.some(isOutOfDescriptors),
    name: (e) => ({
      resource: 'file descriptors',
      side: 'server',
      evidence: `${descriptors(e)}; ${failures(e)}`,
    }),
  },
  {
    applies: ({ failed }) => Object.keys(failed).some((key) => key.startsWith('HTTP_')),
    name: (e) => ({ resource: 'admission limit', side: 'server', evidence: failures(e) }),
  },
  {
    applies: failedWith('TIMEOUT'),
    name: (e) => ({ resource: 'accept rate', side: 'server', evidence: failures(e) }),
  },
  {
    applies: ({ failed }) => Object.keys(failed).length > 0,
    name: (e) => ({ resource: 'accept capacity', side: 'server', evidence: failures(e) }),
  },
  {
    applies: ({ closed }) => closed > 0,
    name: ({ closed, established, requested }) => ({
      resource: 'connections kept open',
      side: 'server',
      evidence: `it closed ${formatCount(closed)}; ${formatCount(established)} of ${formatCount(requested)} were left`,
    }),
  },
  {
    applies: ({ connectP99Ms }) => (connectP99Ms ?? 0) > 1000,
    name: ({ connectP99Ms }) => ({
      resource: 'accept rate',
      side: 'server',
      evidence: `connects took ${formatMs(connectP99Ms ?? 0)} at p99`,
    }),
  },
];

export function nameLimiter(evidence: StepEvidence): Limiter {
  const cause = CAUSES.find(({ applies }) => applies(evidence));
  const { established, requested } = evidence;
  return (
    cause?.name(evidence) ?? {
      resource: 'unknown',
      side: 'unknown',
      evidence: `${formatCount(established)} of ${formatCount(requested)} were connected when the time was over`,
    }
  );
}

function failures({ failed, established, requested }: StepEvidence): string {
  const causes = Object.entries(failed).map(([key, count]) => `${key} ${formatCount(count)} times`);
  const held = `${formatCount(established)} of ${formatCount(requested)} were connected`;
  return causes.length === 0 ? held : `connects failed with ${causes.join(', ')}; ${held}`;
}

function isOutOfDescriptors({ openDescriptors, maxDescriptors }: NodeSample): boolean {
  return (
    openDescriptors !== null &&
    maxDescriptors !== null &&
    openDescriptors >= maxDescriptors - LAST_DESCRIPTORS
  );
}

function descriptors({ server }: StepEvidence): string {
  const { openDescriptors, maxDescriptors } = server.find(isOutOfDescriptors) as NodeSample;
  return `the server has ${formatCount(openDescriptors ?? 0)} of ${formatCount(maxDescriptors ?? 0)} descriptors open`;
}
