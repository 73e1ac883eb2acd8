import { expect, test } from 'vitest';
import { createRegistry, type Whereabouts } from '../../../src/server/direct/registry.ts';
import fc from '../../support/properties.ts';

const telling: fc.Arbitrary<Whereabouts> = fc.record({
  user: fc.constantFrom('ann', 'bob'),
  // Few values, so that times are often the same.
  atMs: fc.integer({ min: 1, max: 4 }),
  node: fc.integer({ min: 0, max: 3 }),
  isGone: fc.boolean(),
});

function known(tellings: readonly Whereabouts[]): Map<string, Whereabouts> {
  const registry = createRegistry(10);
  for (const told of tellings) registry.merge(told);
  return new Map([...registry.all()].map((told) => [told.user, told]));
}

test('whoever has been told the same knows the same, in whatever order and however often', () => {
  fc.assert(
    fc.property(
      fc
        .array(telling, { maxLength: 20 })
        .chain((all) =>
          fc.tuple(
            fc.constant(all),
            fc.shuffledSubarray(all, { minLength: all.length }),
            fc.array(
              fc.constantFrom(...(all.length > 0 ? all : [{ user: '', atMs: 0, node: 0, isGone: false }])),
            ),
          ),
        ),
      ([all, shuffled, again]) => {
        fc.pre(all.length > 0);
        expect(known([...shuffled, ...again])).toEqual(known(all));
      },
    ),
  );
});

test('the later telling holds, and says so', () => {
  const registry = createRegistry(10);
  expect(registry.merge({ user: 'ann', atMs: 5, node: 1, isGone: false })).toBe(true);
  expect(registry.merge({ user: 'ann', atMs: 4, node: 2, isGone: false })).toBe(false);
  expect(registry.merge({ user: 'ann', atMs: 5, node: 1, isGone: false })).toBe(true);
  expect(registry.merge({ user: 'ann', atMs: 5, node: 2, isGone: false })).toBe(true);
  expect(registry.get('ann')?.node).toBe(2);
});

test('what a node tells is later than what it was told, whatever its clock says', () => {
  const registry = createRegistry(10);
  registry.merge({ user: 'ann', atMs: 1000, node: 1, isGone: false });
  const told = registry.tell('ann', 0, false, 900);
  expect(told?.atMs).toBeGreaterThan(1000);
  expect(registry.get('ann')?.node).toBe(0);
});

test('there are no more users than there may be, and those that have gone make room', () => {
  const registry = createRegistry(2);
  registry.tell('ann', 0, false, 1);
  registry.merge({ user: 'bob', atMs: 1, node: 1, isGone: false });
  expect(registry.tell('eve', 0, false, 2)).toBeNull();
  registry.merge({ user: 'joe', atMs: 2, node: 1, isGone: false });
  expect(registry.size).toBe(2);
  registry.tell('ann', 0, true, 3);
  registry.forgetGone(3);
  expect(registry.size).toBe(2);
  registry.forgetGone(4);
  expect(registry.size).toBe(1);
  expect(registry.tell('eve', 0, false, 5)).not.toBeNull();
});
