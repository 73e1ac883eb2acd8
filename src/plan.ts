/**
 * `wsscale plan` as a function: a plan of a record, on the nodes of a price file if there is one, and all that it gives
 * written to a folder.
 */

import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Demand } from './capacity/capacity-plan.ts';
import { measurementsOf } from './capacity/measured.ts';
import { planCapacity } from './capacity/plan.ts';
import { sizeFor } from './capacity/sizing.ts';
import { tiersOf } from './capacity/tiers.ts';
import { cheapest, type PricedPlan, withoutPrices } from './cost/choose.ts';
import { readPrices } from './cost/prices.ts';
import type { RunRecord } from './model/record.ts';
import { toHtml } from './report/html/page.ts';
import { toMarkdown } from './report/markdown.ts';
import { prepareFolder, writeText } from './run-folder.ts';
import { settingsFor } from './settings/index.ts';

export interface PlanOptions {
  /** Believe what was measured beyond four times of it. */
  extrapolate: boolean;
  /** What nodes cost and have; null: nothing is said of prices, and `demand.node` is what a node has. */
  prices: { file: string; nodeType: string | null } | null;
}

/**
 * @throws a usage error if the record has nothing to plan by, the plan is too far from what was measured, or the price
 *   file is wrong
 */
export function makePlan(
  record: RunRecord,
  demand: Demand,
  { extrapolate, prices }: PlanOptions,
): PricedPlan {
  const planFor = (asked: Demand) => planCapacity(record, asked, extrapolate);
  if (prices === null) return withoutPrices(planFor(demand));
  const known = readPrices(prices.file);
  const measured = measurementsOf(record);
  // Without measurements there is no plan, as the attempt to make one tells best.
  if (measured === null) return withoutPrices(planFor(demand));
  const outlineFor = (asked: Demand) => {
    const sizing = sizeFor(asked, measured);
    return { demand: asked, ...sizing, ...tiersOf(asked, measured, sizing) };
  };
  return cheapest(demand, known, prices.nodeType, { planFor, outlineFor });
}

/**
 * Writes the plan, the record's report with it, and the settings.
 * @returns the folder's absolute path
 * @throws a usage error if it cannot be written
 */
export function writePlan(folder: string, record: RunRecord, plan: PricedPlan): string {
  const path = prepareFolder(folder);
  const isSticky = record.phases.some(({ topology }) => topology.routing === 'sticky');
  const files = {
    'plan.json': planJson(plan),
    'report.html': toHtml(record, plan),
    'summary.md': toMarkdown(record, plan),
    ...settingsFor(plan, isSticky ? 'sticky' : 'stateless'),
  };
  for (const [name, text] of Object.entries(files)) {
    const file = join(path, name);
    mkdirSync(dirname(file), { recursive: true });
    writeText(file, text);
  }
  return path;
}

export function planJson(plan: PricedPlan): string {
  return `${JSON.stringify(plan, null, 2)}\n`;
}
