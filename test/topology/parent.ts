/**
 * What a parent process runs that a test then kills: it brings a topology up, says where it is, and waits.
 */
export const PARENT = parentOf({ kind: 'single', engine: 'ws' });

/** A parent of a topology by its plan, that says of itself `up` when it is. */
export function parentOf(plan: unknown): string {
  return `
import { createTopology } from ${JSON.stringify(new URL('../../dist/topology/index.js', import.meta.url).href)};
import { systemClock } from ${JSON.stringify(new URL('../../dist/base/clock.js', import.meta.url).href)};
const { urls } = await createTopology(${JSON.stringify(plan)}, { clock: systemClock }).up();
console.log(urls[0]);
`;
}
