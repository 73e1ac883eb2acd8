/**
 * What each kind of process of the bundled server tells over HTTP, as whoever monitors it gets it.
 */

import { afterAll, describe, expect, it } from 'vitest';
import { lintMetrics } from '../server/metric-lint.ts';
import { type Page, pagesOfEachKind } from './pages.ts';

const { pages, stop } = await pagesOfEachKind();

afterAll(stop);

it('each process of ours has pages', () => {
  expect([...new Set(pages.map(({ kind, part }) => `${kind}: ${part}`))].sort()).toEqual([
    ...['cluster: balancer', 'cluster: broker', 'cluster: node', 'cluster: store'],
    ...['edge: backend', 'edge: broker', 'edge: node'],
    ...['regions: broker', 'regions: dns', 'regions: node', 'single: node'],
  ]);
});

describe.each(pages)('$kind: $role', ({ kind, role, url, metrics }: Page) => {
  it('tells that it is healthy, and which it is', async () => {
    let response = await fetch(`${url}/health`);
    // That it began late on a busy machine is true, and passes.
    while (response.status === 503) response = await fetch(`${url}/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      server: role,
      status: 'ok',
      checks: { memory: { ok: true } },
    });
  });

  it('has names as Prometheus wants them', () => {
    expect(lintMetrics(metrics)).toEqual([]);
  });

  it('has its name on each line, and its region where there are some', () => {
    const lines = metrics.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.filter((line) => !line.includes(`server="${role}"`))).toEqual([]);
    const region = kind === 'regions' && role.includes('/') ? role.split('/')[0] : null;
    expect(lines.filter((line) => line.includes('region="') && !line.includes(`region="${region}"`))).toEqual(
      role === 'dns' ? expect.any(Array) : [],
    );
    if (region !== null) expect(lines.every((line) => line.includes(`region="${region}"`))).toBe(true);
  });

  it.each([
    'websocket_healthy',
    'process_cpu_seconds_total',
    'process_open_fds',
    'nodejs_eventloop_lag_seconds',
  ])('has %s', (name) => {
    expect(metrics).toContain(`\n${name}{`);
  });
});
