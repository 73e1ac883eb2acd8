/**
 * The client's half of the opening handshake (RFC 6455, sections 4.1 and 4.2.2), without sockets. What is the same for
 * all connections to a URL is written once; a connection puts in its key only.
 *
 *     GET /chat?room=1 HTTP/1.1                   HTTP/1.1 101 Switching Protocols
 *     Host: example.com                           Upgrade: websocket
 *     Upgrade: websocket                          Connection: Upgrade
 *     Connection: Upgrade                         Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
 *     Sec-WebSocket-Version: 13                   Sec-WebSocket-Protocol: chat
 *     Sec-WebSocket-Protocol: chat
 *     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
 */

import { createHash } from 'node:crypto';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Responses whose heads, all together, are longer are refused. */
export const MAX_HEAD_BYTES = 16 * 1024;

/** Bytes of a key before it is written in base64. */
export const KEY_BYTES = 16;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const PATH = /^[\x21-\x7e]+$/;
/** What the handshake says itself. */
const OWN_HEADER = /^(connection|upgrade|sec-websocket-.*)$/i;

const HEAD_START = 'HTTP/1.';
const HEAD_END = '\r\n\r\n';
const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})( [\t\x20-\x7e\x80-\xff]*)?$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;

/** What a connection asks for. */
export interface UpgradeRequest {
  /** The request but for its key, which stands between these two. */
  beforeKey: string;
  afterKey: string;
  subprotocol: string | null;
}

/**
 * Prepares the requests to a URL.
 * @param headers win over the handshake's own Host and the credentials of the URL
 * @throws SyntaxError if a request with these would not be one: they cannot end a line and begin another
 */
export function prepareRequest(
  url: URL,
  headers: Record<string, string>,
  subprotocol: string | null,
): UpgradeRequest {
  const path = url.pathname + url.search;
  if (!PATH.test(path)) throw new SyntaxError('the path of the URL has characters that no request may have');
  if (subprotocol !== null && !TOKEN.test(subprotocol))
    throw new SyntaxError('the subprotocol is not a name without spaces and separators');
  const said = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), { name, value }]));
  for (const { name, value } of said.values()) checkHeader(name, value);

  const lines = [`GET ${path} HTTP/1.1`];
  if (!said.has('host')) lines.push(`Host: ${url.host}`);
  if (!said.has('authorization') && (url.username !== '' || url.password !== '')) {
    lines.push(`Authorization: ${basicCredentials(url)}`);
  }
  for (const { name, value } of said.values()) lines.push(`${name}: ${value}`);
  lines.push('Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13');
  if (subprotocol !== null) lines.push(`Sec-WebSocket-Protocol: ${subprotocol}`);
  lines.push('Sec-WebSocket-Key: ');
  return { beforeKey: lines.join('\r\n'), afterKey: HEAD_END, subprotocol };
}

function checkHeader(name: string, value: string): void {
  if (!TOKEN.test(name)) throw new SyntaxError(`"${name}" is not the name of a header`);
  if (OWN_HEADER.test(name)) throw new SyntaxError(`"${name}" is said by the handshake itself`);
  if (!HEADER_VALUE.test(value))
    throw new SyntaxError(`"${name}" has a value with characters that no header may have`);
}

function basicCredentials({ username, password }: URL): string {
  const credentials = `${decoded(username)}:${decoded(password)}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

/** What is not percent-encoded well is taken as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The request with a connection's key. */
export function requestText({ beforeKey, afterKey }: UpgradeRequest, key: string): string {
  return beforeKey + key + afterKey;
}

/** What `Sec-WebSocket-Accept` must be for a key. */
export function acceptFor(key: string): string {
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
}

export type Verdict =
  /** What has come may become a valid response. */
  | { type: 'incomplete' }
  /** The handshake is complete; what has come after it, from here on, are frames. */
  | { type: 'accepted'; headBytes: number }
  /** `HTTP_<status>`, or `BAD_HANDSHAKE` for what is no answer to this request. */
  | { type: 'refused'; key: string };

const INCOMPLETE: Verdict = { type: 'incomplete' };
const BAD: Verdict = { type: 'refused', key: 'BAD_HANDSHAKE' };

/**
 * Judges a response.
 * @param bytes all that has come
 * @param key the request's
 * @param start where the head begins
 */
export function judgeResponse(bytes: Buffer, key: string, subprotocol: string | null, start = 0): Verdict {
  const end = bytes.indexOf(HEAD_END, start);
  const head = bytes.toString('latin1', start, end < 0 ? Math.min(bytes.length, MAX_HEAD_BYTES) : end);
  if (!head.startsWith(HEAD_START.slice(0, head.length)) || /(^|[^\r])\n/.test(head)) return BAD;
  if (end > MAX_HEAD_BYTES || (end < 0 && bytes.length > MAX_HEAD_BYTES)) return BAD;
  if (end < 0) return INCOMPLETE;

  const [statusLine, ...lines] = head.split('\r\n');
  const status = STATUS_LINE.exec(statusLine)?.[1];
  const headers = parseHeaders(lines);
  if (status === undefined || headers === null) return BAD;
  const headBytes = end + HEAD_END.length;
  if (status === '101') return isUpgrade(headers, key, subprotocol) ? { type: 'accepted', headBytes } : BAD;
  // What is only to be going on with, like 103 Early Hints; the answer follows.
  if (status.startsWith('1')) return judgeResponse(bytes, key, subprotocol, headBytes);
  return { type: 'refused', key: `HTTP_${status}` };
}

/** The values by lower-case names, those of the same name joined; null if a line is not a header. */
function parseHeaders(lines: string[]): Map<string, string> | null {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = HEADER_LINE.exec(line) ?? [];
    if (name === undefined) return null;
    const before = headers.get(name.toLowerCase());
    headers.set(name.toLowerCase(), before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

function isUpgrade(headers: Map<string, string>, key: string, subprotocol: string | null): boolean {
  const connection = headers.get('connection')?.toLowerCase().split(',') ?? [];
  return (
    headers.get('upgrade')?.toLowerCase() === 'websocket' &&
    connection.some((token) => token.trim() === 'upgrade') &&
    headers.get('sec-websocket-accept') === acceptFor(key) &&
    (headers.get('sec-websocket-protocol') ?? null) === subprotocol &&
    // None was offered.
    !headers.has('sec-websocket-extensions')
  );
}
