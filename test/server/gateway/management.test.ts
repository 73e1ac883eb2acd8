/**
 * The management interface as its users have it: by the public client of Amazon API Gateway, which does not know that it
 * talks to something else.
 */

import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  GoneException,
  LimitExceededException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Client, connect, connectRaw, handshake } from '../node-under-test.ts';
import {
  eventually,
  type GatewayNode,
  startBackend,
  startGateway,
  type TestBackend,
} from './backend-under-test.ts';

const clients: ApiGatewayManagementApiClient[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});

function clientOf({ port }: GatewayNode, stage = ''): ApiGatewayManagementApiClient {
  const client = new ApiGatewayManagementApiClient({
    endpoint: `http://127.0.0.1:${port}${stage}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  clients.push(client);
  return client;
}

let backend: TestBackend;
let gateways: GatewayNode[];

beforeEach(async () => {
  backend = await startBackend();
  gateways = await Promise.all([0, 1].map((index) => startGateway([backend], { index })));
  const all = gateways.map(({ port }) => ({ host: '127.0.0.1', port }));
  for (const { gateway } of gateways) gateway.meet(all);
});

/** A client of a gateway, and the id that the backend was told of. */
async function connected(gateway = gateways[0]): Promise<Client & { id: string }> {
  const before = backend.events.length;
  const client = await connect(gateway.url);
  return { ...client, id: backend.events[before].requestContext.connectionId };
}

describe.each([0, 1])('asked at gateway %i, whichever holds the connection', (asked) => {
  it('a message is sent to the client', async () => {
    const client = await connected();
    const aws = clientOf(gateways[asked]);
    await aws.send(new PostToConnectionCommand({ ConnectionId: client.id, Data: 'from outside' }));
    expect(await client.next()).toBe('from outside');
    const bytes = new Uint8Array([0, 255, 254]);
    await aws.send(new PostToConnectionCommand({ ConnectionId: client.id, Data: bytes }));
    expect(await client.next()).toEqual(Buffer.from(bytes));
    expect(gateways[0].counts.sent).toBe(2);
  });

  it('a connection is told of', async () => {
    const client = await connected();
    const aws = clientOf(gateways[asked], '/echo');
    const told = await aws.send(new GetConnectionCommand({ ConnectionId: client.id }));
    expect(told.Identity).toEqual({ SourceIp: '127.0.0.1' });
    expect(told.ConnectedAt).toBeInstanceOf(Date);
    expect(told.LastActiveAt?.getTime()).toBe(told.ConnectedAt?.getTime());
    client.socket.send('hi');
    await client.next();
    const later = await aws.send(new GetConnectionCommand({ ConnectionId: client.id }));
    expect(later.ConnectedAt).toEqual(told.ConnectedAt);
    expect(Number(later.LastActiveAt)).toBeGreaterThanOrEqual(Number(told.LastActiveAt));
  });

  it('a connection is closed, and is gone from then on', async () => {
    const client = await connected();
    const aws = clientOf(gateways[asked]);
    await aws.send(new DeleteConnectionCommand({ ConnectionId: client.id }));
    expect(await client.closed).toEqual({ code: 1000, reason: 'Connection Closed Normally' });
    for (const command of [
      new PostToConnectionCommand({ ConnectionId: client.id, Data: 'too late' }),
      new GetConnectionCommand({ ConnectionId: client.id }),
      new DeleteConnectionCommand({ ConnectionId: client.id }),
    ]) {
      await expect(aws.send(command as PostToConnectionCommand)).rejects.toBeInstanceOf(GoneException);
    }
    await eventually(() => backend.events.length === 2);
    expect(backend.events[1].requestContext).toMatchObject({
      ...{ eventType: 'DISCONNECT', connectionId: client.id },
    });
  });
});

describe('the management interface', () => {
  it('takes 128 KB for a client, and not a byte more', async () => {
    const client = await connected();
    const aws = clientOf(gateways[0]);
    const post = (bytes: number) =>
      aws.send(new PostToConnectionCommand({ ConnectionId: client.id, Data: 'x'.repeat(bytes) }));
    await post(128 * 1024);
    expect((await client.next()).length).toBe(128 * 1024);
    await expect(post(128 * 1024 + 1)).rejects.toBeInstanceOf(PayloadTooLargeException);
  });

  it('says that a connection is gone that has left by itself', async () => {
    const client = await connected();
    client.socket.terminate();
    await eventually(() => gateways[0].connections() === 0);
    const post = new PostToConnectionCommand({ ConnectionId: client.id, Data: 'anybody?' });
    await expect(clientOf(gateways[0]).send(post)).rejects.toBeInstanceOf(GoneException);
  });

  it('says that a connection is gone that is at a gateway which is none', async () => {
    const post = new PostToConnectionCommand({ ConnectionId: `CQ${'A'.repeat(13)}=`, Data: 'anybody?' });
    await expect(clientOf(gateways[0]).send(post)).rejects.toBeInstanceOf(GoneException);
  });

  it('takes no more for a client that does not read', async () => {
    const gateway = await startGateway([backend], {}, { maxBufferedBytes: 64 * 1024 });
    const before = backend.events.length;
    const raw = await connectRaw(gateway.port);
    raw.socket.pause();
    raw.socket.write(handshake('/'));
    await eventually(() => gateway.connections() === 1);
    const { connectionId } = backend.events[before].requestContext;
    const aws = clientOf(gateway);
    const post = () =>
      aws.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: 'x'.repeat(128 * 1024) }));
    let refusal: unknown = null;
    while (refusal === null) {
      refusal = await post().then(
        () => null,
        (error) => error,
      );
    }
    expect(refusal).toBeInstanceOf(LimitExceededException);
  });

  it.each([
    ['POST', '/@connections/nonsense', 400, 'BadRequestException'],
    ['PUT', `/@connections/${'A'.repeat(15)}=`, 403, 'ForbiddenException'],
    ['GET', `/@connections/${'A'.repeat(15)}%3D`, 410, 'GoneException'],
  ])('answers %s %s with %i', async (method, path, status, name) => {
    const response = await fetch(`http://127.0.0.1:${gateways[0].port}${path}`, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get('x-amzn-errortype')).toBe(name);
    expect(await response.json()).toHaveProperty('message');
  });

  it('leaves all other pages as they are', async () => {
    const page = (path: string) => fetch(`http://127.0.0.1:${gateways[0].port}${path}`);
    expect((await page('/health')).status).toBe(200);
    expect((await page('/@connections')).status).toBe(404);
    expect(await (await page('/metrics')).text()).toContain('websocket_gateway_events_total{event="message"');
  });
});
