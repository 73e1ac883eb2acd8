import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { createRandom } from '../../../src/base/random.ts';
import { type ListeningBackend, listenBackend } from '../../../src/server/backend/backend.ts';
import { eventually, startGateway } from '../gateway/backend-under-test.ts';
import { connect } from '../node-under-test.ts';

const started: ListeningBackend[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((backend) => backend.close()));
});

async function start(port = 0): Promise<ListeningBackend> {
  const options = { role: 'backend-0', host: '127.0.0.1', port };
  const backend = await listenBackend(options, systemClock, createRandom(1, 'port'));
  started.push(backend);
  return backend;
}

const addressOf = ({ port }: ListeningBackend) => ({ host: '127.0.0.1', port });

describe('the backend', () => {
  it('answers events of a gateway, and counts them as the gateway does', async () => {
    const backend = await start();
    const gateway = await startGateway([addressOf(backend)]);
    const client = await connect(gateway.url);
    client.socket.send('hello');
    expect(await client.next()).toBe('hello');
    client.socket.close();
    await eventually(() => gateway.gateway.counts.answered.disconnect === 1);
    expect(backend.counts).toMatchObject({ received: 3, sent: 3 });
    expect(gateway.gateway.counts.events).toEqual({ connect: 1, message: 1, disconnect: 1 });
  });

  it('takes the longest message that a node takes, whatever is in it', async () => {
    const gateway = await startGateway([addressOf(await start())]);
    const client = await connect(gateway.url);
    for (const text of ['\u0001'.repeat(64 * 1024), 'ü'.repeat(32 * 1024)]) {
      client.socket.send(text);
      expect(await client.next()).toBe(text);
    }
    const bytes = Buffer.alloc(64 * 1024, 255);
    client.socket.send(bytes);
    expect(await client.next()).toEqual(bytes);
  });

  it('can be stopped and started under load without one message lost, of a gateway that has another one', async () => {
    const [first, second] = [await start(), await start()];
    const gateway = await startGateway([first, second].map(addressOf));
    const clients = await Promise.all(Array.from({ length: 20 }, () => connect(gateway.url)));
    let restarted = false;
    const talk = async ({ socket, next }: (typeof clients)[number]) => {
      let said = 0;
      for (; !restarted; said++) {
        socket.send(`message ${said}`);
        expect(await next()).toBe(`message ${said}`);
      }
      return said;
    };
    const talking = clients.map(talk);
    const restart = async () => {
      for (const backend of [first, second]) {
        await eventually(() => backend.counts.sent > 50);
        await backend.close();
        const again = await start(backend.port);
        await eventually(() => again.counts.sent > 50);
      }
      restarted = true;
    };
    const [said] = await Promise.all([Promise.all(talking), restart()]);
    const { counts } = gateway.gateway;
    expect(counts.events.message).toBe(said.reduce((sum, count) => sum + count, 0));
    expect(counts.answered.message).toBe(counts.events.message);
    expect(counts.failed.message).toBe(0);
    expect(gateway.counts).toMatchObject({ opened: 20, closed: { 1006: 0 } });
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['no event', '{"requestContext": {"eventType": "PARTY"}}'],
    ['a body that is none', '{"requestContext": {"eventType": "MESSAGE"}, "body": 5}'],
  ])('answers %s with 400', async (_what, body) => {
    const { port } = await start();
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body });
    expect(response.status).toBe(400);
  });

  it('answers what is too long with 413', async () => {
    const { port } = await start();
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x'.repeat(2 ** 20) });
    expect(response.status).toBe(413);
  });

  it('tells of its health and its events', async () => {
    const { port } = await start();
    const page = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    expect(JSON.parse(await page('/health'))).toMatchObject({ status: 'ok', server: 'backend-0' });
    expect(await page('/metrics')).toContain('websocket_backend_events_total{server="backend-0"} 0');
  });
});
