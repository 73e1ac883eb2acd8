import { expect, test } from 'vitest';
import { HERD_TRIGGERS, TOPOLOGY_KINDS } from '../../src/model/scenario.ts';
import { misfitOfTrigger } from '../../src/scenario/triggers.ts';
import { planOf } from './fixtures.ts';

/** The triggers that a phase can have, of those that there are. */
function possible(text: string): string[] {
  const [{ topology }] = planOf(`phases: [${text}]`).phases;
  return HERD_TRIGGERS.filter((trigger) => misfitOfTrigger(topology, trigger) === null);
}

const OF_A_NODE = ['kill', 'restart', 'close', 'reset', 'blackhole'];

test.each([
  ['{target: "ws://h"}', ['drop']],
  ['{topology: single}', ['drop', ...OF_A_NODE]],
  ['{topology: cluster}', ['drop', ...OF_A_NODE, 'drain', 'rolling']],
  ['{topology: cluster, balancer: nginx}', ['drop', ...OF_A_NODE, 'drain', 'rolling']],
  ['{topology: cluster, balancer: none}', ['drop', ...OF_A_NODE]],
  ['{topology: cluster, nodes: 1}', ['drop', ...OF_A_NODE]],
])('%s can be broken by %j', (text, triggers) => {
  expect(possible(text).sort()).toEqual([...triggers].sort());
});

test('every trigger fits some topology', () => {
  const all = TOPOLOGY_KINDS.flatMap((kind) => possible(`{topology: ${kind}}`));
  expect([...new Set(all)].sort()).toEqual([...HERD_TRIGGERS].sort());
});
