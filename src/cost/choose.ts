/**
 * The kind of node that is cheapest, of those of a price file: a plan is made for each, and those that cannot hold what is
 * asked, or miss what is to be kept, are told with the reason.
 */

import { messageOf, usageError, WsscaleError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { printable } from '../base/text.ts';
import type { CapacityPlan, Demand, NodeSize } from '../capacity/capacity-plan.ts';
import { type Cost, costOf, type Outline } from './cost.ts';
import type { NodePrice, Prices } from './prices.ts';

/** A kind of node beside the others. */
interface Option {
  nodeType: string;
  nodes: number;
  perMonth: number;
  /** Why it is not taken; null: it is. */
  against: string | null;
}

/** A plan with what it costs. */
export type PricedPlan = CapacityPlan & {
  cost: Cost | null;
  /** All kinds of nodes, the cheapest first. */
  options: Option[];
};

/** A plan for which no prices are known. */
export function withoutPrices(plan: CapacityPlan): PricedPlan {
  return { ...plan, cost: null, options: [] };
}

/** How a plan is made for nodes of a size, and quicker, what its price depends on. */
export interface Planner {
  planFor(demand: Demand): CapacityPlan;
  outlineFor(demand: Demand): Outline;
}

/**
 * The plan on the cheapest nodes that fit. Kinds are tried from the cheapest on, until one fits; a whole plan is not made of
 * those that are dearer.
 * @param nodeType the kind to take; null: whichever is cheapest
 * @throws a usage error if there is no such kind, or no plan can be made with any
 */
export function cheapest(
  demand: Demand,
  prices: Prices,
  nodeType: string | null,
  planner: Planner,
): PricedPlan {
  const types = nodeType === null ? Object.keys(prices.nodes) : [checked(nodeType, prices)];
  const priced = types.map((type) => {
    const asked = { ...demand, node: sizeOf(prices.nodes[type]) };
    const outline = planner.outlineFor(asked);
    return { asked, cost: costOf(outline, prices, type), nodes: outline.nodes };
  });
  const options: Option[] = [];
  const plans: PricedPlan[] = [];
  let isFound = false;
  for (const { asked, cost, nodes } of priced.sort((a, b) => a.cost.perMonth - b.cost.perMonth)) {
    const tried: Tried = isFound ? DEARER : attempt(() => planner.planFor(asked));
    if (tried.plan !== null) plans.push({ ...tried.plan, cost, options });
    isFound ||= tried.plan !== null && tried.against === null;
    options.push({ nodeType: cost.nodeType, nodes, perMonth: cost.perMonth, against: tried.against });
  }
  // The last that was tried fits; if none does, the cheapest that can be planned with is told.
  const best = isFound ? plans.at(-1) : plans[0];
  if (best === undefined) {
    throw usageError(
      'no kind of node of the price file can be planned with:',
      options.map(({ nodeType: type, against }) => printable(`${type}: ${against}`)),
    );
  }
  return best;
}

interface Tried {
  plan: CapacityPlan | null;
  /** What speaks against it. */
  against: string | null;
}

const DEARER: Tried = { plan: null, against: 'dearer' };

function checked(nodeType: string, { nodes }: Prices): string {
  if (Object.hasOwn(nodes, nodeType)) return nodeType;
  const names = Object.keys(nodes);
  const near = nearest(nodeType, names);
  const instead = near === null ? `it has ${names.join(', ')}` : `did you mean ${near}?`;
  throw usageError(printable(`the price file has no node type ${nodeType}; ${instead}`));
}

/** A plan, and what it misses; or why there is none. */
function attempt(make: () => CapacityPlan): Tried {
  try {
    const plan = make();
    const missed = plan.objectives.filter(({ met }) => met === false).map(({ name }) => name);
    return { plan, against: missed.length === 0 ? null : `misses ${missed.join(' and ')}` };
  } catch (error) {
    // A kind that cannot be planned with is an answer; anything else is a bug.
    if (!(error instanceof WsscaleError)) throw error;
    return { plan: null, against: messageOf(error) };
  }
}

function sizeOf({ cores, memoryGB, networkGbps, descriptors }: NodePrice): NodeSize {
  return { cores, memoryBytes: memoryGB * 2 ** 30, descriptors, networkBitsPerS: networkGbps * 1e9 };
}
