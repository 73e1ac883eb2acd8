import { messageOf, WsscaleError } from '../base/errors.ts';
import { redactUrl } from '../base/redact.ts';
import type { Connection, ConnectOptions, Transport } from './transport.ts';

/**
 * Connects once, so that an address that does not answer is known before any load.
 * @throws WsscaleError TARGET naming the address and the error
 */
export function probe(transport: Transport, options: ConnectOptions, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (key: string) => {
      clearTimeout(timer);
      reject(
        new WsscaleError('TARGET', `${redactUrl(options.url)} cannot be reached: ${key}${hintFor(key)}`),
      );
    };
    let connection: Connection | null = null;
    const timer = setTimeout(() => {
      connection?.terminate();
      fail('TIMEOUT');
    }, timeoutMs);
    const events = {
      opened() {
        clearTimeout(timer);
        connection?.leave(1000);
        resolve();
      },
      failed: (_client: number, key: string) => fail(key),
      message() {},
      closed() {},
    };
    try {
      connection = transport.connect(0, options, events);
    } catch (error) {
      // Options that cannot even be tried, like certificates that are none.
      fail(messageOf(error));
    }
  });
}

const HINTS: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there; is the server running, and the port right?',
  ENOTFOUND: 'the name does not resolve',
  EAI_AGAIN: 'the name does not resolve, or the resolver does not answer',
  TIMEOUT: 'no answer within the connect timeout',
  BAD_HANDSHAKE: 'what answers there does not complete a WebSocket handshake',
  ECONNRESET: 'it closes the connection during the handshake; does it want wss:// instead of ws://?',
  EPROTO: 'it does not speak TLS; does it want ws:// instead of wss://?',
  HTTP_401: 'it wants credentials; give them with --header',
  HTTP_403: 'it refuses this client; does it want another Origin or a token (--header)?',
  HTTP_404: 'nothing is at that path',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed; trust it with --ca, or use --insecure',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate authority is not known; trust it with --ca, or use --insecure',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate cannot be verified; trust it with --ca, or use --insecure',
  CERT_HAS_EXPIRED: 'its certificate has expired; --insecure accepts it',
};

function hintFor(key: string): string {
  return HINTS[key] === undefined ? '' : ` (${HINTS[key]})`;
}
