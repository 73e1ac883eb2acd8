import { describe, expect, test } from 'vitest';
import { loadOfBroker } from '../../src/capacity/broker-load.ts';
import { bitsPerUserPerS, bytesFromClient, bytesToClient } from '../../src/capacity/wire-bytes.ts';

describe('a message on the wire', () => {
  test('of 100 bytes to a client is 214, encrypted: 102, 124, 176, 214', () => {
    expect(bytesToClient(100, true)).toBe(100 + 2 + 22 + 52 + 38);
    expect(bytesToClient(100, true)).toBe(214);
  });

  test('is 1.71 Gbit/s if there are a million in a second', () => {
    expect((8e6 * bytesToClient(100, true)) / 1e9).toBeCloseTo(1.71, 2);
  });

  test('has 22 bytes less without encryption, and 4 more from a client', () => {
    expect(bytesToClient(100, false)).toBe(192);
    expect(bytesFromClient(100, true)).toBe(218);
  });

  test.each([
    [125, 2],
    [126, 4],
    [65_535, 4],
    [65_536, 10],
  ])('of %d bytes has a head of %d', (payloadBytes, headBytes) => {
    expect(bytesToClient(payloadBytes, false)).toBe(90 + headBytes + payloadBytes);
  });

  test('is one in and as many out as it goes to', () => {
    expect(bitsPerUserPerS(2, 3, 100, true)).toBe(8 * 2 * (218 + 3 * 214));
  });
});

describe('a broker', () => {
  test('passes 10,000 messages a second on to 20 nodes: 200,000', () => {
    expect(loadOfBroker(10_000, 1000, 20, 1)).toMatchObject({ amplification: 20, deliveriesPerS: 200_000 });
  });

  test('passes a message on to no more nodes than it has recipients', () => {
    expect(loadOfBroker(10_000, 3, 20, 1).deliveriesPerS).toBe(30_000);
  });

  test('of a cluster tells all its other servers of each PUBLISH', () => {
    expect(loadOfBroker(10_000, 3, 20, 6).busMessagesPerS).toBe(50_000);
    expect(loadOfBroker(10_000, 3, 20, 1).busMessagesPerS).toBe(0);
  });
});
