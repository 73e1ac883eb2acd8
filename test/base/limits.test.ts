import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import {
  connectionsPerProcess,
  type OsLimits,
  RESERVED_DESCRIPTORS,
  readLimits,
} from '../../src/base/limits.ts';

const limits = (nofileSoft: number | null): OsLimits => ({ ...readLimits(), nofileSoft });

describe('connections per process', () => {
  test.for([
    ['what is reserved is taken off', 10_000, 10_000 - RESERVED_DESCRIPTORS],
    ['a machine that does not tell counts as 1,024', null, 1024 - RESERVED_DESCRIPTORS],
    ['one is always tried', 64, 1],
    ['no limit is a very high one', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - RESERVED_DESCRIPTORS],
  ] as const)('%s', ([, nofileSoft, connections]) => {
    expect(connectionsPerProcess(limits(nofileSoft))).toBe(connections);
  });
});

describe.runIf(process.platform === 'linux')('the limits of this process', () => {
  const shell = (script: string) => execFileSync('sh', ['-c', script], { encoding: 'utf8' }).trim();
  const asNumber = (text: string) => (text === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(text));

  test('are those that a shell started from it is told', () => {
    const { nofileSoft, nofileHard } = readLimits();
    // Node raises its own soft limit to the hard one when it starts, and its children inherit that.
    expect(nofileSoft).toBe(asNumber(shell('ulimit -Sn')));
    expect(nofileHard).toBe(asNumber(shell('ulimit -Hn')));
  });

  test('tell a range of ports whose end is above its beginning', () => {
    const [first, last] = readLimits().ephemeralPorts ?? [0, 0];
    expect(last).toBeGreaterThan(first);
    expect(last).toBeLessThan(65_536);
  });
});
