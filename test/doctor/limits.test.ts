import { describe, expect, test } from 'vitest';
import { type OsLimits, RESERVED_DESCRIPTORS } from '../../src/base/limits.ts';
import { diagnose, type Machine } from '../../src/doctor/limits.ts';
import { calibrationLines, diagnosisLines } from '../../src/doctor/report.ts';
import { calibration } from '../support/calibration.ts';

const GB = 1024 ** 3;

const LIMITS: OsLimits = {
  nofileSoft: 20_000,
  nofileHard: 20_000,
  ephemeralPorts: [32_768, 60_999],
  somaxconn: 4096,
  tcpMaxSynBacklog: 2048,
  fileMax: 2_000_000,
};

function machine(limits: Partial<OsLimits> = {}, more: Partial<Machine> = {}): Machine {
  return {
    limits: { ...LIMITS, ...limits },
    cores: 2,
    memoryBytes: 8 * GB,
    freeMemoryBytes: 4 * GB,
    ...more,
  };
}

const limitOf = (name: string, of: Machine) => diagnose(of).limits.find((limit) => limit.name === name);

describe('a limit', () => {
  test.for<[string, string, Partial<OsLimits>, number | null]>([
    [
      'of open files keeps some for the process',
      'open files of a process',
      {},
      20_000 - RESERVED_DESCRIPTORS,
    ],
    ['of the machine is shared by both ends', 'open files of the machine', { fileMax: 50_000 }, 25_000],
    ['of ports is their number', 'ephemeral ports', { ephemeralPorts: [1024, 65_535] }, 64_512],
    ['that is not told allows nobody knows how many', 'open files of the machine', { fileMax: null }, null],
    ['of connects that wait is none of connections', 'connects that wait', {}, null],
  ])('%s', ([, name, limits, connections]) => {
    expect(limitOf(name, machine(limits))?.connections).toBe(connections);
  });

  test('of open files is lifted by the shell up to the hard one, and by root beyond', () => {
    const name = 'open files of a process';
    expect(limitOf(name, machine({ nofileSoft: 1024 }))?.command).toBe('ulimit -n 20000');
    expect(limitOf(name, machine())?.command).toMatch(/^sudo prlimit/);
  });

  test('that is not known says so', () => {
    const unknown = { ...LIMITS, fileMax: null, ephemeralPorts: null, somaxconn: null, nofileSoft: null };
    const values = diagnose(machine(unknown)).limits.map(({ value }) => value);
    expect(values.filter((value) => value.startsWith('not known'))).toHaveLength(4);
  });
});

describe('what binds first', () => {
  test('is the limit that allows the fewest', () => {
    expect(diagnose(machine()).binding?.name).toBe('open files of a process');
    expect(diagnose(machine({ nofileSoft: 1e6 }, { freeMemoryBytes: GB })).binding?.name).toBe('free memory');
    expect(diagnose(machine({ fileMax: 30_000 })).binding?.name).toBe('open files of the machine');
  });

  test('is never the ports, which bind to other machines only', () => {
    expect(diagnose(machine({ ephemeralPorts: [60_000, 60_010] })).binding?.name).not.toBe('ephemeral ports');
  });
});

describe('the report', () => {
  const text = diagnosisLines(diagnose(machine())).join('\n');

  test('has each limit with its value, what it allows, and the command that lifts it', () => {
    expect(text).toMatch(/open files of a process +│ +20,000 soft, 20,000 hard │ +19,800/);
    expect(text).toMatch(/connects that wait +│ +4,096 │ +–/);
    expect(text).toContain('sudo sysctl -w net.core.somaxconn=65535');
  });

  test('names what binds first', () => {
    expect(text).toContain('First to bind: open files of a process, at about 19,800 connections.');
  });

  test('of a calibration tells what the generator can do, and what of a time is its own', () => {
    const lines = calibrationLines(calibration({ messagesPerS: 41_200, connectsPerS: 9000 })).join('\n');
    expect(lines).toMatch(/41,200 messages\/s.*\n.*9,000 connects\/s/);
    expect(lines).not.toContain('Other programs');
    expect(lines).toMatch(/late by 0\.05 ms at p50 and 0\.20 ms at p99; service 0\.10 ms and 0\.40 ms/);
  });

  test('of a calibration that other programs disturbed says so', () => {
    expect(calibrationLines(calibration({ otherCpuRatio: 1.24 })).join()).toContain(
      'Other programs used 1.2 cores',
    );
    expect(calibrationLines(calibration({ otherCpuRatio: null })).join()).not.toContain('Other programs');
  });
});
