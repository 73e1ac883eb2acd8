import { expect, test } from 'vitest';
import { DEFAULT_DIRECT_LIMITS, DIRECT_ALONE } from '../../../src/server/direct/options.ts';
import { connect, startNode, until, withEachEngine } from '../node-under-test.ts';

const alone = (limits: Partial<typeof DEFAULT_DIRECT_LIMITS>) => ({
  direct: { ...DIRECT_ALONE, limits: { ...DEFAULT_DIRECT_LIMITS, ...limits } },
});

withEachEngine((start) => {
  test('users send each other messages: any bytes, with their kind', async () => {
    const node = await start();
    const [ann, bob] = [await connect(`${node.url}/direct`), await connect(`${node.url}/direct`)];
    ann.socket.send('HELLO ann');
    bob.socket.send('HELLO bob\n');
    expect([await ann.next(), await bob.next()]).toEqual(['WELCOME 0 0', 'WELCOME 0 0']);

    ann.socket.send(Buffer.concat([Buffer.from('TO bob\n'), Buffer.from([0, 10, 255])]));
    ann.socket.send('TO bob\n');
    bob.socket.send('TO ann\nhi');

    expect(await bob.next()).toEqual(
      Buffer.concat([Buffer.from('FROM ann 0 0\n'), Buffer.from([0, 10, 255])]),
    );
    expect(await bob.next()).toBe('FROM ann 0 0\n');
    expect(await ann.next()).toBe('FROM bob 0 0\nhi');
    expect(node.direct?.sample()).toMatchObject({ users: 2, accepted: 3, delivered: 3 });
  });

  test('what comes to a user that has said goodbye waits until it is back', async () => {
    const node = await start();
    const [ann, bob] = [await connect(`${node.url}/direct`), await connect(`${node.url}/direct`)];
    ann.socket.send('HELLO ann');
    bob.socket.send('HELLO bob');
    await Promise.all([ann.next(), bob.next()]);
    bob.socket.close(1000);
    await bob.closed;
    for (let i = 0; i < 3; i++) ann.socket.send(`TO bob\n${i}`);
    await until(node, () => node.direct?.sample().held === 3);

    const again = await connect(`${node.url}/direct`);
    again.socket.send('HELLO bob 0');
    expect([await again.next(), await again.next(), await again.next(), await again.next()]).toEqual([
      ...['WELCOME 0 0', 'FROM ann 0 1\n0', 'FROM ann 0 1\n1', 'FROM ann 0 1\n2'],
    ]);
  });
});

test('who sends before it has said who it is, or nonsense, is told so, and closed when it goes on', async () => {
  const node = await startNode(alone({ errors: 3 }));
  const client = await connect(`${node.url}/direct`);
  for (const text of ['TO bob\nhi', 'HELLO café', 'nonsense']) client.socket.send(text);
  expect(
    [await client.next(), await client.next(), await client.next()].map((text) => String(text).split(' ')[1]),
  ).toEqual([...['no-hello', 'bad-user', 'bad-request']]);
  expect(await client.closed).toEqual({ code: 1008, reason: 'too many bad requests' });
});

test('there are no more users than there may be', async () => {
  const node = await startNode(alone({ users: 1 }));
  const [ann, bob] = [await connect(`${node.url}/direct`), await connect(`${node.url}/direct`)];
  ann.socket.send('HELLO ann');
  await ann.next();
  bob.socket.send('HELLO bob');
  expect(await bob.next()).toBe('ERR server-full there are 1 users already');
});

test('no more waits for users than may wait', async () => {
  const node = await startNode(alone({ heldMessages: 1 }));
  const ann = await connect(`${node.url}/direct`);
  ann.socket.send('HELLO ann');
  ann.socket.send('TO bob\n1');
  ann.socket.send('TO bob\n2');
  expect([await ann.next(), await ann.next()]).toEqual([
    ...['WELCOME 0 0', 'ERR undelivered there is no room for a message to bob'],
  ]);
  expect(node.direct?.sample()).toMatchObject({ accepted: 2, refused: 1 });
});

test('a connection that sends to more users than are kept apart goes on, and each gets its own once', async () => {
  const node = await startNode(alone({ receivers: 2 }));
  const names = ['ann', 'bob', 'eve'];
  const clients = await Promise.all(names.map(() => connect(`${node.url}/direct`)));
  for (const [i, { socket, next }] of clients.entries()) {
    socket.send(`HELLO ${names[i]}`);
    await next();
  }
  for (let round = 0; round < 3; round++)
    for (const name of names) clients[0].socket.send(`TO ${name}\n${round}`);
  for (const { next } of clients) {
    expect([await next(), await next(), await next()]).toEqual(
      [0, 1, 2].map((round) => `FROM ann 0 0\n${round}`),
    );
  }
});

test('a node that is asked for no direct messages has none', async () => {
  const node = await startNode({ direct: null });
  await expect(connect(`${node.url}/direct`)).rejects.toThrow('404');
  expect(node.direct).toBeNull();
});
