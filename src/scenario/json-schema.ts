/**
 * The JSON Schema of scenario files, for editors: it completes keys, shows what they mean and marks mistakes.
 */

import { z } from 'zod';
import { LOAD_OPTIONS, scenarioSchema } from '../model/scenario.ts';

type JsonObject = Record<string, unknown>;

/** The schema, draft-07, with the default of each option. */
export function scenarioJsonSchema(): JsonObject {
  const fallbacks = new Map<unknown, unknown>(
    Object.values(LOAD_OPTIONS).map(({ schema, fallback }) => [schema, fallback]),
  );
  const schema = z.toJSONSchema(scenarioSchema, {
    target: 'draft-7',
    io: 'input',
    override({ zodSchema, jsonSchema }) {
      const fallback = fallbacks.get(zodSchema);
      if (fallback !== undefined) jsonSchema.default = fallback as typeof jsonSchema.default;
    },
  });
  return { ...schema, title: 'wsscale scenario' };
}
