import { isIPv4 } from 'node:net';
import { describe, expect, test } from 'vitest';
import { sourceAddresses } from '../../src/transport/source-addresses.ts';

const LOOPBACK = 'ws://127.0.0.1:8080';

describe.runIf(process.platform === 'linux')('addresses to connect from', () => {
  test.for<[string, string[], number, number]>([
    ['are left to the system for a few clients', [LOOPBACK], 12_000, 0],
    ['are two for one client more', [LOOPBACK], 12_001, 2],
    ['are as many as there are groups of 12,000 for each target', [LOOPBACK], 100_000, 9],
    ['count by target: each has ports of its own', [LOOPBACK, 'ws://127.0.0.1:8081'], 24_000, 0],
    ['count by target, too, when there are more', [LOOPBACK, 'ws://127.0.0.1:8081'], 40_000, 2],
    ['are for all of 127.0.0.0/8', ['ws://127.8.9.10:1'], 30_000, 3],
    ['are for wss, too', ['wss://127.0.0.1:1/path?a=b'], 30_000, 3],
    ['are left to the system for another machine', ['ws://10.0.0.5:8080'], 100_000, 0],
    ['are left to it for a name, which may mean ::1', ['ws://localhost:8080'], 100_000, 0],
    ['are left to it for IPv6', ['ws://[::1]:8080'], 100_000, 0],
    ['are left to it for a name that only looks like loopback', ['ws://127.0.0.1.example.com'], 100_000, 0],
    ['are left to it where one target is elsewhere', [LOOPBACK, 'ws://10.0.0.5:8080'], 100_000, 0],
  ])('%s', ([, urls, clients, count]) => {
    expect(sourceAddresses(urls, clients)).toHaveLength(count);
  });

  test('are different addresses of loopback, none of which is the target’s, for ten million clients', () => {
    const addresses = sourceAddresses([LOOPBACK], 10_000_000);
    expect(addresses).toHaveLength(834);
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(addresses.filter((address) => !isIPv4(address))).toEqual([]);
    for (const address of addresses) expect(address).toMatch(/^127\./);
    expect(addresses).not.toContain('127.0.0.1');
  });
});
