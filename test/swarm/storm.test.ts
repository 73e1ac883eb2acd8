import { describe, expect, test } from 'vitest';
import { STORM_STEP_MS } from '../../src/swarm/messages.ts';
import { createStorm } from '../../src/swarm/storm.ts';

const START_MS = 10_000;
const at = (ms: number) => START_MS + ms;

/** Bins as pairs of the bin's beginning in ms and its count. */
function bins(sparse: Uint32Array): Record<number, number> {
  const found: Record<number, number> = {};
  for (let i = 0; i < sparse.length; i += 2) found[sparse[i] * STORM_STEP_MS] = sparse[i + 1];
  return found;
}

describe('a storm of which we are the cause', () => {
  /** Four clients, of which 0 and 1 are dropped. */
  const setUp = () => createStorm(START_MS, 4, 4, Uint8Array.of(1, 1, 0, 0));

  test('has those that we dropped as its victims, and what they had in flight is lost', () => {
    const storm = setUp();
    expect(storm.broken(0, at(0), 3)).toBe(true);
    expect(storm.broken(1, at(0), 0)).toBe(true);
    expect(storm.take()).toMatchObject({ affected: 2, lost: 3, collateralErrors: 0, collateralClients: 2 });
  });

  test('has another that breaks as collateral, and its loss is not the storm’s', () => {
    const storm = setUp();
    expect(storm.broken(2, at(5), 7)).toBe(false);
    expect(storm.take()).toMatchObject({ affected: 0, lost: 0, collateralErrors: 1, collateralClients: 4 });
  });

  test('does not count the attempts, failures and returns of another', () => {
    const storm = setUp();
    storm.broken(2, at(5), 0);
    storm.attempted(2, at(10));
    storm.failed(2, 'ECONNREFUSED');
    storm.returned(2, at(20));
    const { attempts, established, failed, returns, attemptBins } = storm.take();
    expect({ attempts, established, failed }).toEqual({ attempts: 0, established: 0, failed: {} });
    expect([...returns, ...attemptBins]).toEqual([]);
  });
});

describe('a storm of which the server is the cause', () => {
  const setUp = (open = 4) => createStorm(START_MS, 4, open, null);

  test('has every client that breaks as its victim, once', () => {
    const storm = setUp();
    for (const client of [0, 1, 0]) expect(storm.broken(client, at(0), 2)).toBe(true);
    expect(storm.take()).toMatchObject({ affected: 2, lost: 6, collateralClients: 2, collateralErrors: 0 });
  });

  test('never has fewer than no clients that it did not touch, whoever connects and breaks meanwhile', () => {
    const storm = setUp(2);
    storm.broken(0, at(0), 0);
    storm.broken(1, at(0), 0);
    storm.returned(3, at(100));
    storm.broken(3, at(200), 0);
    expect(storm.take()).toMatchObject({ affected: 3, collateralClients: 0 });
  });

  test('does not count one that first connected in the storm among those that were there before', () => {
    const storm = setUp(3);
    storm.returned(3, at(100));
    storm.broken(3, at(200), 0);
    storm.broken(0, at(200), 0);
    expect(storm.take()).toMatchObject({ affected: 2, collateralClients: 2 });
  });
});

describe('a victim', () => {
  const broken = () => {
    const storm = createStorm(START_MS, 2, 2, null);
    storm.broken(0, at(0), 0);
    storm.take();
    return storm;
  };

  test('is counted in the bin of each attempt and of its return', () => {
    const storm = broken();
    storm.attempted(0, at(19.9));
    storm.failed(0, 'ECONNREFUSED');
    storm.attempted(0, at(20));
    storm.returned(0, at(45));
    const taken = storm.take();
    expect(taken).toMatchObject({ attempts: 2, established: 1, failed: { ECONNREFUSED: 1 } });
    expect(bins(taken.attemptBins)).toEqual({ 0: 1, 20: 1 });
    expect(bins(taken.returns)).toEqual({ 40: 1 });
  });

  test('that breaks again has relapsed, and returns again', () => {
    const storm = broken();
    storm.returned(0, at(100));
    storm.broken(0, at(200), 5);
    storm.returned(0, at(300));
    const taken = storm.take();
    expect(taken).toMatchObject({ affected: 0, established: 2, lost: 5 });
    expect(bins(taken.returns)).toEqual({ 100: 1, 300: 1 });
    expect(bins(taken.relapses)).toEqual({ 200: 1 });
  });

  test('that breaks before it was back has not relapsed', () => {
    const storm = broken();
    storm.broken(0, at(10), 0);
    expect(bins(storm.take().relapses)).toEqual({});
  });

  test('does not answer for the others: only clients that were never touched are collateral', () => {
    const storm = broken();
    storm.answered(0, 5);
    storm.answered(1, 7);
    expect([...storm.take().collateralResponse]).toEqual([expect.any(Number), 1]);
  });
});

describe('the bins', () => {
  test('begin with the storm: what is told of an earlier time counts into the first', () => {
    const storm = createStorm(START_MS, 1, 1, null);
    storm.broken(0, at(-500), 0);
    storm.attempted(0, at(-500));
    expect(bins(storm.take().attemptBins)).toEqual({ 0: 1 });
  });

  test('end after ten minutes: what comes later counts into the last', () => {
    const storm = createStorm(START_MS, 1, 1, null);
    storm.broken(0, at(0), 0);
    for (const ms of [600_000, 3_600_000]) storm.attempted(0, at(ms));
    expect(bins(storm.take().attemptBins)).toEqual({ [600_000 - STORM_STEP_MS]: 2 });
  });
});

test('what was taken does not come again', () => {
  const storm = createStorm(START_MS, 2, 2, null);
  storm.broken(0, at(0), 3);
  storm.attempted(0, at(10));
  storm.failed(0, 'TIMEOUT');
  storm.answered(1, 2);
  storm.take();
  const { collateralClients, ...rest } = storm.take();
  expect(collateralClients).toBe(1);
  expect(rest).toMatchObject({ affected: 0, attempts: 0, established: 0, lost: 0, failed: {} });
  for (const sparse of [rest.returns, rest.relapses, rest.attemptBins, rest.collateralResponse]) {
    expect(sparse).toHaveLength(0);
  }
});
