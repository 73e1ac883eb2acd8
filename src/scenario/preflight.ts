/**
 * What stands in the way of a plan on this machine, told before the run meets it.
 */

import type { OsLimits } from '../base/limits.ts';
import { formatBytes, formatCount, formatRatio } from '../base/units.ts';
import type { PhasePlan, Plan } from '../model/plan.ts';
import { placesOf } from '../transport/sources.ts';
import { costOf, type PhaseCost } from './cost.ts';
import { bottleneckOf } from './holding.ts';

/** An error keeps the run for certain from what it was asked for; a warning may. */
export interface Notice {
  level: 'error' | 'warning';
  message: string;
}

/** From this share of the free memory on, a machine may begin to swap or to kill. */
const TIGHT_RATIO = 0.8;
/** What a connection takes is an assumption; only if half of it were too much, too, the run is hopeless. */
const HOPELESS_RATIO = 2;

/**
 * All that stands in the way of a plan.
 *
 * @param partProblems what keeps parts of the server from being started here, each told whole: a program that is not
 *   installed, for one
 */
export function preflight(
  plan: Plan,
  limits: OsLimits,
  freeMemoryBytes: number,
  partProblems: string[] = [],
): Notice[] {
  const ofParts = partProblems.map((message): Notice => ({ level: 'error', message }));
  const ofPhases = plan.phases.flatMap((phase) => {
    const cost = costOf(phase, plan.workers, limits);
    return [
      ...checkServer(phase, limits),
      ...checkPorts(phase, limits),
      ...checkDescriptors(phase, cost, limits),
      ...checkMemory(phase, cost, freeMemoryBytes),
    ];
  });
  return [...ofParts, ...ofPhases];
}

/** A process cannot have more connections than descriptors. */
function checkServer({ name, topology, clients }: PhasePlan, limits: OsLimits): Notice[] {
  const bottleneck = bottleneckOf(topology, limits);
  if (bottleneck === null || clients <= bottleneck.clients) return [];
  const message =
    `${name}: the bundled server is ${bottleneck.part} and can hold ${formatCount(bottleneck.clients)} of ` +
    `${formatCount(clients)} clients; raise its limit of open files with ` +
    `\`ulimit -n ${bottleneck.nofileFor(clients)}\`, or ask for fewer clients`;
  return [{ level: 'warning', message }];
}

/** From one address to one port, there cannot be more connections than ephemeral ports. */
function checkPorts({ name, topology, clients, ceiling }: PhasePlan, limits: OsLimits): Notice[] {
  // The bundled server is on 127.0.0.0/8, where there are as many source addresses as clients need.
  if (topology.kind !== 'target') return [];
  const most = placesOf([topology.url], clients, limits);
  if (clients <= most) return [];
  const message =
    `${name}: ${formatCount(clients)} clients need a port each, but from one address to this target there ` +
    `are ${formatCount(most)}; widen the range with \`sysctl -w net.ipv4.ip_local_port_range="1024 65535"\`, ` +
    'or attack from several machines';
  // A search for the ceiling finds that out and says so; it is what it is for.
  return [{ level: ceiling ? 'warning' : 'error', message }];
}

function checkDescriptors({ name }: PhasePlan, { descriptors }: PhaseCost, { fileMax }: OsLimits): Notice[] {
  if (fileMax === null || descriptors <= fileMax) return [];
  const message =
    `${name}: ${formatCount(descriptors)} descriptors are needed, but the machine has ` +
    `${formatCount(fileMax)}; raise it with \`sysctl -w fs.file-max=${descriptors * 2}\``;
  return [{ level: 'error', message }];
}

function checkMemory({ name }: PhasePlan, { memoryBytes }: PhaseCost, freeBytes: number): Notice[] {
  const ratio = memoryBytes / freeBytes;
  if (ratio <= TIGHT_RATIO) return [];
  const message =
    `${name}: about ${formatBytes(memoryBytes)} of memory are needed, ${formatRatio(ratio)} of the ` +
    `${formatBytes(freeBytes)} that are free; ask for fewer clients`;
  return [{ level: ratio > HOPELESS_RATIO ? 'error' : 'warning', message }];
}
