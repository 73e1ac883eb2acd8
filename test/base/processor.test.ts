import { describe, expect, test } from 'vitest';
import {
  parseAllowedCores,
  parseProcessorTime,
  parseStat,
  parseWaitingTime,
  readProcessorTime,
  readProcessorTimes,
} from '../../src/base/processor.ts';
import { PROCESS_STAT, STAT_6_18 } from './proc-texts.ts';

const all = (): boolean => true;

describe('the processors', () => {
  test('have their times added up, guests counted once', () => {
    expect(parseStat(STAT_6_18, all)).toEqual({
      cores: 2,
      totalS: expect.closeTo(200 + 100, 9),
      idleS: expect.closeTo(120 + 10 + 50, 9),
      stealS: expect.closeTo(5 + 1, 9),
    });
  });

  test('are those that count', () => {
    expect(parseStat(STAT_6_18, (core) => core === 1)).toEqual({
      cores: 1,
      totalS: 100,
      idleS: 50,
      stealS: 1,
    });
  });

  test('of an old kernel tell of no steal', () => {
    expect(parseStat('cpu0 100 0 100 200\n', all)).toEqual({ cores: 1, totalS: 4, idleS: 2, stealS: 0 });
  });

  test.for<[string, string, (core: number) => boolean]>([
    ['an empty text', '', all],
    ['one without single cores', 'cpu  1 2 3 4 5 6 7 8 9 10\n', all],
    ['cores that do not count', STAT_6_18, () => false],
  ])('are unknown from %s', ([, text, counts]) => {
    expect(parseStat(text, counts)).toBe(null);
  });
});

describe('the cores that a process may use', () => {
  test.for([
    ['0', [0]],
    ['0-1', [0, 1]],
    ['0-2,8,10-11', [0, 1, 2, 8, 10, 11]],
  ] as const)('are read from %s', ([list, cores]) => {
    expect([...(parseAllowedCores(`Cpus_allowed:\t3\nCpus_allowed_list:\t${list}\n`) ?? [])]).toEqual(cores);
  });

  test('are unknown where the status does not say', () => {
    expect(parseAllowedCores('Name:\tnode\n')).toBe(null);
  });
});

describe('the time of a process', () => {
  test('is that of user and system, whatever the program is called', () => {
    expect(parseProcessorTime(PROCESS_STAT)).toBe(12.5);
  });

  test('of one that has ended is unknown', () => {
    expect(parseProcessorTime('')).toBe(null);
  });
});

describe('the time that a process has waited for a core', () => {
  test('stands in its schedstat, in nanoseconds', () => {
    expect(parseWaitingTime('319749000000 2500000000 1234\n')).toBe(2.5);
  });

  test('is unknown where the kernel does not count it', () => {
    expect(parseWaitingTime('')).toBe(null);
  });
});

describe.runIf(process.platform === 'linux')('this machine', () => {
  test('tells of as many cores as this process may use, and of what it has used', () => {
    const times = readProcessorTimes();
    expect(times?.cores).toBeGreaterThan(0);
    expect(times?.totalS).toBeGreaterThan(times?.idleS ?? 0);
    const noProcess = 2 ** 30;
    const used = readProcessorTime([process.pid, noProcess]);
    expect([...used.keys()]).toEqual([process.pid]);
    const { user, system } = process.cpuUsage();
    expect(used.get(process.pid)).toBeLessThanOrEqual((user + system) / 1e6 + 0.1);
  });
});
