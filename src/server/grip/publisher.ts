/**
 * Publishes through the HTTP control port of a GRIP proxy, which sends what is published in a channel to all
 * connections that are subscribed to it.
 *
 * One request is under way at a time, with all that has come since the one before: so everything stays in order, and a
 * busy proxy is asked less often.
 */

import { Agent, request } from 'node:http';

/** What goes out in one request at the most, roughly; the proxy takes ten times as much. */
const MAX_BODY_BYTES = 1_000_000;

type Publication =
  | { kind: 'message'; channel: string; message: Buffer; isBinary: boolean }
  /** Whoever is subscribed answers it with a pong. */
  | { kind: 'ping'; channel: string; content: string };

export interface Publisher {
  publish(publication: Publication): void;
  /** Resolves when the proxy has taken all that was published until now, or has failed to. */
  flushed(): Promise<void>;
  close(): void;
}

/**
 * @param url of the control port's `publish` path
 * @param onLost told how many publications the proxy did not take
 */
export function createPublisher(url: string, onLost: (publications: number) => void): Publisher {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let waiting: string[] = [];
  let posting: Promise<void> | null = null;

  async function postAll(): Promise<void> {
    // What is published in the same turn of the event loop goes together.
    await null;
    while (waiting.length > 0) {
      const batch = takeBatch(waiting);
      waiting = waiting.slice(batch.length);
      const taken = await post(agent, url, `{"items":[${batch.join(',')}]}`);
      if (!taken) onLost(batch.length);
    }
    posting = null;
  }

  return {
    publish(publication) {
      waiting.push(JSON.stringify(itemOf(publication)));
      posting ??= postAll();
    },
    flushed: async () => void (await posting),
    close: () => agent.destroy(),
  };
}

/** At least one. */
function takeBatch(waiting: readonly string[]): string[] {
  let bytes = 0;
  const end = waiting.findIndex((item) => {
    bytes += item.length;
    return bytes > MAX_BODY_BYTES;
  });
  return waiting.slice(0, end === -1 ? waiting.length : Math.max(1, end));
}

function itemOf(publication: Publication) {
  return { channel: publication.channel, formats: { 'ws-message': formatOf(publication) } };
}

function formatOf(publication: Publication) {
  if (publication.kind === 'ping') return { type: 'ping', content: publication.content };
  const { message, isBinary } = publication;
  return isBinary
    ? { type: 'binary', 'content-bin': message.toString('base64') }
    : { type: 'text', content: message.toString('utf8') };
}

function post(agent: Agent, url: string, body: string): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    const posted = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200)).on('error', () => resolve(false));
    });
    posted.on('error', () => resolve(false)).end(body);
  });
}
