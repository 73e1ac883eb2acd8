/**
 * The server's half of the opening handshake (RFC 6455, sections 4.2.1 and 4.2.2), without sockets.
 *
 *     GET /chat?room=1 HTTP/1.1                   HTTP/1.1 101 Switching Protocols
 *     Host: example.com                           Upgrade: websocket
 *     Upgrade: websocket                          Connection: Upgrade
 *     Connection: keep-alive, Upgrade             Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
 *     Sec-WebSocket-Version: 13                   Sec-WebSocket-Protocol: chat
 *     Sec-WebSocket-Protocol: chat, superchat
 *     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
 */

import type { IncomingHttpHeaders } from 'node:http';
import { acceptFor, MAX_HEAD_BYTES } from './handshake.ts';

const HEAD_END = '\r\n\r\n';
const REQUEST_LINE = /^GET ([\x21-\x7e]+) HTTP\/1\.1$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;

const VERSION = '13';
/** 16 bytes in base64. */
const KEY = /^[+/0-9A-Za-z]{22}==$/;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What parts the elements of a list in a header. */
const COMMA = /[ \t]*,[ \t]*/;

/** A request without a body, as far as it matters to a handshake: one of Node's HTTP server is one, too. */
export interface Request {
  method?: string | undefined;
  url?: string | undefined;
  httpVersion: string;
  /** By lower-case names, those of the same name joined. */
  headers: IncomingHttpHeaders;
}

/** A request to upgrade, complete and in order, and where it ends. */
export interface UpgradeRequest extends Request {
  url: string;
  headBytes: number;
}

/**
 * Reads the request at the beginning of what has come. It takes a whole and plain request to upgrade a connection,
 * which nearly every WebSocket client sends in one piece, and leaves the rest of HTTP to who knows all of it.
 *
 * @returns null of anything else, or of what is not all there
 */
export function readUpgradeRequest(bytes: Buffer): UpgradeRequest | null {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0 || end > MAX_HEAD_BYTES) return null;
  const [requestLine, ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const url = REQUEST_LINE.exec(requestLine)?.[1];
  const headers = readHeaders(lines);
  if (url === undefined || headers === null || !isUpgrade(headers)) return null;
  return { method: 'GET', url, httpVersion: '1.1', headers, headBytes: end + HEAD_END.length };
}

/** Null if a line is not a header. */
function readHeaders(lines: readonly string[]): IncomingHttpHeaders | null {
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const header = HEADER_LINE.exec(line);
    if (header === null) return null;
    const name = header[1].toLowerCase();
    headers[name] = name in headers ? `${headers[name]}, ${header[2]}` : header[2];
  }
  return headers;
}

/** Whether the connection is to be upgraded, to whatever. What has a body is not until that is read. */
function isUpgrade(headers: IncomingHttpHeaders): boolean {
  if (headers.upgrade === undefined || headers['content-length'] !== undefined) return false;
  if (headers['transfer-encoding'] !== undefined) return false;
  return headers.connection?.toLowerCase().split(COMMA).includes('upgrade') ?? false;
}

export type Judgement =
  | { type: 'accepted'; response: string }
  /** `headers` are further lines of the answer's head, each with its line end. */
  | { type: 'refused'; status: 400 | 405 | 426; headers: string };

/** Judges a request to upgrade: accepted is what asks for a WebSocket in the one way that there is. */
export function judgeRequest({ method, httpVersion, headers }: Request): Judgement {
  if (method !== 'GET') return refused(405, 'Allow: GET\r\n');
  if (httpVersion !== '1.1' || headers.upgrade?.toLowerCase() !== 'websocket') return refused(400);
  const key = headers['sec-websocket-key'];
  if (key === undefined || !KEY.test(key)) return refused(400);
  if (headers['sec-websocket-version'] !== VERSION)
    return refused(426, `Upgrade: websocket\r\nSec-WebSocket-Version: ${VERSION}\r\n`);
  const offered = headers['sec-websocket-protocol'];
  const subprotocols = offered === undefined ? [] : offered.split(COMMA);
  const isList = subprotocols.every((name) => TOKEN.test(name));
  if (!isList || new Set(subprotocols).size < subprotocols.length) return refused(400);
  return { type: 'accepted', response: response(key, subprotocols[0]) };
}

function refused(status: 400 | 405 | 426, headers = ''): Judgement {
  return { type: 'refused', status, headers };
}

function response(key: string, subprotocol: string | undefined): string {
  const chosen = subprotocol === undefined ? '' : `Sec-WebSocket-Protocol: ${subprotocol}\r\n`;
  return (
    'HTTP/1.1 101 Switching Protocols\r\n' +
    'Upgrade: websocket\r\n' +
    'Connection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${acceptFor(key)}\r\n` +
    `${chosen}\r\n`
  );
}
