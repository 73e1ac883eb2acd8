/**
 * The highest load that a generator carries, found in a few steps: doubled until it fails, then halved in between.
 */

/** What one step showed. */
export interface Step {
  /** Sent in fact. */
  messagesPerS: number;
  passed: boolean;
}

export interface SearchOptions {
  first: number;
  /** No load is higher than this. */
  most: number;
  /** Steps between the highest that passed and the lowest that failed. */
  refinements: number;
  /** Tries a load: so many messages a second. */
  attempt: (load: number) => Promise<Step>;
}

/** What was sent in the highest step that passed; null if not even the first one did. */
export async function findHighestRate(options: SearchOptions): Promise<number | null> {
  const { first, most, attempt } = options;
  let highest: number | null = null;
  let passed = 0;
  let failed = Number.POSITIVE_INFINITY;
  const go = async (load: number) => {
    const step = await attempt(load);
    if (step.passed) {
      passed = load;
      highest = step.messagesPerS;
    } else failed = load;
  };
  for (let load = first; load <= most && failed === Number.POSITIVE_INFINITY; load *= 2) await go(load);
  if (passed === 0 || failed === Number.POSITIVE_INFINITY) return highest;
  for (let i = 0; i < options.refinements; i++) await go((passed + failed) / 2);
  return highest;
}
