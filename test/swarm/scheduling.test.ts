import { describe, expect, test } from 'vitest';
import { launcherOf, schedulingOf } from '../../src/swarm/scheduling.ts';

/** As far as it matters here. */
const EDGE = { kind: 'edge', edge: 'gateway', engine: 'lean', gateways: 2, backends: 2 } as const;

describe('a swarm', () => {
  test('comes before every ordinary process where it leaves the server a core', () => {
    expect(schedulingOf(EDGE, 1, 2, () => true)).toBe('realtime');
    expect(schedulingOf(EDGE, 7, 8, () => true)).toBe('realtime');
  });

  test('does not where it could take all cores', () => {
    expect(schedulingOf(EDGE, 1, 1, () => true)).toBe('ordinary');
    expect(schedulingOf(EDGE, 2, 2, () => true)).toBe('ordinary');
  });

  test('does not beside a server that is one process, or somewhere else', () => {
    expect(schedulingOf({ kind: 'single', engine: 'lean' }, 1, 2, () => true)).toBe('ordinary');
    expect(schedulingOf({ kind: 'target', url: 'ws://h' }, 1, 2, () => true)).toBe('ordinary');
  });

  test('does not where the system does not let it', () => {
    expect(schedulingOf(EDGE, 1, 2, () => false)).toBe('ordinary');
  });

  test('is Node all the same', () => {
    expect(launcherOf('ordinary')).toEqual({ execPath: process.execPath, before: [] });
    expect(launcherOf('realtime').before.at(-1)).toBe(process.execPath);
  });
});
