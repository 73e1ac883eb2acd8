import { expect, test } from 'vitest';
import { toHeartbeat } from '../../src/collect/heartbeat.ts';
import { serverSample } from '../support/server-sample.ts';

test('heartbeats are those of all nodes, dead ones included', () => {
  const samples = [
    serverSample({ role: 'node-0', alive: false, heartbeat: { pings: 10, pongs: 8, dead: 1 } }),
    serverSample({ role: 'node-0', heartbeat: { pings: 5, pongs: 5, dead: 0 } }),
    serverSample({ role: 'node-1', heartbeat: { pings: 7, pongs: 4, dead: 2 } }),
  ];
  expect(toHeartbeat(samples)).toEqual({ pings: 22, pongs: 17, dead: 3 });
});

test('there are none where no node pings, or there is no node', () => {
  expect(toHeartbeat([serverSample()])).toBe(null);
  expect(toHeartbeat([])).toBe(null);
});
