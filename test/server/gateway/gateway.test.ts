/**
 * A gateway with real backends behind it: what backends are told, what clients get, and what is counted when backends
 * fail.
 */

import { describe, expect, it } from 'vitest';
import { parseFault } from '../../../src/model/faults.ts';
import { ENGINE_KINDS } from '../../../src/model/scenario.ts';
import { totalCount } from '../../../src/stats/histogram.ts';
import { type Client, connect, connectRaw, handshake } from '../node-under-test.ts';
import { eventually, obey, type SeenEvent, startBackend, startGateway } from './backend-under-test.ts';

const kindsOf = (events: SeenEvent[]) => events.map(({ requestContext }) => requestContext.eventType);

describe.each(ENGINE_KINDS)('a gateway with the engine %s', (engine) => {
  it('sends back what a backend answers, texts as texts and bytes as bytes', async () => {
    const backend = await startBackend();
    const gateway = await startGateway([backend], {}, { engine });
    const client = await connect(`${gateway.url}/echo`);
    client.socket.send('héllo "there"');
    expect(await client.next()).toBe('héllo "there"');
    client.socket.send(Buffer.from([0, 255, 10, 128]));
    expect(await client.next()).toEqual(Buffer.from([0, 255, 10, 128]));
    client.socket.send('');
    expect(await client.next()).toBe('');
    expect(gateway.gateway.counts).toMatchObject({
      events: { connect: 1, message: 3, disconnect: 0 },
      answered: { connect: 1, message: 3, disconnect: 0 },
      failed: { connect: 0, message: 0, disconnect: 0 },
      retried: 0,
      queued: 0,
      queuedBytes: 0,
    });
    expect(totalCount(gateway.gateway.counts.latency)).toBe(4);
  });

  it('tells a backend of a connection, its messages and its end, in this order', async () => {
    const backend = await startBackend();
    const gateway = await startGateway([backend], {}, { engine });
    gateway.gateway.meet([{ host: '127.0.0.1', port: gateway.port }]);
    const client = await connect(`${gateway.url}/rooms?token=1`);
    client.socket.send('JOIN tea');
    expect(await client.next()).toBe('JOINED tea 0 7 0');
    client.socket.close(4321, 'enough');
    await eventually(() => backend.events.length === 3);
    expect(kindsOf(backend.events)).toEqual(['CONNECT', 'MESSAGE', 'DISCONNECT']);
    const [opened, said, ended] = backend.events.map(({ requestContext }) => requestContext);
    expect(opened).toMatchObject({
      ...{ routeKey: '$connect', stage: 'rooms', domainName: `127.0.0.1:${gateway.port}` },
      identity: { sourceIp: '127.0.0.1' },
      connectionId: expect.stringMatching(/^[\w-]{15}=$/),
    });
    expect(said).toMatchObject({ routeKey: '$default', connectionId: opened.connectionId });
    expect(ended).toMatchObject({
      ...{ routeKey: '$disconnect', connectionId: opened.connectionId, disconnectStatusCode: 4321 },
    });
    expect(new Set([opened.messageId, said.messageId, ended.messageId]).size).toBe(3);
    expect(backend.events[1]).toMatchObject({ body: 'JOIN tea', isBase64Encoded: false });
  });

  it('opens no connection that a backend does not want', async () => {
    const backend = await startBackend((_event, response) => {
      response.end(JSON.stringify({ statusCode: 401 }));
    });
    const gateway = await startGateway([backend], {}, { engine });
    await expect(connect(gateway.url)).rejects.toThrow('401');
    expect(gateway.connections()).toBe(0);
    expect(gateway.counts).toMatchObject({ opened: 0, rejected: { backend: 1 } });
    expect(gateway.gateway.counts.answered.connect).toBe(1);
  });

  it('tells a backend that a client which it welcomed has gone meanwhile', async () => {
    let welcome = () => {};
    const backend = await startBackend((event, response) => {
      if (event.requestContext.eventType !== 'CONNECT') return obey(event, response);
      welcome = () => void obey(event, response);
    });
    const gateway = await startGateway([backend], {}, { engine });
    const raw = await connectRaw(gateway.port);
    raw.socket.write(handshake('/'));
    await eventually(() => backend.events.length === 1);
    raw.socket.resetAndDestroy();
    // Whether the reset has come by then or not, the backend learns of the end.
    welcome();
    await eventually(() => backend.events.length === 2);
    expect(kindsOf(backend.events)).toEqual(['CONNECT', 'DISCONNECT']);
    await eventually(() => gateway.connections() === 0);
    expect(gateway.counts.opened).toBeLessThanOrEqual(1);
  });

  it('carries rooms: what backends let pass reaches all members', async () => {
    const backend = await startBackend();
    const gateway = await startGateway([backend], {}, { engine });
    const [first, second] = await Promise.all([1, 2].map(() => connect(`${gateway.url}/rooms`)));
    for (const { socket, next } of [first, second]) {
      socket.send('JOIN tea');
      expect(await next()).toBe('JOINED tea 0 7 0');
    }
    first.socket.send('PUB tea\none');
    expect([await first.next(), await second.next()]).toEqual(['MSG tea 1 7\none', 'MSG tea 1 7\none']);
    first.socket.send(Buffer.from('PUB tea\ntwo'));
    expect(await second.next()).toEqual(Buffer.from('MSG tea 2 7\ntwo'));
    expect(gateway.counts.rooms.published).toBe(2);
  });

  it('has the faults that a node has, behind its backends', async () => {
    const backend = await startBackend();
    const plans = [parseFault('duplicate:share=1')];
    const gateway = await startGateway([backend], {}, { engine, faults: { plans, seed: 1 } });
    const client = await connect(gateway.url);
    client.socket.send('hi');
    expect([await client.next(), await client.next()]).toEqual(['hi', 'hi']);
    expect(gateway.faults?.counts()).toEqual({ duplicate: 1 });
    expect(gateway.gateway.counts.events.message).toBe(1);
  });

  it('does what a client said last although it has gone', async () => {
    let go = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    const backend = await startBackend(async (event, response) => {
      if (event.body?.startsWith('PUB')) await held;
      await obey(event, response);
    });
    const gateway = await startGateway([backend], {}, { engine });
    const [member, publisher] = await Promise.all([1, 2].map(() => connect(`${gateway.url}/rooms`)));
    member.socket.send('JOIN tea');
    await member.next();
    publisher.socket.send('PUB tea\nlast words');
    await eventually(() => backend.events.some(({ body }) => body?.startsWith('PUB') ?? false));
    publisher.socket.terminate();
    await eventually(() => gateway.connections() === 1);
    go();
    expect(await member.next()).toBe('MSG tea 1 7\nlast words');
    await eventually(() => kindsOf(backend.events).includes('DISCONNECT'));
    expect(kindsOf(backend.events).at(-1)).toBe('DISCONNECT');
  });
});

describe('events of a gateway', () => {
  it('keep the order of their connection, whichever backend they go to', async () => {
    const answers: number[] = [];
    // The earlier a message is, the longer its backend takes.
    const slow = async (event: SeenEvent, response: Parameters<typeof obey>[1]) => {
      const number = Number(event.body);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, 20 - number)));
      answers.push(number);
      await obey(event, response);
    };
    const backends = await Promise.all([startBackend(slow), startBackend(slow)]);
    const gateway = await startGateway(backends);
    const client = await connect(gateway.url);
    const numbers = Array.from({ length: 20 }, (_, i) => String(i));
    for (const number of numbers) client.socket.send(number);
    const heard = [];
    for (const _ of numbers) heard.push(await client.next());
    expect(heard).toEqual(numbers);
    // The first event was the connection's own.
    expect(answers.slice(1)).toEqual(numbers.map(Number));
    expect(Math.min(...backends.map(({ events }) => events.length))).toBeGreaterThan(0);
  });

  it('are no more at once to a backend than they may be', async () => {
    const later = async (event: SeenEvent, response: Parameters<typeof obey>[1]) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await obey(event, response);
    };
    const backend = await startBackend(later);
    const gateway = await startGateway([backend], { requestsPerBackend: 3 });
    const clients = await Promise.all(Array.from({ length: 12 }, () => connect(gateway.url)));
    for (const { socket } of clients) socket.send('hi');
    await Promise.all(clients.map(({ next }) => next()));
    expect(backend.peak).toBe(3);
    expect(gateway.gateway.counts.queuedPeak).toBeGreaterThanOrEqual(12 - 3);
    expect(gateway.gateway.counts.queued).toBe(0);
  });

  it('go to another backend when theirs goes before it answers, each once more, and none is lost', async () => {
    const silent = await startBackend((event, response) => {
      if (event.requestContext.eventType === 'CONNECT') return obey(event, response);
    });
    const good = await startBackend();
    const gateway = await startGateway([silent, good]);
    const clients = await Promise.all(Array.from({ length: 20 }, () => connect(gateway.url)));
    for (const [i, { socket }] of clients.entries()) socket.send(`message ${i}`);
    const isMessage = ({ requestContext }: SeenEvent) => requestContext.eventType === 'MESSAGE';
    // All that went to the good one are answered; the others wait.
    await eventually(
      () => silent.events.filter(isMessage).length + gateway.gateway.counts.answered.message === 20,
    );
    const stuck = silent.events.filter(isMessage).length;
    expect(stuck).toBeGreaterThan(0);
    await silent.crash();
    const answers = await Promise.all(clients.map(({ next }) => next()));
    expect(answers).toEqual(clients.map((_, i) => `message ${i}`));
    expect(gateway.gateway.counts).toMatchObject({
      events: { message: 20 },
      answered: { message: 20 },
      failed: { message: 0 },
      retried: stuck,
    });
    // What comes again can be told by its id.
    const again = good.events.filter(isMessage).map(({ requestContext }) => requestContext.messageId);
    const before = silent.events.filter(isMessage).map(({ requestContext }) => requestContext.messageId);
    expect(before.every((id) => again.includes(id))).toBe(true);
  });

  it('go to another backend when theirs says that it does not serve now', async () => {
    const busy = await startBackend((_event, response) => void response.writeHead(503).end());
    const good = await startBackend();
    const gateway = await startGateway([busy, good]);
    const client = await connect(gateway.url);
    client.socket.send('hi');
    expect(await client.next()).toBe('hi');
    expect(gateway.gateway.counts.retried).toBe(busy.events.length);
  });

  it('have failed when what a backend answers is none, and are not tried again', async () => {
    const answers = ['not JSON', '{}', '{"statusCode": 200, "body": 5}', '[]', 'null'];
    const backend = await startBackend((event, response) => {
      if (event.requestContext.eventType === 'CONNECT') return obey(event, response);
      response.end(answers[Number(event.body)]);
    });
    const gateway = await startGateway([backend]);
    const client = await connect(gateway.url);
    for (const i of answers.keys()) {
      client.socket.send(String(i));
      expect(await client.next()).toBe('{"message": "Internal server error"}');
    }
    expect(gateway.gateway.counts).toMatchObject({ failed: { message: answers.length }, retried: 0 });
    expect(backend.events).toHaveLength(1 + answers.length);
  });

  it('have failed when they took too long, and the next one of the connection goes on', async () => {
    const backend = await startBackend((event, response) => {
      if (event.body !== 'never') return obey(event, response);
    });
    const other = await startBackend();
    const gateway = await startGateway([backend], { eventTimeoutMs: 200 });
    const client = await connect(gateway.url);
    client.socket.send('never');
    expect(await client.next()).toBe('{"message": "Internal server error"}');
    client.socket.send('again');
    expect(await client.next()).toBe('again');
    expect(gateway.gateway.counts).toMatchObject({ failed: { message: 1 }, answered: { message: 1 } });
    expect(other.events).toEqual([]);
  });
});

it('keeps no connection to a backend open once its clients have gone', async () => {
  const backend = await startBackend();
  const gateway = await startGateway([backend]);
  const client = await connect(gateway.url);
  client.socket.send('hi');
  await client.next();
  expect(backend.connections()).toBe(1);
  client.socket.close();
  await client.closed;
  await gateway.gateway.rest();
  expect(gateway.gateway.counts.answered.disconnect).toBe(1);
  await eventually(() => backend.connections() === 0);
});

describe('a gateway all of whose backends are gone', () => {
  it('lets events wait, and brings them when one is back', async () => {
    const backend = await startBackend();
    const gateway = await startGateway([backend]);
    const client = await connect(gateway.url);
    await backend.crash();
    for (const text of ['one', 'two', 'three']) client.socket.send(text);
    await eventually(() => gateway.gateway.counts.retried > 0);
    expect(gateway.gateway.counts.queued).toBe(3);
    const health = await fetch(`http://127.0.0.1:${gateway.port}/health`);
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({ checks: { backends: { ok: false, reachable: 0, all: 1 } } });
    await startBackend(obey, backend.port);
    expect([await client.next(), await client.next(), await client.next()]).toEqual(['one', 'two', 'three']);
    expect(gateway.gateway.counts).toMatchObject({ answered: { message: 3 }, failed: { message: 0 } });
  });

  it('keeps within its bound, counts what fails, tells each client, and keeps every connection', async () => {
    const backend = await startBackend();
    const gateway = await startGateway([backend], {
      ...{ requestsPerBackend: 1, queuedEvents: 5, eventTimeoutMs: 500 },
    });
    // One by one: their own events must not be too many, either.
    const clients: Client[] = [];
    while (clients.length < 20) clients.push(await connect(gateway.url));
    await backend.crash();
    for (const { socket } of clients) socket.send('hi');
    const answers = await Promise.all(clients.map(({ next }) => next()));
    expect(new Set(answers)).toEqual(new Set(['{"message": "Internal server error"}']));
    expect(gateway.gateway.counts).toMatchObject({
      events: { message: 20 },
      answered: { message: 0 },
      failed: { message: 20 },
      queued: 0,
      queuedBytes: 0,
    });
    // Those that wait, and the one that was under way.
    expect(gateway.gateway.counts.queuedPeak).toBe(6);
    expect(gateway.connections()).toBe(20);
    await startBackend(obey, backend.port);
    for (const { socket, next } of clients) {
      let answer: unknown = null;
      while (answer !== 'again') {
        socket.send('again');
        answer = await next();
      }
    }
  });

  it('is bounded by bytes, too', async () => {
    const backend = await startBackend();
    const gateway = await startGateway([backend], { queuedBytes: 4096, eventTimeoutMs: 300 });
    const client = await connect(gateway.url);
    await backend.crash();
    client.socket.send('x'.repeat(8192));
    expect(await client.next()).toBe('{"message": "Internal server error"}');
    expect(gateway.gateway.counts).toMatchObject({ failed: { message: 1 }, retried: 0 });
  });

  it('takes no new connections: they are answered with 502', async () => {
    const backend = await startBackend();
    const gateway = await startGateway([backend], { eventTimeoutMs: 200 });
    await backend.crash();
    await expect(connect(gateway.url)).rejects.toThrow('502');
    expect(gateway.counts).toMatchObject({ opened: 0, rejected: { backend: 1 } });
    expect(gateway.gateway.counts.failed.connect).toBe(1);
  });

  it('forgets the members of rooms that have gone, although no backend could be told', async () => {
    const backend = await startBackend();
    const gateway = await startGateway([backend], { eventTimeoutMs: 200 });
    const [gone, stays] = await Promise.all([1, 2].map(() => connect(`${gateway.url}/rooms`)));
    for (const { socket, next } of [gone, stays]) {
      socket.send('JOIN tea');
      await next();
    }
    await backend.crash();
    gone.socket.terminate();
    await eventually(() => gateway.gateway.counts.failed.disconnect === 1);
    await startBackend(obey, backend.port);
    let answer: unknown = null;
    let sent = 0;
    while (answer !== 'MSG tea 1 7\nhi') {
      ({ sent } = gateway.counts);
      stays.socket.send('PUB tea\nhi');
      answer = await stays.next();
    }
    expect(gateway.counts.sent - sent).toBe(1);
  });
});
