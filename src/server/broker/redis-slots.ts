/**
 * A Redis Cluster deals its keys out to slots, and the slots out to its masters. What stands in a key's braces decides
 * on the slot, so all keys of a room, and its channel, are with one master.
 */

import type { Redis } from 'ioredis';

const SLOTS = 16_384;

/** A master, and which slots it has. */
export interface Master {
  host: string;
  port: number;
  ranges: [first: number, last: number][];
}

/** A row of the answer to CLUSTER SLOTS: first and last slot, then the master, then its replicas. */
type SlotRow = [
  first: number,
  last: number,
  master: [host: string, port: number, ...unknown[]],
  ...unknown[],
];

/**
 * The slot of a text: CRC-16 of the kind XMODEM, as the specification of Redis Cluster has it, modulo the number of
 * slots.
 */
export function slotOf(text: string): number {
  let crc = 0;
  for (const byte of Buffer.from(text)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
    crc &= 0xffff;
  }
  return crc % SLOTS;
}

/**
 * The masters of the cluster that a server belongs to; null of one that belongs to none.
 *
 * @param ownHost stands in where the server says nothing of its address
 */
export async function readMasters(server: Redis, ownHost: string): Promise<Master[] | null> {
  const info = await server.info('server');
  if (!info.includes('redis_mode:cluster')) return null;
  const masters = new Map<string, Master>();
  for (const [first, last, [host, port]] of (await server.cluster('SLOTS')) as unknown as SlotRow[]) {
    const at = { host: host || ownHost, port };
    const key = `${at.host}:${at.port}`;
    const master = masters.get(key) ?? { ...at, ranges: [] };
    master.ranges.push([first, last]);
    masters.set(key, master);
  }
  return [...masters.values()];
}

/** For each slot the place of its master; -1 of a slot that nobody has. */
export function ownersOf(masters: readonly Master[]): Int16Array {
  const owners = new Int16Array(SLOTS).fill(-1);
  for (const [i, { ranges }] of masters.entries()) {
    for (const [first, last] of ranges) owners.fill(i, first, last + 1);
  }
  return owners;
}
