import { describe, expect, test } from 'vitest';
import { parseSysctl } from '../../src/base/sysctl.ts';
import { macReadings } from '../../src/limits/macos.ts';
import { MAC } from './machines.ts';

describe('a Mac', () => {
  const machine = macReadings(MAC, { cores: 8, isRoot: false });

  test('tells its limits', () => {
    expect(machine).toMatchObject({
      platform: 'macos',
      limits: {
        // Whatever was granted, the kernel has a limit of its own for each process.
        nofileSoft: 122_880,
        nofileHard: 122_880,
        ephemeralPorts: [49_152, 65_535],
        somaxconn: 128,
        tcpMaxSynBacklog: null,
        fileMax: 245_760,
      },
      nofileMax: 122_880,
      filesInUse: 5760,
      cpu: { cores: 8, quotaCores: null },
      memory: { totalBytes: 16 * 1024 ** 3, availableBytes: 100_000 * 16_384 },
      tasks: [
        { name: 'kern.maxproc', counts: 'processes', max: 4000, used: null },
        { name: 'kern.maxprocperuid', counts: 'processes', max: 2666, used: null },
      ],
    });
  });

  test('whose version does not know a name is not misread', () => {
    const sysctl = MAC.sysctl.replace('kern.num_files: 5760\n', '');
    const other = macReadings({ ...MAC, sysctl }, { cores: 8, isRoot: false });
    expect(other).toEqual({ ...machine, filesInUse: null });
  });

  test('whose programs say nothing is not known', () => {
    const silent = macReadings({ ulimits: '', sysctl: '', vmStat: '' }, { cores: 8, isRoot: false });
    expect(silent.limits).toEqual({
      nofileSoft: null,
      nofileHard: null,
      ephemeralPorts: null,
      somaxconn: null,
      tcpMaxSynBacklog: null,
      fileMax: null,
    });
    expect(silent.memory.availableBytes).toBe(Number.NaN);
  });
});

test('what is no number is no setting that is asked for', () => {
  expect([...parseSysctl('a.b: 1\nvm.swapusage: total = 2048.00M\nc: 2\n')]).toEqual([
    ['a.b', 1],
    ['c', 2],
  ]);
});
