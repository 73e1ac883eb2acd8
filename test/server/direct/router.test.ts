import { expect, test } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import fc from '../../support/properties.ts';
import { createNetwork, createUser, type NetworkOptions } from './network.ts';

/** Half a round trip between any two of three regions; within one, next to nothing. */
const far = (from: number, to: number) => (from === to ? 0.1 : 20 + 10 * (from + to));

const THREE: NetworkOptions = { regions: [0, 1, 2], delayMs: far };

function welcome(node: number, region = node): string {
  return `WELCOME ${region} ${node}`;
}

test('a message goes to where its receiver is, and says where it comes from', () => {
  const network = createNetwork(THREE);
  const [ann, bob] = [createUser(network, 'ann'), createUser(network, 'bob')];
  ann.goTo(0);
  bob.goTo(2);
  network.run(2000);

  ann.say('TO bob\nhello');
  ann.say('TO ann\nto myself');
  network.run(2000 + far(0, 2) - 1);
  expect(bob.heard).toEqual([welcome(2)]);
  network.run(2000 + far(0, 2) + 1);

  expect(bob.heard).toEqual([welcome(2), 'FROM ann 0 0\nhello']);
  expect(ann.heard).toEqual([welcome(0), 'FROM ann 0 0\nto myself']);
});

test('all nodes of a region are reached', () => {
  const network = createNetwork({ regions: [0, 0, 1], delayMs: far });
  const users = ['ann', 'bob', 'eve'].map((name) => createUser(network, name));
  for (const [node, user] of users.entries()) user.goTo(node);
  network.run(2000);
  for (const user of users) for (const name of ['ann', 'bob', 'eve']) user.say(`TO ${name}\nhi`);
  network.run(3000);

  for (const { heard } of users) {
    expect(heard.slice(1).sort()).toEqual(['FROM ann 0 0\nhi', 'FROM bob 0 0\nhi', 'FROM eve 1 0\nhi']);
  }
});

test('what is on its way to a user that moves goes after it: late, counted, and not lost', () => {
  const network = createNetwork(THREE);
  const [ann, bob] = [createUser(network, 'ann'), createUser(network, 'bob')];
  ann.goTo(0);
  bob.goTo(1);
  network.run(2000);
  ann.say('TO bob\n1');
  network.run(2010);
  bob.goTo(2);
  network.run(2020);
  ann.say('TO bob\n2');
  network.run(4000);
  ann.say('TO bob\n3');
  network.run(5000);

  expect(bob.heard).toEqual([
    welcome(1),
    welcome(2),
    'FROM ann 0 2\n1',
    'FROM ann 0 2\n2',
    'FROM ann 0 0\n3',
  ]);
  const counts = network.nodes.map(({ counters }) => counters);
  expect(counts.map(({ misrouted }) => misrouted)).toEqual([0, 2, 0]);
  expect(counts.map(({ handovers }) => handovers)).toEqual([0, 1, 0]);
  expect(counts.map(({ delivered }) => delivered)).toEqual([0, 0, 3]);
});

test('what waits for a user that has gone is there when it comes back, wherever that is', () => {
  for (const node of [1, 2]) {
    const network = createNetwork(THREE);
    const [ann, bob] = [createUser(network, 'ann'), createUser(network, 'bob')];
    ann.goTo(0);
    bob.goTo(1);
    network.run(2000);
    bob.leave();
    ann.say('TO bob\n1');
    ann.say('TO bob\n2');
    network.run(20_000);
    bob.goTo(node);
    network.run(21_000);

    const detours = node === 1 ? 1 : 2;
    expect(bob.heard.slice(2)).toEqual([`FROM ann 0 ${detours}\n1`, `FROM ann 0 ${detours}\n2`]);
  }
});

test('who never comes back is forgotten, and what waited for it is counted', () => {
  const network = createNetwork({ ...THREE, limits: { absenceMs: 5000, unknownMs: 1000 } });
  const [ann, bob] = [createUser(network, 'ann'), createUser(network, 'bob')];
  ann.goTo(0);
  bob.goTo(1);
  network.run(2000);
  bob.leave();
  ann.say('TO bob\nwhile it is known');
  network.run(12_000);
  ann.say('TO bob\nwhen it is not');
  network.run(20_000);

  expect(ann.heard.slice(1)).toEqual(['ERR unknown-user nobody knows bob']);
  const [{ counters: first }, { counters: second }] = network.nodes;
  expect([first.unknown, first.expired, second.unknown, second.expired]).toEqual([1, 0, 0, 1]);
});

test('a message for a user that nobody knows waits for a moment', () => {
  const network = createNetwork(THREE);
  const [ann, bob] = [createUser(network, 'ann'), createUser(network, 'bob')];
  ann.goTo(0);
  ann.say('TO bob\n1');
  network.run(1500);
  bob.goTo(1);
  network.run(4000);

  expect(bob.heard).toEqual([welcome(1), 'FROM ann 0 1\n1']);
});

test('a second hello of the same user ends the first connection', () => {
  const network = createNetwork(THREE);
  const [one, two] = [createUser(network, 'ann'), createUser(network, 'ann')];
  one.goTo(0);
  network.run(2000);
  two.goTo(2);
  network.run(3000);
  const bob = createUser(network, 'bob');
  bob.goTo(1);
  network.run(4000);
  bob.say('TO ann\nhi');
  network.run(5000);

  expect(one.heard).toEqual([welcome(0), 'ERR replaced the user said HELLO on another connection']);
  expect(two.heard).toEqual([welcome(2), 'FROM bob 1 0\nhi']);
});

test('when a region is lost, its users are found where they land, with what had not been confirmed', () => {
  const network = createNetwork(THREE);
  const [ann, bob] = [createUser(network, 'ann'), createUser(network, 'bob')];
  ann.goTo(0);
  bob.goTo(1);
  network.run(2000);
  ann.say('TO bob\n1');
  network.run(2100);
  network.loseStream(1);
  ann.say('TO bob\n2');
  ann.say('TO bob\n3');
  network.run(6000);
  bob.goTo(2);
  network.run(6100);
  ann.say('TO bob\n4');
  network.run(9000);
  network.findStream(1);
  network.run(20_000);

  expect(bob.heard.filter((text) => text.startsWith('FROM')).map((text) => text.split('\n')[1])).toEqual([
    ...['1', '2', '3', '4'],
  ]);
  expect(network.nodes[0].counters.rerouted).toBe(2);
});

test('who lands where those are that wrote to it gets what they wrote', () => {
  const network = createNetwork(THREE);
  const [ann, bob] = [createUser(network, 'ann'), createUser(network, 'bob')];
  ann.goTo(0);
  bob.goTo(1);
  network.run(2000);
  network.loseStream(1);
  ann.say('TO bob\n1');
  network.run(6000);
  bob.goTo(0);
  network.run(6001);
  ann.say('TO bob\n2');
  network.run(12_000);

  expect(bob.heard.slice(2).map((text) => text.split('\n')[1])).toEqual(['1', '2']);
});

test('nodes that have lost each other know of everything that happened meanwhile when they find each other again', () => {
  const network = createNetwork(THREE);
  const [ann, bob] = [createUser(network, 'ann'), createUser(network, 'bob')];
  ann.goTo(1);
  network.run(2000);
  network.loseStream(1);
  bob.goTo(2);
  network.run(3000);
  network.findStream(1);
  network.run(4000);
  ann.say('TO bob\nhi');
  network.run(5000);

  expect(bob.heard).toEqual([welcome(2), 'FROM ann 1 0\nhi']);
});

test('how long it takes until all nodes know of a user is the time to the farthest', () => {
  const network = createNetwork(THREE);
  createUser(network, 'ann').goTo(0);
  network.run(2000);

  const [{ router }] = network.nodes;
  const { convergence, users } = router.sample();
  expect(users).toBe(1);
  // One value, in the bucket of 40.1 ms: the way to region 2 and within it.
  expect(convergence.length).toBe(2);
  expect(convergence[1]).toBe(1);
  expect(router.sample().convergence).toEqual(convergence);
});

const move = fc.record({
  atMs: fc.integer({ min: 0, max: 3000 }),
  user: fc.integer({ min: 0, max: 3 }),
  node: fc.integer({ min: 0, max: 3 }),
});

test('whoever moves when and where, and whatever comes twice: each message is delivered once', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 12 }), fc.nat(), (moves, seed) => {
      const random = createRandom(seed, 'copies');
      const network = createNetwork({
        ...{ regions: [0, 0, 1, 2], delayMs: far },
        copies: { ratio: 0.1, random },
      });
      const names = ['ann', 'bob', 'eve', 'joe'];
      const users = names.map((name) => createUser(network, name));
      for (const [node, user] of users.entries()) user.goTo(node);
      network.run(2000);
      const sent = names.map(() => 0);
      for (const { atMs, user, node } of moves) network.after(atMs, () => users[user].goTo(node));
      for (let atMs = 0; atMs < 3500; atMs += 7)
        network.after(atMs, () => {
          const [from, to] = [Math.floor(random() * 4), Math.floor(random() * 4)];
          users[from].say(`TO ${names[to]}\n${sent[to]}`);
          if (network.nodes.reduce((sum, { counters }) => sum + counters.accepted, 0) > total()) sent[to]++;
        });
      const total = () => sent.reduce((sum, count) => sum + count, 0);
      network.run(12_000);

      for (const [i, { heard }] of users.entries()) {
        const texts = heard.filter((text) => text.startsWith('FROM'));
        const numbers = texts.map((text) => Number(text.split('\n')[1]));
        expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: sent[i] }, (_, n) => n));
      }
    }),
    { numRuns: 60 },
  );
});

test('the messages of a sender that stays come in their order, however its receiver moves', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 15 }), (moves) => {
      const network = createNetwork({ regions: [0, 0, 1, 2], delayMs: far });
      const [ann, bob] = [createUser(network, 'ann'), createUser(network, 'bob')];
      ann.goTo(0);
      bob.goTo(3);
      network.run(2000);
      for (const { atMs, node } of moves) network.after(atMs, () => bob.goTo(node));
      for (let i = 0; i < 300; i++) network.after(i * 11, () => ann.say(`TO bob\n${i}`));
      network.run(12_000);

      const numbers = bob.heard
        .filter((text) => text.startsWith('FROM'))
        .map((text) => Number(text.split('\n')[1]));
      expect(numbers).toEqual(Array.from({ length: 300 }, (_, i) => i));
    }),
    { numRuns: 60 },
  );
});
