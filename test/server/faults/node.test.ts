import { expect, test } from 'vitest';
import { parseFault } from '../../../src/model/faults.ts';
import type { NodeOptions } from '../../../src/server/options.ts';
import {
  connect,
  connectRaw,
  frame,
  handshake,
  startNode,
  until,
  withEachEngine,
} from '../node-under-test.ts';

const having = (...texts: string[]): Pick<NodeOptions, 'faults'> => ({
  faults: { plans: texts.map(parseFault), seed: 1 },
});

test('a node that was asked for no faults has none', async () => {
  const node = await startNode();
  expect(node.faults).toBeNull();
  expect((await startNode(having())).faults).toBeNull();
});

withEachEngine((start) => {
  test('an echo that is dropped, and one that comes twice', async () => {
    const node = await start(having('drop:share=0.3', 'duplicate:share=0.3'));
    const { socket, next, closed } = await connect(node.url);
    const heard: unknown[] = [];
    for (let i = 0; i < 100; i++) socket.send(String(i));
    await until(node, () => node.counts.received === 100);
    socket.close();
    await closed;
    const { drop = 0, duplicate = 0 } = node.faults?.counts() ?? {};
    for (let i = 0; i < 100 - drop + duplicate; i++) heard.push(await next());
    expect(drop).toBeGreaterThan(0);
    expect(duplicate).toBeGreaterThan(0);
    expect(new Set(heard).size).toBe(100 - drop);
    expect(heard).toEqual([...heard].sort((a, b) => Number(a) - Number(b)));
  });

  test('the close code that was asked for, in place of a message', async () => {
    const node = await start(having('close:share=1,code=4321'));
    const { socket, closed } = await connect(node.url);
    socket.send('hello');
    expect(await closed).toMatchObject({ code: 4321 });
    expect(node.faults?.counts()).toEqual({ close: 1 });
  });

  test('a reset, which is an error at the other end', async () => {
    const node = await start(having('reset:share=1'));
    const { socket } = await connectRaw(node.port);
    const error = new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve));
    socket.write(handshake('/echo'));
    await new Promise((resolve) => socket.once('data', resolve));
    socket.write(frame(0x81, 'hello'));
    expect((await error).code).toBe('ECONNRESET');
    expect(node.faults?.counts()).toEqual({ reset: 1 });
    await until(node, () => node.connections() === 0);
  });

  test('half of a frame, and then the end', async () => {
    const node = await start(having('truncate:share=1'));
    const { socket, untilClosed } = await connectRaw(node.port);
    socket.write(handshake('/echo'));
    socket.write(frame(0x81, 'hello'));
    const received = await untilClosed;
    const half = received.subarray(received.indexOf('\r\n\r\n') + 4);
    expect(half.toString('hex')).toBe('81056865');
    expect(node.faults?.counts()).toEqual({ truncate: 1 });
    await until(node, () => node.connections() === 0);
  });

  test('silence: no answer, no pong, and an open connection, until the node stops', async () => {
    const node = await start(having('silence:share=1'));
    const { socket, closed } = await connect(node.url);
    let heard = 0;
    socket.on('message', () => heard++);
    socket.on('pong', () => heard++);
    socket.send('hello');
    await until(node, () => node.faults?.counts().silence === 1);
    const { received } = node.counts;
    socket.ping();
    socket.send('is anybody there?');
    // Another connection is served meanwhile, so what was to be read would have been.
    const other = await connect(node.url);
    other.socket.ping();
    await new Promise((resolve) => other.socket.once('pong', resolve));
    expect(node.counts.received).toBe(received);
    expect(heard).toBe(0);
    expect(node.connections()).toBe(2);
    expect(socket.readyState).toBe(socket.OPEN);
    await node.close();
    await closed;
  });

  test('a handshake that is refused with a status', async () => {
    const node = await start(having('refuse:share=1,status=502'));
    await expect(connect(node.url)).rejects.toThrow('502');
    expect(node.faults?.counts()).toEqual({ refuse: 1 });
    expect(node.counts.rejected.fault).toBe(1);
  });

  test('a handshake that is answered late, with nothing lost of what came meanwhile', async () => {
    const node = await start(having('slow-accept:by=60ms'));
    const startMs = performance.now();
    const { socket, next } = await connect(node.url);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(60);
    socket.send('hello');
    expect(await next()).toBe('hello');
    expect(node.faults?.counts()).toEqual({ 'slow-accept': 1 });
  });

  test('delays, whose quantiles are told', async () => {
    const node = await start(having('delay:by=20ms'));
    const { socket, next } = await connect(node.url);
    const startMs = performance.now();
    socket.send('hello');
    await next();
    const tookMs = performance.now() - startMs;
    const { count, p50 = 0 } = node.faults?.delays() ?? {};
    expect(count).toBe(1);
    expect(p50).toBeGreaterThanOrEqual(20);
    expect(p50).toBeLessThan(tookMs);
  });

  test('rooms lose messages, and never an answer', async () => {
    const node = await start(having('drop:share=1'));
    const { socket, next } = await connect(`${node.url}/rooms`);
    socket.send('JOIN tea');
    expect(await next()).toBe('JOINED tea 0 7 0');
    socket.send('PUB tea\nhi');
    socket.send('JOIN tea');
    expect(await next()).toBe('JOINED tea 1 7 1');
    expect(node.faults?.counts()).toEqual({ drop: 1 });
  });

  test('rooms are numbered anew, which each member that is there sees', async () => {
    const node = await start(having('reset-sequence:after=2'));
    const members = await Promise.all([connect(`${node.url}/rooms`), connect(`${node.url}/rooms`)]);
    for (const { socket, next } of members) {
      socket.send('JOIN tea');
      await next();
    }
    for (const text of ['a', 'b', 'c']) members[0].socket.send(`PUB tea\n${text}`);
    for (const { next } of members)
      expect([await next(), await next(), await next()]).toEqual([
        'MSG tea 1 7\na',
        'MSG tea 2 7\nb',
        'MSG tea 1 8\nc',
      ]);
    expect(node.faults?.counts()).toEqual({ 'reset-sequence': 2 });
    const late = await connect(`${node.url}/rooms`);
    late.socket.send('JOIN tea 2 7');
    expect([await late.next(), await late.next()]).toEqual(['JOINED tea 0 8 1', 'MSG tea 1 8\nc']);
  });

  test('a leak with each connection that has ended, whether it said something or not', async () => {
    const node = await start(having('leak-memory:bytes=1000', 'leak-descriptor:share=0'));
    const [silent, other] = [await connect(node.url), await connect(node.url)];
    other.socket.send('hello');
    await other.next();
    for (const { socket, closed } of [silent, other]) {
      socket.close();
      await closed;
    }
    await until(node, () => node.connections() === 0);
    expect(node.faults?.counts()).toEqual({ 'leak-memory': 2, 'leak-descriptor': 0 });
  });

  test('/metrics tells what has happened', async () => {
    const node = await start(having('drop:share=1'));
    const { socket } = await connect(node.url);
    socket.send('hello');
    await until(node, () => node.counts.received === 1);
    const metrics = await (await fetch(`http://127.0.0.1:${node.port}/metrics`)).text();
    expect(metrics).toContain('\nwebsocket_faults_injected_total{fault="drop",server="node"} 1\n');
  });
});
