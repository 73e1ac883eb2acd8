import { expect, test } from 'vitest';
import { createDirectCounters } from '../../../src/server/direct/counts.ts';
import { addDirectMetrics } from '../../../src/server/direct/metrics.ts';
import { createMetricSet } from '../../../src/server/metric-set.ts';
import { lintMetrics } from '../metric-lint.ts';

test('a node with direct messages tells what became of them, under names that keep the conventions', async () => {
  const metrics = createMetricSet({ server: 'node-0' });
  const counters = { ...createDirectCounters(), delivered: 5, misrouted: 2 };
  addDirectMetrics(metrics, () => ({ ...counters, users: 3, convergence: new Uint32Array() }));

  const text = await metrics.registry.metrics();
  expect(text).toContain('websocket_direct_users{server="node-0"} 3');
  expect(text).toMatch(/websocket_direct_events_total\{[^}]*event="delivered"[^}]*\} 5/);
  expect(text).toMatch(/websocket_direct_events_total\{[^}]*event="misrouted"[^}]*\} 2/);
  expect(lintMetrics(text)).toEqual([]);
});
