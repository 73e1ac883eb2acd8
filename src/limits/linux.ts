/** A Linux machine, by the texts of /proc and /sys. */

import { linuxLimits, numberIn, resourceLimit, UNLIMITED } from '../base/limits.ts';
import { parseSockstat } from '../base/proc.ts';
import type { ReadText } from '../base/read-text.ts';
import { readGroups } from './cgroup.ts';
import type { Cpu, Memory, Readings, Rights, TaskLimit } from './readings.ts';

/** What is not in a text. */
export interface LinuxAsked {
  cores: number;
  /** Whether there is a pod around. */
  isInPod: boolean;
  mayWrite: (path: string) => boolean;
}

/** Bits of the capabilities that a process has. */
const CAP_SYS_ADMIN = 21n;
const CAP_SYS_RESOURCE = 24n;

const SOMAXCONN = '/proc/sys/net/core/somaxconn';

export function linuxReadings(read: ReadText, { cores, isInPod, mayWrite }: LinuxAsked): Readings {
  const limits = linuxLimits(read);
  const groups = readGroups(read);
  const [opened, unused] = numbersIn(read('/proc/sys/fs/file-nr'));
  const cpu: Cpu = { cores, quotaCores: groups.quotaCores };
  const rights = rightsOf(read, mayWrite);
  return {
    platform: 'linux',
    container: containerOf(read, isInPod),
    rights,
    limits,
    nofileMax: numberIn(read, '/proc/sys/fs/nr_open'),
    filesInUse: opened === undefined ? null : opened - (unused ?? 0),
    reservedPorts: reservedIn(read('/proc/sys/net/ipv4/ip_local_reserved_ports'), limits.ephemeralPorts),
    synLinearTimeouts: numberIn(read, '/proc/sys/net/ipv4/tcp_syn_linear_timeouts'),
    conntrack: conntrackOf(read),
    tcpPages: tcpPagesOf(read),
    cpu,
    memory: memoryOf(read, groups.memory),
    tasks: tasksOf(read, groups.tasks, rights),
    maxMapCount: numberIn(read, '/proc/sys/vm/max_map_count'),
  };
}

/** Root of a container may have been left without what makes a root. */
function rightsOf(read: ReadText, mayWrite: (path: string) => boolean): Rights {
  const status = read('/proc/self/status') ?? '';
  const capabilities = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  const has = (capability: bigint) => ((capabilities >> capability) & 1n) === 1n;
  // In a user namespace of its own, a process has its capabilities over that, and not over the machine.
  const isOfMachine = /^\s*0\s+0\s+4294967295\s*$/.test(read('/proc/self/uid_map') ?? '');
  return {
    isRoot: /^Uid:\s+\d+\s+0\s/m.test(status),
    mayRaiseOpenFiles: has(CAP_SYS_RESOURCE) && isOfMachine,
    mayWriteSysctl: mayWrite(SOMAXCONN),
    isAboveFileMax: has(CAP_SYS_ADMIN) && isOfMachine,
  };
}

function containerOf(read: ReadText, isInPod: boolean): Readings['container'] {
  const groups = read('/proc/1/cgroup') ?? '';
  if (isInPod || groups.includes('/kubepods')) return 'kubernetes';
  if (read('/run/.containerenv') !== null) return 'podman';
  if (read('/.dockerenv') !== null || groups.includes('/docker/')) return 'docker';
  return /^\d+:[^:]*:\/(lxc|system\.slice\/containerd)/m.test(groups) ? 'other' : null;
}

/** Of a list such as `8080,40000-40009`: how many of them the range would give out. */
function reservedIn(text: string | null, range: [number, number] | null): number {
  if (range === null) return 0;
  return Array.from((text ?? '').matchAll(/(\d+)(?:-(\d+))?/g)).reduce((sum, [, from, to]) => {
    const first = Math.max(range[0], Number(from));
    const last = Math.min(range[1], Number(to ?? from));
    return sum + Math.max(0, last - first + 1);
  }, 0);
}

function conntrackOf(read: ReadText): Readings['conntrack'] {
  const count = numberIn(read, '/proc/sys/net/netfilter/nf_conntrack_count');
  const max = numberIn(read, '/proc/sys/net/netfilter/nf_conntrack_max');
  return count === null || max === null ? null : { count, max };
}

function tcpPagesOf(read: ReadText): Readings['tcpPages'] {
  const max = numbersIn(read('/proc/sys/net/ipv4/tcp_mem'))[2];
  const used = parseSockstat(read('/proc/net/sockstat') ?? '', null)?.bufferPages;
  return max === undefined || used === undefined ? null : { max, used };
}

function memoryOf(read: ReadText, group: Memory['group']): Memory {
  const meminfo = read('/proc/meminfo') ?? '';
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(meminfo)?.[1] ?? Number.NaN) * 1024;
  const swapBytes = bytes('SwapTotal');
  return {
    totalBytes: bytes('MemTotal'),
    // Kernels before 3.14 say only what is not used at all.
    availableBytes: bytes('MemAvailable') || bytes('MemFree'),
    group,
    swap: swapBytes > 0 ? { totalBytes: swapBytes, usedBytes: swapBytes - bytes('SwapFree') } : null,
  };
}

function tasksOf(
  read: ReadText,
  group: { max: number; used: number | null } | null,
  { isRoot }: Rights,
): TaskLimit[] {
  // `0.52 0.40 0.36 2/371 12345`: threads that run, and all that there are.
  const running = /\d\/(\d+) /.exec(read('/proc/loadavg') ?? '')?.[1];
  const used = running === undefined ? null : Number(running);
  // Those of the same user, whom nobody counts; root is not held to it.
  const nproc = isRoot ? null : resourceLimit(read, 'Max processes')[0];
  const limits: [TaskLimit['name'], number | null, number | null][] = [
    ['threads-max', numberIn(read, '/proc/sys/kernel/threads-max'), used],
    ['pid_max', numberIn(read, '/proc/sys/kernel/pid_max'), used],
    ['nproc', nproc === UNLIMITED ? null : nproc, null],
    ['pids.max', group?.max ?? null, group?.used ?? null],
  ];
  return limits.flatMap(([name, max, of]) =>
    max === null ? [] : [{ name, counts: 'threads', max, used: of }],
  );
}

function numbersIn(text: string | null): number[] {
  return text?.match(/\d+/g)?.map(Number) ?? [];
}
