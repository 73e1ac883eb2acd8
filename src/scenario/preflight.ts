/**
 * What stands in the way of a plan on this machine, told before the run meets it. What is left of each limit, and what
 * lifts it, are the doctor's figures and words.
 */

import { formatBytes, formatCount, formatRatio } from '../base/units.ts';
import { PAGES_PER_SOCKET } from '../limits/costs.ts';
import { freeBytes, type Readings } from '../limits/readings.ts';
import { commandFor } from '../limits/remedies/index.ts';
import { openFilesCommand } from '../limits/remedies/open-files.ts';
import { sysctlCommand } from '../limits/remedies/sysctl.ts';
import {
  descriptorsLeft,
  entriesLeft,
  pagesLeft,
  portsOf,
  tasksLeft,
  tightestTasks,
} from '../limits/rooms.ts';
import { LIMITS, type LimitKey, perProcess } from '../limits/table.ts';
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
export function preflight(plan: Plan, machine: Readings, partProblems: string[] = []): Notice[] {
  const ofParts = partProblems.map((message): Notice => ({ level: 'error', message }));
  const ofPhases = plan.phases.flatMap((phase) => {
    const cost = costOf(phase, plan.workers, machine.limits);
    return [
      ...checkServer(phase, machine),
      ...checkPorts(phase, machine),
      ...checkDescriptors(phase, cost, machine),
      ...checkMemory(phase, cost, freeBytes(machine.memory)),
      ...checkRooms(phase, cost, machine),
    ];
  });
  return [...ofParts, ...ofPhases];
}

/** Its name, by system. */
const FILE_TABLE = { linux: 'fs.file-max', macos: 'kern.maxfiles', other: 'fs.file-max' } as const;

/** A process cannot have more connections than descriptors. */
function checkServer({ name, topology, clients }: PhasePlan, machine: Readings): Notice[] {
  const bottleneck = bottleneckOf(topology, machine.limits);
  if (bottleneck === null || clients <= bottleneck.clients) return [];
  const command = openFilesCommand(machine, bottleneck.nofileFor(clients));
  const message =
    `${name}: the bundled server is ${bottleneck.part} and can hold ${formatCount(bottleneck.clients)} of ` +
    `${formatCount(clients)} clients; ` +
    (command === null
      ? 'its limit of open files cannot be raised from here: ask for fewer clients, or for more nodes'
      : `raise its limit of open files with \`${command}\`, or ask for fewer clients`);
  return [{ level: 'warning', message }];
}

/** From one address to one port, there cannot be more connections than ephemeral ports. */
function checkPorts({ name, topology, clients, ceiling }: PhasePlan, machine: Readings): Notice[] {
  // The bundled server is on 127.0.0.0/8, where there are as many source addresses as clients need.
  if (topology.kind !== 'target') return [];
  const most = placesOf([topology.url], clients, portsOf(machine));
  if (clients <= most) return [];
  const message =
    `${name}: ${formatCount(clients)} clients need a port each, but from one address to this target there ` +
    `are ${formatCount(most)}; ${lift('ports', machine, (command) => `widen the range with ${command}, or `)}` +
    'attack from several machines';
  // A search for the ceiling finds that out and says so; it is what it is for.
  return [{ level: ceiling ? 'warning' : 'error', message }];
}

function checkDescriptors({ name }: PhasePlan, { descriptors }: PhaseCost, machine: Readings): Notice[] {
  const left = descriptorsLeft(machine);
  if (left === null || descriptors <= left) return [];
  const message =
    `${name}: ${formatCount(descriptors)} descriptors are needed, but the machine has ${formatCount(left)}; raise it ` +
    `with \`${sysctlCommand(machine, FILE_TABLE[machine.platform], descriptors * 2)}\``;
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

/** What else a plan takes of the machine as a whole, in the units that this is counted in. */
const NEEDS: {
  limit: LimitKey;
  what: string;
  left: (machine: Readings) => number | null;
  needed: (phase: PhasePlan, cost: PhaseCost, machine: Readings) => number;
}[] = [
  {
    limit: 'tasks',
    what: 'threads',
    left: (machine) => {
      const tightest = tightestTasks(machine);
      return tightest === null ? null : tasksLeft(tightest);
    },
    needed: (_, { hosts, servers }, machine) => {
      const tightest = tightestTasks(machine);
      return tightest === null ? 0 : (hosts + servers) * perProcess(tightest);
    },
  },
  {
    limit: 'conntrack',
    what: 'entries',
    left: entriesLeft,
    // Both ends of a connection are one entry; one through a balancer is two connections.
    needed: ({ topology }, { descriptors }) => (topology.kind === 'target' ? descriptors : descriptors / 2),
  },
  {
    limit: 'tcpBuffers',
    what: 'pages',
    left: pagesLeft,
    needed: (_, { descriptors }) => descriptors * PAGES_PER_SOCKET,
  },
];

/** Estimates, of machines that others use as well: none of them keeps a run from being tried. */
function checkRooms(phase: PhasePlan, cost: PhaseCost, machine: Readings): Notice[] {
  return NEEDS.flatMap(({ limit, what, left, needed }): Notice[] => {
    const room = left(machine);
    const need = needed(phase, cost, machine);
    if (room === null || need <= room) return [];
    const message =
      `${phase.name}: about ${formatCount(need)} ${what} of ${LIMITS[limit].name} are needed, but ` +
      `${formatCount(room)} are left; ${lift(limit, machine, (command) => `raise it with ${command}, or `)}` +
      'ask for fewer clients';
    return [{ level: 'warning', message }];
  });
}

/** Says the command that lifts a limit; nothing where there is none. */
function lift(limit: LimitKey, machine: Readings, say: (command: string) => string): string {
  const command = commandFor(limit, machine);
  return command === null ? '' : say(`\`${command}\``);
}
