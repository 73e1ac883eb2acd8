import { describe, expect, test } from 'vitest';
import { launcherOf, schedulingOf } from '../../src/swarm/scheduling.ts';

describe('a swarm', () => {
  test('comes before every ordinary process where it leaves the server a core', () => {
    expect(schedulingOf(1, 2, () => true)).toBe('realtime');
    expect(schedulingOf(7, 8, () => true)).toBe('realtime');
  });

  test('does not where it could take all cores', () => {
    expect(schedulingOf(1, 1, () => true)).toBe('ordinary');
    expect(schedulingOf(2, 2, () => true)).toBe('ordinary');
  });

  test('does not where the system does not let it', () => {
    expect(schedulingOf(1, 2, () => false)).toBe('ordinary');
  });

  test('is Node all the same', () => {
    expect(launcherOf('ordinary')).toEqual({ execPath: process.execPath, before: [] });
    expect(launcherOf('realtime').before.at(-1)).toBe(process.execPath);
  });
});
