import { describe, expect, test } from 'vitest';
import { faultsOf, planOf } from './fixtures.ts';

const topologyOf = (text: string) => {
  const { topology } = planOf(text).phases[0];
  if (topology.kind !== 'regions') throw new Error('no regions');
  return topology;
};

describe('regions', () => {
  test('have the round-trip times of the table, symmetrically, and none to themselves', () => {
    const { regions, wan } = topologyOf('phases: [{topology: regions}]');
    expect(regions).toEqual(['us-east-1', 'us-west-2', 'eu-west-1', 'ap-southeast-1']);
    expect(wan).toEqual({
      rttMs: [
        [0, 87, 80, 217],
        [87, 0, 137, 161],
        [80, 137, 0, 239],
        [217, 161, 239, 0],
      ],
      jitterRatio: 0.02,
      lossRatio: 0,
    });
  });

  test('have those that the scenario says in their place, whichever way round', () => {
    const { wan } = topologyOf(
      'phases: [{topology: regions, regions: [us-east-1, eu-west-1, home], wan: {rttMs: {"eu-west-1 us-east-1": 70, "us-east-1 home": 10, "home eu-west-1": 12.5}, jitter: 0.1, loss: 0.01}}]',
    );
    expect(wan).toEqual({
      rttMs: [
        [0, 70, 10],
        [70, 0, 12.5],
        [10, 12.5, 0],
      ],
      jitterRatio: 0.1,
      lossRatio: 0.01,
    });
  });

  test.each([
    [
      'regions: [us-east-1, home, work]',
      /how far apart these are: "us-east-1 home", "us-east-1 work", "home work"/,
    ],
    ['regions: [us-east-1, us-east-1]', /us-east-1 twice/],
    ['wan: {rttMs: {us-east-1: 5}}', /"us-east-1" is no pair of regions/],
    ['dnsTtl: 500ms', /whole number of seconds/],
    ['dnsTtl: 0s', /longer than 0/],
    ['healthInterval: 0s', /longer than 0/],
    ['mode: broadcast, rooms: 6', /a room is in one region, so there must be 4 of them, or a multiple/],
  ])('that cannot be are an error: %s', (said, complaint) => {
    expect(faultsOf(`phases: [{topology: regions, ${said}}]`).join('\n')).toMatch(complaint);
  });

  test('may be any, if all pairs are said', () => {
    const said = 'regions: [home, work], wan: {rttMs: {"work home": 0}}';
    expect(topologyOf(`phases: [{topology: regions, ${said}}]`).wan.rttMs).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});
