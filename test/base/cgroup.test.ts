import { expect, test } from 'vitest';
import { parseGroups } from '../../src/base/cgroup.ts';

test('of version 2 there is one group for everything', () => {
  const group = { version: 2, folder: '/sys/fs/cgroup/system.slice/chat.service' };
  expect(parseGroups('0::/system.slice/chat.service\n')).toEqual({ memory: group, pids: group });
});

test('of version 1 each controller has its own, alone or with others', () => {
  const text = '9:name=systemd:/\n8:pids:/\n4:cpu,memory:/jobs/7\n0::/\n';
  expect(parseGroups(text)).toEqual({
    memory: { version: 1, folder: '/sys/fs/cgroup/memory/jobs/7' },
    pids: { version: 1, folder: '/sys/fs/cgroup/pids/' },
  });
});

test('of a process that has ended nothing is known', () => {
  expect(parseGroups('')).toEqual({ memory: null, pids: null });
});
