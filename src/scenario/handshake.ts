/**
 * Plans how a phase's clients connect.
 */

import { readFileSync } from 'node:fs';
import { messageOf } from '../base/errors.ts';
import { REDACTED } from '../base/redact.ts';
import { parseDurationMs } from '../base/units.ts';
import type { HandshakePlan, TopologyPlan } from '../model/plan.ts';
import type { Complain, Options } from './options.ts';

/** A subprotocol, after RFC 6455, section 4.1, and the value of a header, after RFC 9110, section 5.5. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What the handshake says itself. */
const HANDSHAKE_HEADER = /^(connection|upgrade|sec-websocket-.*)$/i;

export function planHandshake(topology: TopologyPlan, options: Options, complain: Complain): HandshakePlan {
  const { headers, subprotocol, ca, insecure } = options;
  if (topology.kind === 'target') checkUrl(topology.url, (message) => complain('target', message));
  for (const [name, value] of Object.entries(headers)) {
    const message = headerFault(name, value);
    if (message !== null) complain('headers', message, name);
  }
  if (subprotocol !== undefined && !TOKEN.test(subprotocol)) {
    complain('subprotocol', 'must be one name without spaces, commas or other separators');
  }
  if (ca !== undefined) checkCertificates(ca, (message) => complain('ca', message));
  const timeoutMs = parseDurationMs(options.connectTimeout);
  if (timeoutMs === 0) complain('connectTimeout', 'must be longer than 0');
  return { headers, subprotocol: subprotocol ?? null, caFile: ca ?? null, insecure, timeoutMs };
}

/** What may be wrong with a URL is told without the URL: it may hold a password or a token. */
function checkUrl(text: string, complain: (message: string) => void): void {
  if (text.includes(REDACTED)) {
    complain('holds a token that a record does not keep; give the whole URL again with --target');
    return;
  }
  if (!URL.canParse(text)) {
    complain('is not a URL; write it like ws://localhost:8080/path');
    return;
  }
  const { username, password } = new URL(text);
  if (username !== '' || password !== '') {
    complain("must not hold a user or a password; send them as --header 'Authorization: …'");
  }
  if (text.includes('#'))
    complain('must not have a fragment (#…): a WebSocket URL has none (RFC 6455, section 3)');
}

function headerFault(name: string, value: string): string | null {
  if (value === REDACTED) {
    return `"${name}" has a value that a record does not keep; give it again with --header '${name}: …'`;
  }
  if (HANDSHAKE_HEADER.test(name)) {
    const remedy = /protocol$/i.test(name) ? '; ask for a subprotocol with --subprotocol' : '';
    return `"${name}" is said by the handshake itself${remedy}`;
  }
  return HEADER_VALUE.test(value) ? null : `"${name}" has a value with characters that no header may have`;
}

function checkCertificates(file: string, complain: (message: string) => void): void {
  try {
    const text = readFileSync(file, 'latin1');
    if (!text.includes('-----BEGIN ')) complain(`${file} holds no certificate in PEM form`);
  } catch (error) {
    complain(`cannot be read: ${messageOf(error)}`);
  }
}
