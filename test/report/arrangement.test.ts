import { describe, expect, it } from 'vitest';
import type { Phase } from '../../src/model/record.ts';
import { madeOf, nodeLoad } from '../../src/report/arrangement.ts';
import { clusterPhase } from './sample-cluster.ts';
import { barePhase, samplePhase } from './sample-phase.ts';

const cluster = (more: Partial<Phase['topology']>) => ({ ...clusterPhase().topology, ...more });

describe('what a topology was made of', () => {
  it.each([
    ['1 node', samplePhase().topology],
    ['a target', barePhase().topology],
    ['4 nodes, sticky, nginx, Redis', cluster({})],
    [
      '4 nodes, stateless, embedded parts',
      cluster({ routing: 'stateless', balancer: 'embedded', broker: 'embedded' }),
    ],
    ['1 node, sticky, nginx, embedded broker', cluster({ nodes: 1, broker: 'embedded' })],
    ['4 nodes, sticky, embedded balancer, Redis', cluster({ balancer: 'embedded' })],
    ['52 nodes', cluster({ nodes: 52, routing: null, balancer: null, broker: null })],
    ['4 nodes, Redis', cluster({ routing: null, balancer: null })],
    ['2 gateways, 1 backend', cluster({ kind: 'edge', nodes: 2, backends: 1 })],
    ['pushpin, 2 backends', cluster({ kind: 'edge', engine: 'pushpin', nodes: 1, backends: 2 })],
    ['workerd', cluster({ kind: 'edge', engine: 'workerd', nodes: 1 })],
  ])('is %s', (words, topology) => {
    expect(madeOf(topology)).toBe(words);
  });
});

describe('the load of the nodes', () => {
  it.each([
    ['96–104 (±4.00 %)', [104, 97, 103, 96], 0.04],
    ['100 (±0 %)', [100, 100], 0],
    ['0–2,000 (±100 %)', [2000, 0], 1],
  ])('reads %s', (words, connections, worstDeviationRatio) => {
    expect(nodeLoad(cluster({ balance: { connections, worstDeviationRatio } }))).toBe(words);
  });

  it('is a dash where there are no nodes to compare', () => {
    expect(nodeLoad(cluster({ balance: null }))).toBe('–');
  });
});
