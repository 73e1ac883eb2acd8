/**
 * What a parent process runs that a test then kills: it brings a topology up, says where it is, and waits.
 */
export const PARENT = `
import { createTopology } from ${JSON.stringify(new URL('../../dist/topology/index.js', import.meta.url).href)};
import { systemClock } from ${JSON.stringify(new URL('../../dist/base/clock.js', import.meta.url).href)};
const { urls } = await createTopology({ kind: 'single', engine: 'ws' }, { clock: systemClock }).up();
console.log(urls[0]);
`;
