import { judgeLeak } from '../../src/analysis/leak.ts';
import { toLeak } from '../../src/collect/leak.ts';
import type { Leak, SoakedProcess } from '../../src/model/leak.ts';
import { leaking, soaked, steady } from '../analysis/soaked.ts';

const CYCLES = 12;

/** The leak of a record in which these processes were soaked. */
export function leakOf(...processes: SoakedProcess[]): Leak {
  return toLeak({ cycles: CYCLES, processes }, judgeLeak);
}

export const healthy = () => soaked({ memory: steady(CYCLES) });

/** Keeps 200 bytes of each connection. */
export const memoryLeak = () => soaked({ memory: leaking(steady(CYCLES), 200) });

/** Keeps a descriptor of each cycle of 1,000 connections. */
export const descriptorLeak = () => soaked({ descriptors: Array.from({ length: CYCLES }, (_, i) => 22 + i) });

/** Grows by 200 bytes a connection, seen from outside. */
export const fromOutside = (): SoakedProcess => ({
  ...soaked({ memory: leaking(steady(CYCLES), 200) }, 'rss'),
  ...{ role: 'target', pid: 4711 },
});
