/**
 * What connections to the same URL have in common, prepared once. TLS sessions are not: each user of a real service
 * comes with a handshake of its own, so it would be another load.
 */

import { isIP } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { prepareRequest, type UpgradeRequest } from '../wire/handshake.ts';
import type { ConnectOptions } from './transport.ts';

export interface Target {
  host: string;
  port: number;
  request: UpgradeRequest;
  /** Null: without TLS. */
  tls: TlsOptions | null;
}

interface TlsOptions {
  /** The name that is asked for and that the certificate must have; an address is not sent (RFC 6066, section 3). */
  servername: string;
  secureContext: SecureContext;
  rejectUnauthorized: boolean;
}

type Identity = Pick<ConnectOptions, 'url' | 'headers' | 'subprotocol' | 'ca' | 'insecure'>;

const prepared = new Map<string, { identity: Identity; target: Target }>();

/** One for all connections that trust the same: with its certificates, a context has hundreds of kilobytes. */
const contexts = new Map<string | null, SecureContext>();

/**
 * The target of a connection. Options that are the same objects as last time have the same target.
 * @throws SyntaxError if the URL is none that a WebSocket can be opened to, or a request to it cannot be written
 */
export function targetOf(options: ConnectOptions): Target {
  const { url, headers, subprotocol, ca, insecure } = options;
  const last = prepared.get(url);
  if (last !== undefined && isSame(last.identity, options)) return last.target;
  const target = prepare(options);
  prepared.set(url, { identity: { url, headers, subprotocol, ca, insecure }, target });
  return target;
}

function isSame(a: Identity, b: Identity): boolean {
  return (
    a.headers === b.headers && a.subprotocol === b.subprotocol && a.ca === b.ca && a.insecure === b.insecure
  );
}

function prepare({ url: text, headers, subprotocol, ca, insecure }: ConnectOptions): Target {
  const url = new URL(text);
  const isTls = url.protocol === 'wss:' || url.protocol === 'https:';
  if (!isTls && url.protocol !== 'ws:' && url.protocol !== 'http:')
    throw new SyntaxError(`a WebSocket URL begins with ws: or wss:, not ${url.protocol}`);
  if (url.hash !== '') throw new SyntaxError('a WebSocket URL has no fragment');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    host,
    port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
    request: prepareRequest(url, headers, subprotocol),
    tls: isTls
      ? {
          servername: isIP(host) === 0 ? host : '',
          secureContext: contextFor(ca),
          rejectUnauthorized: !insecure,
        }
      : null,
  };
}

function contextFor(ca: string | null): SecureContext {
  const known = contexts.get(ca);
  if (known !== undefined) return known;
  const context = createSecureContext(ca === null ? {} : { ca });
  contexts.set(ca, context);
  return context;
}
