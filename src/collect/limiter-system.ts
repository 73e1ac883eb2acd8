/**
 * Causes that a limit leaves in the system: the kernel's tables, the server's processes, and the queue of connects
 * that wait to be accepted. The kernel's counters are of the whole machine, so none of them blames the server by
 * itself: what its own sockets dropped does, what its own processes have, or a table that is full.
 */

import { RESERVED_DESCRIPTORS } from '../base/limits.ts';
import { formatBytes, formatCount, formatRatio } from '../base/units.ts';
import type { Limiter } from '../model/record.ts';
import type { Part } from '../topology/sample.ts';
import type { Cause, StepEvidence } from './limiter.ts';
import { failures, pace } from './limiter-words.ts';
import type { Moved, ProcessMoves } from './witness/moved.ts';

/** The bundled server refuses connections before it has used up the descriptors that it keeps for itself. */
const OWN_LAST_DESCRIPTORS = RESERVED_DESCRIPTORS + 32;
/** Others go on to the last one, but for a spare one to refuse with. */
const LAST_DESCRIPTORS = 8;
/** A table so full refuses what is new. */
const FULL_RATIO = 0.99;
/** A thread that had a core, or waited for one, for this share of half a second can do no more. */
const BUSY_RATIO = 0.9;
/** Who had a core for less of it did not work that hard: others were in the way. */
const WORK_RATIO = 0.5;
/** V8 gives up when its heap is full; what a process holds is that, and more. */
const HEAP_RATIO = 0.8;
/** When the kernel sends a connect again that was not answered. */
const SYN_TIMEOUT_MS = 1000;

const SIDES: Record<Part, Limiter['side']> = {
  node: 'server',
  broker: 'broker',
  balancer: 'balancer',
  store: 'server',
  dns: 'server',
  backend: 'server',
  edge: 'server',
};

/** Tables of the kernel. Where the server is elsewhere, they are of the generator's machine alone. */
export const KERNEL_CAUSES: Cause[] = [
  {
    applies: (e) => hasFailed(e) && grown(e, 'conntrack.drop') > 0 && isFull(e.moved?.conntrack),
    name: (e) => ({
      resource: 'connection tracking',
      side: kernelSide(e),
      evidence: `${table(e.moved?.conntrack)} connections are followed, ${formatCount(grown(e, 'conntrack.drop'))} packets were dropped; ${failures(e)}`,
    }),
  },
  {
    applies: (e) => grown(e, 'TcpExt.TCPAbortOnMemory') > 0 && isFull(e.moved?.tcpPages),
    name: (e) => ({
      resource: 'TCP memory',
      side: kernelSide(e),
      evidence: `${table(e.moved?.tcpPages)} pages of tcp_mem are in use, TCPAbortOnMemory rose by ${formatCount(grown(e, 'TcpExt.TCPAbortOnMemory'))}; ${failures(e)}`,
    }),
  },
];

/** What a process of the server cannot do without. */
export const SERVER_CAUSES: Cause[] = [
  of(
    // Where its group tells, the machine's count is of others.
    ({ oomKills, isAlive }, e) => (oomKills === null ? !isAlive && grown(e, 'oom_kill') > 0 : oomKills > 0),
    (process) => ({
      resource: 'memory',
      evidence:
        `${named(process)} was killed for want of memory when it held ${formatBytes(process.rssBytes)}` +
        (process.groupLimitBytes === null
          ? ''
          : `; its control group may have ${formatBytes(process.groupLimitBytes)}`),
    }),
  ),
  of(
    ({ isAlive, heapLimitBytes, rssBytes }) =>
      !isAlive && heapLimitBytes !== null && rssBytes > HEAP_RATIO * heapLimitBytes,
    (process) => ({
      resource: 'memory',
      evidence:
        `${named(process)} ended when it held ${formatBytes(process.rssBytes)}; ` +
        `its heap may have ${formatBytes(process.heapLimitBytes ?? 0)}`,
    }),
  ),
  of(
    // Helpers come and go.
    ({ isAlive, isMain }) => !isAlive && isMain,
    (process, e) => ({
      resource: 'process',
      evidence: `${named(process)} ended, and held ${formatBytes(process.rssBytes)} when it was last seen; ${failures(e)}`,
    }),
  ),
  of(isOutOfDescriptors, (process, e) => ({
    resource: 'file descriptors',
    evidence: `${named(process)} had ${formatCount(process.openDescriptors ?? 0)} of ${formatCount(process.maxDescriptors ?? 0)} descriptors open; ${failures(e)}`,
  })),
  {
    // Where there is no /proc, the nodes of the bundled server tell themselves.
    applies: ({ server }) => server.some((node) => isOutOfDescriptors({ ...node, role: node.role })),
    name: (e) => {
      const node = e.server.find((one) => isOutOfDescriptors({ ...one, role: one.role }));
      return {
        resource: 'file descriptors',
        side: 'server',
        evidence: `the server has ${formatCount(node?.openDescriptors ?? 0)} of ${formatCount(node?.maxDescriptors ?? 0)} descriptors open; ${failures(e)}`,
      };
    },
  },
  of(
    ({ pidsRefused }) => (pidsRefused ?? 0) > 0,
    (process) => ({
      resource: 'processes',
      evidence: `the control group of ${named(process)} was refused ${formatCount(process.pidsRefused ?? 0)} of them`,
    }),
  ),
];

/** Why it took too long. Where connects are refused or ended, it is not for want of time. */
export const SLOWNESS_CAUSES: Cause[] = [
  processor(({ ranRatio }) => (ranRatio ?? 0) > WORK_RATIO),
  {
    applies: (e) => isSlow(e) && (e.moved?.queue.drops ?? 0) > 0,
    name: (e) => acceptQueue(e, e.moved as Moved),
  },
  {
    // Without `ss`, only the whole machine's count is known: it counts where this queue was seen to be in use.
    applies: (e) => isSlow(e) && isQueueSuspect(e),
    name: (e) => acceptQueue(e, e.moved as Moved),
  },
  // It had little of a core, and waited for more.
  processor(() => true),
  {
    applies: (e) => isHere(e) && grown(e, 'TcpExt.TCPReqQFullDrop') >= Math.max(1, e.failed.TIMEOUT ?? 0),
    name: (e) => ({
      resource: 'handshake queue',
      side: 'kernel',
      evidence: `TCPReqQFullDrop rose by ${formatCount(grown(e, 'TcpExt.TCPReqQFullDrop'))}; ${failures(e)}`,
    }),
  },
];

/** A process of which a thread wanted all of a core, and more is true of it. */
function processor(shows: (process: ProcessMoves) => boolean): Cause {
  const find = ({ moved }: StepEvidence) => {
    const busy = (moved?.processes ?? []).filter((one) => wanted(one) > BUSY_RATIO && shows(one));
    return busy.toSorted((a, b) => wanted(b) - wanted(a))[0];
  };
  return {
    applies: (e) => isSlow(e) && find(e) !== undefined,
    name: (e) => {
      const process = find(e);
      const waited = process.waitedRatio ?? 0;
      const wait = waited < 0.05 ? '' : ` and waited for one for ${formatRatio(waited)}`;
      return {
        resource: 'processor',
        side: SIDES[process.part],
        evidence: `a thread of ${named(process)} had a core for ${formatRatio(process.ranRatio ?? 0)} of the time${wait}; ${pace(e)}`,
      };
    },
  };
}

function wanted({ ranRatio, waitedRatio }: ProcessMoves): number {
  return (ranRatio ?? 0) + (waitedRatio ?? 0);
}

function acceptQueue(e: StepEvidence, { queue, counters }: Moved): Limiter {
  const { backlog, somaxconn, drops, longest } = queue;
  const overflows = counters.get('TcpExt.ListenOverflows') ?? 0;
  const length =
    backlog === null ? `${formatCount(longest)} were seen to wait` : `it holds ${formatCount(backlog)}`;
  const isKernels = backlog !== null && somaxconn !== null && backlog >= somaxconn;
  return {
    resource: 'accept queue',
    side: isKernels ? 'kernel' : 'server',
    evidence:
      (drops === null ? '' : `it dropped ${formatCount(drops)} connects; `) +
      `ListenOverflows rose by ${formatCount(overflows)}; ${length}; ${pace(e)}`,
  };
}

/** Processes of which one shows the cause. */
function of(
  shows: (process: ProcessMoves, e: StepEvidence) => boolean,
  name: (process: ProcessMoves, e: StepEvidence) => Omit<Limiter, 'side'>,
): Cause {
  const find = (e: StepEvidence) => e.moved?.processes.find((process) => shows(process, e));
  return {
    applies: (e) => find(e) !== undefined,
    name: (e) => {
      const process = find(e) as ProcessMoves;
      return { ...name(process, e), side: SIDES[process.part] };
    },
  };
}

function named({ role, program, pid }: ProcessMoves): string {
  return `${role} (${program}, process ${pid})`;
}

function isOutOfDescriptors({
  role,
  openDescriptors,
  maxDescriptors,
}: Pick<ProcessMoves, 'role' | 'openDescriptors' | 'maxDescriptors'>): boolean {
  if (openDescriptors === null || maxDescriptors === null) return false;
  return openDescriptors >= maxDescriptors - (role === 'target' ? LAST_DESCRIPTORS : OWN_LAST_DESCRIPTORS);
}

/** Nothing was refused and nothing ended: it just took too long. */
function isSlow({ failed, closed }: StepEvidence): boolean {
  const others = Object.entries(failed).filter(([key, count]) => key !== 'TIMEOUT' && count > 0);
  return others.length === 0 && closed === 0;
}

function isQueueSuspect(e: StepEvidence): boolean {
  const { moved } = e;
  if (moved === null || moved.server !== 'here' || moved.queue.drops !== null) return false;
  const hasWaited = (e.failed.TIMEOUT ?? 0) > 0 || (e.connectP99Ms ?? 0) >= SYN_TIMEOUT_MS;
  return hasWaited && moved.queue.longest > 0 && grown(e, 'TcpExt.ListenOverflows') > 0;
}

function hasFailed({ failed }: StepEvidence): boolean {
  return Object.keys(failed).length > 0;
}

function isHere({ moved }: StepEvidence): boolean {
  return moved?.server === 'here';
}

function grown({ moved }: StepEvidence, name: Parameters<Moved['counters']['get']>[0]): number {
  return moved?.counters.get(name) ?? 0;
}

function isFull(table: Moved['conntrack'] | undefined): boolean {
  return table != null && table.used >= FULL_RATIO * table.max;
}

function table(used: Moved['conntrack'] | undefined): string {
  return used == null ? 'all' : `${formatCount(used.used)} of ${formatCount(used.max)}`;
}

function kernelSide(e: StepEvidence): Limiter['side'] {
  return isHere(e) ? 'kernel' : 'generator';
}
