/**
 * What the server side of a phase was made of, and how evenly its nodes were loaded.
 */

import { formatCount, formatRatio } from '../base/units.ts';
import type { Phase } from '../model/record.ts';
import { NOT_MEASURED } from './value.ts';

type Topology = Phase['topology'];

/** `4 nodes, sticky, nginx, Redis`: in words, what was arranged. */
export function madeOf(topology: Topology): string {
  const { kind, nodes, routing, balancer, broker, store } = topology;
  if (kind === 'target') return 'a target';
  if (kind === 'edge') return edgeOf(topology);
  const parts = [
    `${formatCount(nodes)} ${nodes === 1 ? 'node' : 'nodes'}`,
    ...(routing === null ? [] : [routing]),
    ...linksOf(balancer, broker),
    ...(store === null ? [] : [named(store, 'store')]),
  ];
  return parts.join(', ');
}

/** `2 gateways, 2 backends`, or the program that holds the connections. */
function edgeOf({ engine, nodes, backends = 0 }: Topology): string {
  const counted = (n: number, what: string) => `${formatCount(n)} ${what}${n === 1 ? '' : 's'}`;
  const isOurs = engine !== 'workerd' && engine !== 'pushpin';
  const held = isOurs ? counted(nodes, 'gateway') : engine;
  return backends === 0 ? held : `${held}, ${counted(backends, 'backend')}`;
}

/** What stands before the nodes and between them. */
function linksOf(balancer: string | null, broker: string | null): string[] {
  if (balancer === 'embedded' && broker === 'embedded') return ['embedded parts'];
  return [
    ...(balancer === null ? [] : [named(balancer, 'balancer')]),
    ...(broker === null ? [] : [named(broker, 'broker')]),
  ];
}

/** A program by its name; a part of wsscale by what it is. */
function named(kind: string, part: string): string {
  if (kind === 'embedded') return `embedded ${part}`;
  return PROGRAMS[kind] ?? kind;
}

/** Programs that are not ours, by their kinds, as people call them. */
export const PROGRAMS: Record<string, string> = {
  redis: 'Redis',
  'redis-sharded': 'Redis, sharded',
  'redis-streams': 'Redis, streams',
  sqlite: 'SQLite',
  postgres: 'PostgreSQL',
};

/** `95–104 (±4.8 %)`: connections of the nodes when most were open, and how far the worst is from their mean. */
export function nodeLoad({ balance }: Topology): string {
  if (balance === null || balance.connections.length === 0) return NOT_MEASURED;
  const least = formatCount(Math.min(...balance.connections));
  const most = formatCount(Math.max(...balance.connections));
  const range = least === most ? least : `${least}–${most}`;
  return `${range} (±${formatRatio(balance.worstDeviationRatio)})`;
}
