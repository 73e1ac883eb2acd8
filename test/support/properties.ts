/**
 * fast-check with the same examples in each run, so that a test fails because of a change and not by chance. Other
 * examples: `FC_SEED=2 npx vitest run test/stats`.
 */

import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 1) });

export default fc;
