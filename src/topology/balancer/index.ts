/**
 * Balancers by kind. A new one is a file beside this and a line in the table.
 */

import type { Balancer, BalancerKind, BalancerOptions } from './balancer.ts';
import { createEmbedded } from './embedded.ts';
import { createNginx } from './nginx.ts';

const BALANCERS: Record<BalancerKind, (options: BalancerOptions) => Balancer> = {
  embedded: createEmbedded,
  nginx: createNginx,
};

/** A balancer that is not started yet. */
export function createBalancer(kind: BalancerKind, options: BalancerOptions): Balancer {
  return BALANCERS[kind](options);
}
