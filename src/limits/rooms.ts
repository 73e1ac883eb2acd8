/**
 * What is left of each resource of a machine, in its own unit: the doctor divides it by what a connection takes, and
 * the check before a run holds it against what the plan takes. Null where the system does not tell, or does not limit.
 */

import { UNLIMITED } from '../base/limits.ts';
import type { Readings, TaskLimit } from './readings.ts';

/** What Linux gives out where it does not tell. */
const DEFAULT_PORTS: [number, number] = [32_768, 60_999];

/** What Node asks for where a server does not say. */
export const NODE_BACKLOG = 511;

/** Descriptors of all processes together. */
export function descriptorsLeft({ limits, filesInUse, rights }: Readings): number | null {
  const { fileMax } = limits;
  if (fileMax === null || fileMax >= UNLIMITED || rights.isAboveFileMax) return null;
  return Math.max(0, fileMax - (filesInUse ?? 0));
}

/** Ports that the system gives out, from one address to another address and port. */
export function portsOf({ limits, reservedPorts }: Readings): number {
  const [first, last] = limits.ephemeralPorts ?? DEFAULT_PORTS;
  return last - first + 1 - reservedPorts;
}

/** Where nothing is in the table, no rule of the firewall asks for it: then it is not kept. */
export function entriesLeft({ conntrack }: Readings): number | null {
  return conntrack === null || conntrack.count === 0 ? null : Math.max(0, conntrack.max - conntrack.count);
}

export function pagesLeft({ tcpPages }: Readings): number | null {
  return tcpPages === null ? null : Math.max(0, tcpPages.max - tcpPages.used);
}

/** The limit of threads or processes that is met first; null if none is known. */
export function tightestTasks({ tasks }: Readings): TaskLimit | null {
  return tasks.reduce<TaskLimit | null>(
    (least, limit) => (least === null || tasksLeft(limit) < tasksLeft(least) ? limit : least),
    null,
  );
}

export function tasksLeft({ max, used }: TaskLimit): number {
  return Math.max(0, max - (used ?? 0));
}

/** Connects that wait until a server of Node's takes them: the kernel lets in one more than it was told. */
export function acceptQueue({ limits }: Readings): number {
  return Math.min(NODE_BACKLOG, limits.somaxconn ?? NODE_BACKLOG) + 1;
}
