/**
 * What the control group of this process allows, in version 1 and 2 of them. A group stands in others, and each of
 * these limits it too: the tightest counts.
 *
 *     /proc/self/cgroup      4:memory:/docker/ab12   0::/user.slice/session.scope      the group, by controller
 *     /proc/self/mountinfo   … /docker/ab12 /sys/fs/cgroup/memory … - cgroup … memory  where it can be read
 *
 * A container sees its own group where the root would be, but may be told its path as the host knows it. So a path that
 * is not below what is mounted is taken for the mounted one.
 */

import type { ReadText } from '../base/read-text.ts';

export interface GroupLimits {
  memory: { maxBytes: number; usedBytes: number } | null;
  tasks: { max: number; used: number | null } | null;
  /** Cores' worth of time. */
  quotaCores: number | null;
}

/** Version 1 writes no limit as the highest number of pages that it can count. */
const NO_LIMIT = 2 ** 60;

export function readGroups(read: ReadText): GroupLimits {
  const memories = foldersOf('memory', read).map((folder) => memoryOf(folder, read));
  const tasks = foldersOf('pids', read).map((folder) => tasksOf(folder, read));
  const quotas = foldersOf('cpu', read).map((folder) => quotaOf(folder, read));
  return {
    memory: tightest(memories, ({ maxBytes, usedBytes }) => maxBytes - usedBytes),
    tasks: tightest(tasks, ({ max, used }) => max - (used ?? 0)),
    quotaCores: tightest(quotas, (cores) => cores),
  };
}

function tightest<T>(limits: (T | null)[], room: (limit: T) => number): T | null {
  return limits.reduce<T | null>(
    (least, limit) => (limit !== null && (least === null || room(limit) < room(least)) ? limit : least),
    null,
  );
}

function memoryOf(folder: string, read: ReadText): GroupLimits['memory'] {
  const max = numberOf(read(`${folder}/memory.max`) ?? read(`${folder}/memory.limit_in_bytes`));
  const used = numberOf(read(`${folder}/memory.current`) ?? read(`${folder}/memory.usage_in_bytes`));
  if (max === null) return null;
  // Files that were read long ago are dropped before anything is killed.
  const inactive = /^(?:total_)?inactive_file (\d+)/m.exec(inactiveLine(read(`${folder}/memory.stat`) ?? ''));
  return { maxBytes: max, usedBytes: Math.max(0, (used ?? 0) - Number(inactive?.[1] ?? 0)) };
}

/** Version 1 has a line of the group alone before the one of all that is in it. */
function inactiveLine(stat: string): string {
  return /^total_inactive_file .*/m.exec(stat)?.[0] ?? stat;
}

function tasksOf(folder: string, read: ReadText): GroupLimits['tasks'] {
  const max = numberOf(read(`${folder}/pids.max`));
  return max === null ? null : { max, used: numberOf(read(`${folder}/pids.current`)) };
}

function quotaOf(folder: string, read: ReadText): number | null {
  const both = read(`${folder}/cpu.max`)?.trim().split(/\s+/);
  const quota = numberOf(both?.[0] ?? read(`${folder}/cpu.cfs_quota_us`));
  const period = numberOf(both?.[1] ?? read(`${folder}/cpu.cfs_period_us`));
  return quota === null || !period ? null : quota / period;
}

/** Null of `max`, of -1, and of a number that means no limit. */
function numberOf(text: string | null | undefined): number | null {
  const number = /^\d+\s*$/.test(text ?? '') ? Number(text) : Number.NaN;
  return number < NO_LIMIT ? number : null;
}

/** The folders of the group and of all that it stands in, as far as they are mounted; those of both versions. */
function foldersOf(controller: string, read: ReadText): string[] {
  const groups = Array.from((read('/proc/self/cgroup') ?? '').matchAll(/^\d+:([^:]*):(.*)$/gm));
  return groups
    .filter(([, controllers]) => controllers === '' || controllers.split(',').includes(controller))
    .flatMap(([, controllers, path]) =>
      mountsOf(controllers === '' ? null : controller, read).flatMap((mount) => chain(mount, path)),
    );
}

interface Mount {
  root: string;
  at: string;
}

/** @param controller null: the one mount of version 2 */
function mountsOf(controller: string | null, read: ReadText): Mount[] {
  const lines = (read('/proc/self/mountinfo') ?? '').split('\n').map((line) => line.split(' '));
  return lines.flatMap((fields) => {
    const [type, , options = ''] = fields.slice(fields.indexOf('-') + 1);
    const isIt = controller === null ? type === 'cgroup2' : type === 'cgroup' && has(options, controller);
    return isIt ? [{ root: fields[3], at: fields[4] }] : [];
  });
}

function has(options: string, controller: string): boolean {
  return options.split(',').includes(controller);
}

function chain({ root, at }: Mount, path: string): string[] {
  const isBelow = !path.includes('..') && (root === '/' || path === root || path.startsWith(`${root}/`));
  const names = isBelow
    ? path
        .slice(root === '/' ? 0 : root.length)
        .split('/')
        .filter(Boolean)
    : [];
  return Array.from({ length: names.length + 1 }, (_, depth) => [at, ...names.slice(0, depth)].join('/'));
}
