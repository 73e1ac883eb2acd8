import { isIPv4 } from 'node:net';
import { describe, expect, test } from 'vitest';
import { sourceAddress, sourceSpread } from '../../src/transport/source-addresses.ts';

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
    expect(sourceSpread(urls, clients, false)).toBe(count);
  });

  test('are one for each client where a balancer goes by them, as long as there are any', () => {
    expect(sourceSpread([LOOPBACK], 2000, true)).toBe(2000);
    expect(sourceSpread([LOOPBACK], 1_000_000, true)).toBe(65_024);
    expect(sourceSpread(['ws://10.0.0.5:8080'], 2000, true)).toBe(0);
  });

  test('are different addresses of loopback that differ in their first three octets, none of them 127.0.0.1', () => {
    const addresses = Array.from({ length: 65_024 }, (_, client) => sourceAddress(client, 65_024) as string);
    expect(new Set(addresses.map((address) => address.replace(/\.\d+$/, ''))).size).toBe(addresses.length);
    expect(addresses.filter((address) => !isIPv4(address) || !address.startsWith('127.'))).toEqual([]);
    expect(addresses).not.toContain('127.0.0.1');
  });

  test('begin again when they are used up, and are the system’s choice without a spread', () => {
    expect(sourceAddress(5, 2)).toBe(sourceAddress(1, 2));
    expect(sourceAddress(5, 0)).toBeNull();
  });
});
