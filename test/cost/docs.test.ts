import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parsePrices } from '../../src/cost/prices.ts';

test('the price file of the documentation is one', () => {
  const docs = readFileSync(new URL('../../docs/plan.md', import.meta.url), 'utf8');
  const [, text] = docs.match(/```yaml\n(# prices\.yaml[\s\S]*?)```/) ?? [];
  expect(Object.keys(parsePrices(text, 'docs/plan.md').nodes)).toEqual(['small', 'medium']);
});
