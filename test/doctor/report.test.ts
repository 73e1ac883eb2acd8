import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/doctor/diagnosis.ts';
import { calibrationLines, diagnosisLines } from '../../src/doctor/report.ts';
import { linuxReadings } from '../../src/limits/linux.ts';
import { macReadings } from '../../src/limits/macos.ts';
import type { Readings } from '../../src/limits/readings.ts';
import type { Remedy } from '../../src/limits/remedies/remedy.ts';
import { LIMIT_KEYS } from '../../src/limits/table.ts';
import { CONTAINER_V1, CONTAINER_V2, DEBIAN_ROOT, MAC, reader } from '../limits/machines.ts';
import { calibration } from '../support/calibration.ts';
import { readings } from '../support/readings.ts';

const linux = (texts: Record<string, string>) =>
  linuxReadings(reader(texts), { cores: 4, isInPod: false, mayWrite: () => false });

const MACHINES: [string, Readings][] = [
  ['a machine of two cores', readings()],
  ['Debian', linux(DEBIAN_ROOT)],
  ['a container', linux(CONTAINER_V2)],
  ['an older container', linux(CONTAINER_V1)],
  ['a Mac', macReadings(MAC, { cores: 8, isRoot: false })],
  [
    'a machine that says nothing',
    readings({ platform: 'other', limits: { nofileSoft: null, ephemeralPorts: null } }),
  ],
];

const textOf = (machine: Readings, columns = 80) => diagnosisLines(diagnose(machine), columns).join('\n');

/** Lines that would be spoilt if they were broken. */
function copiedOf(remedy: Remedy): string[] {
  switch (remedy.kind) {
    case 'advice':
      return [];
    case 'command':
      return [remedy.command];
    case 'file':
      return [`${remedy.path}:`, ...remedy.text.split('\n')];
  }
}

describe('the report', () => {
  const text = textOf(readings());

  test('begins with the answer', () => {
    expect(text.replace(/\s+/g, ' ')).toMatch(
      /^This machine can open 28,232 connections to one address and port \(ports\), and 491,461 in all \(memory\)\. It can accept 19,800 in one process \(open files\), and 39,600 in 2, one on each core \(open files\)\. ┌/,
    );
  });

  test('names what is met first and second, for each thing that a machine can do', () => {
    expect(text).toMatch(/open to one address +│ +28,232 │ ports +│ memory, at 491,461/);
    expect(text).toMatch(/open in all +│ +491,461 │ memory +│ file table, at 2,000,000/);
    expect(text).toMatch(/accept in one process +│ +19,800 │ open files +│ memory, at 556,5\d\d/);
    expect(text).toMatch(/accept on all cores +│ +39,600 │ open files/);
    expect(text).toMatch(/hold with both ends +│ +245,\d\d\d │ memory +│ file table, at 1,000,000/);
  });

  test('says what lifts those that are met first, and nothing of the others', () => {
    expect([...text.matchAll(/^To lift (.*):$/gm)].map(([, name]) => name)).toEqual([
      'open files',
      'ports',
      'memory',
    ]);
    expect(text).toContain('    sudo sysctl -w net.ipv4.ip_local_port_range="1024 65535"\n');
    expect(text).not.toContain('somaxconn=');
  });

  test('ends with all limits in brief', () => {
    const brief = text.slice(text.indexOf('All limits:'));
    expect(brief).toMatch(/^ {2}accept queue {2}512 of 4,096: /m);
    expect(brief).toMatch(/^ {2}ports {9}32768 to 60999: .*a million to one\n? *takes 36/m);
    expect(brief).toMatch(/^ {2}conntrack {5}not loaded/m);
  });

  test('names the quota that counts in place of cores', () => {
    expect(textOf(linux(CONTAINER_V2))).toContain(
      "The container is given 0.5 cores' time, which counts in place of cores.",
    );
    expect(text).not.toContain('in place of cores');
    // As much as there is, is no less.
    expect(textOf(readings({ cpu: { cores: 2, quotaCores: 2 } }))).not.toContain('in place of cores');
  });

  test.each(MACHINES)(
    'of %s is no wider than the terminal, but for what is to be copied',
    (_name, machine) => {
      const copied = diagnose(machine).limits.flatMap(({ remedies }) => remedies.flatMap(copiedOf));
      const wide = textOf(machine)
        .split('\n')
        .filter((line) => line.length > 80);
      expect(wide.filter((line) => !copied.includes(line.trim()))).toEqual([]);
    },
  );
});

describe('the document', () => {
  test.each(MACHINES)(
    'of %s has every limit, and is the same when it was written and read',
    (_name, machine) => {
      const document = diagnose(machine);
      expect(document.limits.map(({ limit }) => limit)).toEqual([...LIMIT_KEYS]);
      expect(JSON.parse(JSON.stringify(document))).toEqual(document);
      for (const { first, second } of document.answers) {
        expect(first?.connections).toBeLessThanOrEqual(second?.connections ?? Number.POSITIVE_INFINITY);
      }
    },
  );

  test('says from how many addresses a million would have to come', () => {
    expect(diagnose(readings()).addressesForAMillion).toBe(36);
    expect(diagnose(readings({ limits: { ephemeralPorts: [1024, 65_535] } })).addressesForAMillion).toBe(16);
  });
});

describe('the report of a calibration', () => {
  test('tells what the generator can do, and what of a time is its own', () => {
    const lines = calibrationLines(calibration({ messagesPerS: 41_200, connectsPerS: 9000 })).join('\n');
    expect(lines).toMatch(/41,200 messages\/s.*\n.*9,000 connects\/s/);
    expect(lines).not.toContain('Other programs');
    expect(lines).toMatch(/late by 0\.05 ms at p50 and 0\.20 ms at p99; service 0\.10 ms and 0\.40 ms/);
  });

  test('that other programs disturbed says so', () => {
    expect(calibrationLines(calibration({ otherCpuRatio: 1.24 })).join()).toContain(
      'Other programs used 1.2 cores',
    );
    expect(calibrationLines(calibration({ otherCpuRatio: null })).join()).not.toContain('Other programs');
  });
});
