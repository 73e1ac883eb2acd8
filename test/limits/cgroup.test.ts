import { describe, expect, test } from 'vitest';
import { readGroups } from '../../src/limits/cgroup.ts';
import { reader } from './machines.ts';

const V2 = '33 24 0:28 / /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw\n';

const groups = (texts: Record<string, string>) => readGroups(reader(texts));

describe('a group', () => {
  const nested = {
    '/proc/self/cgroup': '0::/a/b/c\n',
    '/proc/self/mountinfo': V2,
    '/sys/fs/cgroup/a/memory.max': '1000\n',
    '/sys/fs/cgroup/a/memory.current': '900\n',
    '/sys/fs/cgroup/a/b/memory.max': '500\n',
    '/sys/fs/cgroup/a/b/memory.current': '100\n',
    '/sys/fs/cgroup/a/b/c/memory.max': 'max\n',
    '/sys/fs/cgroup/a/cpu.max': '200000 100000\n',
    '/sys/fs/cgroup/a/b/c/cpu.max': '50000 20000\n',
    '/sys/fs/cgroup/a/pids.max': '100\n',
    '/sys/fs/cgroup/a/pids.current': '40\n',
    '/sys/fs/cgroup/a/b/pids.max': '70\n',
    '/sys/fs/cgroup/a/b/pids.current': '5\n',
  };

  test('is limited by the tightest of those that it stands in: what counts is what is left', () => {
    expect(groups(nested)).toEqual({
      memory: { maxBytes: 1000, usedBytes: 900 },
      tasks: { max: 100, used: 40 },
      quotaCores: 2,
    });
  });

  test('that is not limited has no limits', () => {
    const free = { '/sys/fs/cgroup/memory.max': 'max\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' };
    const texts = { '/proc/self/cgroup': '0::/\n', '/proc/self/mountinfo': V2, ...free };
    expect(groups(texts)).toEqual({ memory: null, tasks: null, quotaCores: null });
  });

  test('of version 1 writes no limit as the highest number, and as minus one', () => {
    const texts = {
      '/proc/self/cgroup': '4:memory:/\n1:cpu:/\n',
      '/proc/self/mountinfo':
        '40 36 0:33 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n41 36 0:34 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    };
    expect(groups(texts)).toEqual({ memory: null, tasks: null, quotaCores: null });
  });

  test.each([
    ['/kubepods/pod7', '0::/system.slice/x\n'],
    ['/', '0::/../../system.slice/x\n'],
  ])('whose path is not below what is mounted is the mounted one: %s', (root, group) => {
    const texts = {
      '/proc/self/cgroup': group,
      '/proc/self/mountinfo': V2.replace(' / ', ` ${root} `),
      '/sys/fs/cgroup/memory.max': '4096\n',
    };
    expect(groups(texts).memory).toEqual({ maxBytes: 4096, usedBytes: 0 });
  });

  test('on a machine with both versions is looked for in both', () => {
    const texts = {
      '/proc/self/cgroup': '4:memory:/x\n0::/x\n',
      '/proc/self/mountinfo': `${V2.replace('/sys/fs/cgroup ', '/sys/fs/cgroup/unified ')}40 36 0:33 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n`,
      '/sys/fs/cgroup/memory/x/memory.limit_in_bytes': '8192\n',
      '/sys/fs/cgroup/unified/x/pids.max': '7\n',
    };
    expect(groups(texts)).toEqual({
      memory: { maxBytes: 8192, usedBytes: 0 },
      tasks: { max: 7, used: null },
      quotaCores: null,
    });
  });
});
