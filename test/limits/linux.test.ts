import { describe, expect, test } from 'vitest';
import { type LinuxAsked, linuxReadings } from '../../src/limits/linux.ts';
import { freeBytes, wholeCores } from '../../src/limits/readings.ts';
import { CONTAINER_V1, CONTAINER_V2, DEBIAN_ROOT, reader } from './machines.ts';

const asked = (more: Partial<LinuxAsked> = {}): LinuxAsked => ({
  cores: 4,
  isInPod: false,
  mayWrite: () => true,
  ...more,
});

const KB = 1024;

describe('Debian, as root', () => {
  const machine = linuxReadings(reader(DEBIAN_ROOT), asked());

  test('tells all that section by section', () => {
    expect(machine).toEqual({
      platform: 'linux',
      container: null,
      rights: { isRoot: true, mayRaiseOpenFiles: true, mayWriteSysctl: true, isAboveFileMax: true },
      limits: {
        nofileSoft: 1_048_576,
        nofileHard: 1_048_576,
        ephemeralPorts: [32_768, 60_999],
        somaxconn: 4096,
        tcpMaxSynBacklog: 1024,
        fileMax: 1_600_000,
      },
      nofileMax: 1_048_576,
      filesInUse: 1300,
      // 40,000 to 40,009, and of 60,990 to 61,009 those up to 60,999; 8080 is none that would be given out.
      reservedPorts: 20,
      synLinearTimeouts: null,
      conntrack: { count: 37, max: 262_144 },
      tcpPages: { max: 372_000, used: 2000 },
      cpu: { cores: 4, quotaCores: null },
      memory: {
        totalBytes: 16_000_000 * KB,
        availableBytes: 12_000_000 * KB,
        group: null,
        swap: { totalBytes: 2_000_000 * KB, usedBytes: 500_000 * KB },
      },
      tasks: [
        { name: 'threads-max', counts: 'threads', max: 127_000, used: 371 },
        { name: 'pid_max', counts: 'threads', max: 4_194_304, used: 371 },
        { name: 'pids.max', counts: 'threads', max: 10_000, used: 29 },
      ],
      maxMapCount: 65_530,
    });
  });

  test('knows that a limit which was taken off is none', () => {
    const texts = {
      ...DEBIAN_ROOT,
      '/proc/self/limits': 'Max open files            unlimited            unlimited  \n',
    };
    expect(linuxReadings(reader(texts), asked()).limits.nofileHard).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe('a container with limits', () => {
  const machine = linuxReadings(reader(CONTAINER_V2), asked({ mayWrite: () => false }));

  test('is known for one, and has none of the rights', () => {
    expect(machine.container).toBe('docker');
    expect(machine.rights).toEqual({
      isRoot: false,
      mayRaiseOpenFiles: false,
      mayWriteSysctl: false,
      isAboveFileMax: false,
    });
  });

  test('has the memory of its group, less what this could give back', () => {
    expect(machine.memory.group).toEqual({ maxBytes: 536_870_912, usedBytes: 100_000_000 });
    expect(freeBytes(machine.memory)).toBe(436_870_912);
  });

  test('has its quota in place of cores', () => {
    expect(machine.cpu).toEqual({ cores: 4, quotaCores: 0.5 });
    expect(wholeCores(machine.cpu)).toBe(1);
  });

  test('has the threads of its group', () => {
    expect(machine.tasks).toContainEqual({ name: 'pids.max', counts: 'threads', max: 100, used: 20 });
  });

  test('has no table of connections, and says so', () => {
    expect(machine.conntrack).toBe(null);
  });

  test('of version 1 tells the same', () => {
    const old = linuxReadings(reader(CONTAINER_V1), asked());
    expect(old.memory.group).toEqual({ maxBytes: 536_870_912, usedBytes: 100_000_000 });
    expect(old.cpu.quotaCores).toBe(1.5);
    expect(old.tasks.map(({ name }) => name)).not.toContain('pids.max');
  });

  test('has a root that is none', () => {
    const { rights } = linuxReadings(reader(CONTAINER_V1), asked());
    expect(rights).toMatchObject({ isRoot: true, mayRaiseOpenFiles: false, isAboveFileMax: false });
  });

  test.each([
    ['a pod', {}, { isInPod: true }, 'kubernetes'],
    ['podman', { '/run/.containerenv': '' }, {}, 'podman'],
    ['a pod by its group', { '/proc/1/cgroup': '0::/kubepods/besteffort/pod7\n' }, {}, 'kubernetes'],
    ['docker by its group', { '/proc/1/cgroup': '9:memory:/docker/ab12\n' }, {}, 'docker'],
    ['another', { '/proc/1/cgroup': '9:memory:/lxc/web\n' }, {}, 'other'],
  ])('is told: %s', (_name, texts, more, container) => {
    expect(linuxReadings(reader(texts as Record<string, string>), asked(more)).container).toBe(container);
  });
});

test('root of a user namespace has its rights there, and not over the machine', () => {
  const texts = { ...DEBIAN_ROOT, '/proc/self/uid_map': '         0       1000          1\n' };
  expect(linuxReadings(reader(texts), asked()).rights).toMatchObject({
    mayRaiseOpenFiles: false,
    isAboveFileMax: false,
  });
});

test('of a machine that tells nothing, nothing is known, and nothing is made up', () => {
  const machine = linuxReadings(() => null, asked());
  expect(machine).toMatchObject({
    limits: { nofileSoft: null, nofileHard: null, ephemeralPorts: null, somaxconn: null, fileMax: null },
    nofileMax: null,
    filesInUse: null,
    reservedPorts: 0,
    conntrack: null,
    tcpPages: null,
    cpu: { quotaCores: null },
    tasks: [],
    maxMapCount: null,
  });
});
