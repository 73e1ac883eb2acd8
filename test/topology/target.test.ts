import { expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { createTopology } from '../../src/topology/index.ts';

it('is only a URL: nothing is started, sampled or broken', async () => {
  const target = createTopology({ kind: 'target', url: 'wss://example.org/ws?x=1' }, { clock: systemClock });
  expect(await target.up()).toEqual({ urls: ['wss://example.org/ws?x=1'], nodes: [] });
  expect(await target.sample()).toBe(null);
  expect(target.faults).toEqual({});
  await target.down();
});
