/**
 * The only place that makes randomness. Every draw of a run comes from its seed, so a run can be repeated; only keys
 * and masks of WebSocket connections, which say nothing about the run, are drawn from the system.
 */

import { randomFillSync } from 'node:crypto';

/** A uniform draw from [0, 1). */
export type Random = () => number;

/**
 * A generator for one purpose of a run: same seed and same path, same draws; another path, independent draws.
 *
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand), its state is filled by splitmix32 from the seed and
 * the hash of the path, and the first 12 outputs are thrown away, as its author advises.
 *
 * @param path what the draws are for, for instance `'arrivals', workerIndex`
 */
export function createRandom(seed: number, ...path: (string | number)[]): Random {
  let mix = (seed ^ hash(path.join('/'))) >>> 0;
  const split = () => {
    mix = (mix + 0x9e3779b9) | 0;
    let z = mix ^ (mix >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let a = split();
  let b = split();
  let c = split();
  let counter = 1;
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}

/** A seed for a run that was given none. */
export function freshSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}

/** What the system is asked for at once: a call costs as much as hundreds of draws. */
const POOL_BYTES = 8192;

const pool = Buffer.allocUnsafeSlow(POOL_BYTES);
let drawnBytes = POOL_BYTES;

/** A masking key: 32 bits that nobody can foresee (RFC 6455, section 5.3). */
export function secretInt32(): number {
  return pool.readInt32BE(drawSecret(4));
}

/** Bytes that nobody can foresee, in base64. */
export function secretBase64(bytes: number): string {
  const at = drawSecret(bytes);
  return pool.toString('base64', at, at + bytes);
}

/** Where in the pool the bytes begin that nobody else gets. */
function drawSecret(bytes: number): number {
  if (drawnBytes + bytes > POOL_BYTES) {
    randomFillSync(pool);
    drawnBytes = 0;
  }
  drawnBytes += bytes;
  return drawnBytes - bytes;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
