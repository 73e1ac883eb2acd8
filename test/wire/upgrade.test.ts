import { describe, expect, test } from 'vitest';
import { MAX_HEAD_BYTES, prepareRequest, requestText } from '../../src/wire/handshake.ts';
import { judgeRequest, readUpgradeRequest } from '../../src/wire/upgrade.ts';
import fc from '../support/properties.ts';

/** The example of RFC 6455, section 1.3. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const EXAMPLE = [
  'GET /chat HTTP/1.1',
  'Host: server.example.com',
  'Upgrade: websocket',
  'Connection: Upgrade',
  `Sec-WebSocket-Key: ${KEY}`,
  'Origin: http://example.com',
  'Sec-WebSocket-Protocol: chat, superchat',
  'Sec-WebSocket-Version: 13',
  '\r\n',
].join('\r\n');

/** The lines of a valid request, whose headers may be replaced or, with null, left out. */
function request(headers: Record<string, string | null> = {}, requestLine = 'GET / HTTP/1.1') {
  const all = {
    ...{ Host: 'h', Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Version': '13' },
    ...{ 'Sec-WebSocket-Key': KEY, ...headers },
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  return `${[requestLine, ...lines].join('\r\n')}\r\n\r\n`;
}

const read = (text: string) => readUpgradeRequest(Buffer.from(text, 'latin1'));

function judge(text: string) {
  const upgrade = read(text);
  return upgrade === null ? null : judgeRequest(upgrade);
}

const statusOf = (text: string) => {
  const judgement = judge(text);
  return judgement?.type === 'refused' ? judgement.status : judgement?.type;
};

test('the example of the RFC is answered as it is there', () => {
  expect(judge(EXAMPLE)).toEqual({
    type: 'accepted',
    response:
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n',
  });
});

describe('a request to upgrade', () => {
  test('is read with what it is for, and where it ends', () => {
    const text = request({}, 'GET /a/b?c=d%20e HTTP/1.1');
    expect(read(`${text}\x81\x80\r\n\r\n`)).toMatchObject({ url: '/a/b?c=d%20e', headBytes: text.length });
  });

  test('of our own clients is read', () => {
    const url = new URL('ws://me:secret@host:81/x?y');
    const text = requestText(prepareRequest(url, { 'X-Latin1': 'é' }, 'chat'), KEY);
    expect(read(text)).toMatchObject({ url: '/x?y', headBytes: text.length });
    expect(statusOf(text)).toBe('accepted');
  });

  test.for<[string, string]>([
    ['in pieces', EXAMPLE.slice(0, -1)],
    ['of nothing yet', ''],
    ['by another method', request({}, 'POST / HTTP/1.1')],
    ['of another version of HTTP', request({}, 'GET / HTTP/1.0')],
    ['without a path', request({}, 'GET  HTTP/1.1')],
    ['behind an empty line', `\r\n${request()}`],
    ['with lines that end otherwise', request().replaceAll('\r\n', '\n')],
    ['with one line that ends otherwise', request({ 'X-A': 'a\nX-B: b' })],
    ['with a folded line', request({ 'X-A': 'a\r\n b' })],
    ['with a line that is no header', request({ 'X A': 'b' })],
    ['with a header without a name', request({ '': 'b' })],
    ['with a zero', request({ 'X-A': '\0' })],
    ['with a body', request({ 'Content-Length': '1' })],
    ['with a body in chunks', request({ 'Transfer-Encoding': 'chunked' })],
    ['that does not say to what', request({ Upgrade: null })],
    ['that does not say that the connection is to be', request({ Connection: null })],
    ['with a word like it', request({ Connection: 'keep-alive, upgraded' })],
    ['that is none', 'GET /health HTTP/1.1\r\nHost: h\r\n\r\n'],
    ['that is not HTTP', 'GARBAGE\r\n\r\n'],
  ])('%s is left to who knows all of HTTP', ([, text]) => {
    expect(read(text)).toBe(null);
  });

  test('may be so long and no longer', () => {
    const rest = request({ 'X-A': '' }).length - '\r\n\r\n'.length;
    expect(statusOf(request({ 'X-A': 'a'.repeat(MAX_HEAD_BYTES - rest) }))).toBe('accepted');
    expect(read(request({ 'X-A': 'a'.repeat(MAX_HEAD_BYTES - rest + 1) }))).toBe(null);
  });

  test('is read or left, whatever it is', () => {
    const line = fc.oneof(
      fc.constantFrom(...EXAMPLE.split('\r\n'), '__proto__: a', 'constructor: b', ' ', '\n'),
      fc.string({ unit: fc.constantFrom(...'aB1-: /.,\r\n\0é'), maxLength: 12 }),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const text = `${lines.join('\r\n')}\r\n\r\n`;
        if (judge(text)?.type === 'accepted') expect(text).toContain(`Sec-WebSocket-Key: ${KEY}\r\n`);
      }),
    );
  });
});

describe('a handshake', () => {
  test.for<[string, string]>([
    ['names in other letters', request().replace(/^[\w-]+(?=:)/gm, (name) => name.toUpperCase())],
    ['values in other letters', request({ Upgrade: 'WebSocket', Connection: 'upGRADE' })],
    ['a connection that is also kept alive', request({ Connection: 'keep-alive , \tUpgrade' })],
    ['two connection headers', request({ connection: 'keep-alive' })],
    ['space around values', request({ Upgrade: ' \twebsocket\t ', 'Sec-WebSocket-Version': ' 13 ' })],
    ['no host', request({ Host: null })],
    ['extensions, which are passed over', request({ 'Sec-WebSocket-Extensions': 'permessage-deflate' })],
    ['headers that objects have already', request({ __proto__x: 'a', constructor: 'b', toString: 'c' })],
  ])('with %s is accepted', ([, text]) => {
    expect(statusOf(text)).toBe('accepted');
  });

  test.for<[string, Record<string, string | null>, number]>([
    ['to something else', { Upgrade: 'h2c' }, 400],
    ['to more than that', { Upgrade: 'websocket, h2c' }, 400],
    ['without a key', { 'Sec-WebSocket-Key': null }, 400],
    ['with a key of 15 bytes', { 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAA' }, 400],
    ['with a key of 17 bytes', { 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAAA=' }, 400],
    ['with a key that is not in base64', { 'Sec-WebSocket-Key': KEY.replace('G', '-') }, 400],
    ['with two keys', { 'sec-websocket-key': KEY }, 400],
    ['without a version', { 'Sec-WebSocket-Version': null }, 426],
    ['of a draft', { 'Sec-WebSocket-Version': '8' }, 426],
    ['with an empty subprotocol', { 'Sec-WebSocket-Protocol': '' }, 400],
    ['with a subprotocol too few', { 'Sec-WebSocket-Protocol': 'chat,' }, 400],
    ['with a subprotocol twice', { 'Sec-WebSocket-Protocol': 'chat, a, chat' }, 400],
    ['with a subprotocol that is no name', { 'Sec-WebSocket-Protocol': 'chat, a b' }, 400],
  ])('%s is refused: %o', ([, headers, status]) => {
    expect(statusOf(request(headers))).toBe(status);
  });

  test('of another version is told which one is spoken', () => {
    const headers = 'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
    expect(judge(request({ 'Sec-WebSocket-Version': '99' }))).toEqual({
      type: 'refused',
      status: 426,
      headers,
    });
  });

  test.for([
    ['chat', 'chat'],
    ['a , b,c', 'a'],
    ['Chat.v2', 'Chat.v2'],
  ])('that offers %j gets the first, %j', ([offered, chosen]) => {
    const judgement = judge(request({ 'Sec-WebSocket-Protocol': offered }));
    expect(judgement).toMatchObject({
      response: expect.stringContaining(`\r\nSec-WebSocket-Protocol: ${chosen}\r\n`),
    });
  });

  test.for<[string, object, number]>([
    ['by another method', { method: 'POST' }, 405],
    ['of another version of HTTP', { httpVersion: '1.0' }, 400],
  ])('that Node’s HTTP server has read, %s, is refused', ([, said, status]) => {
    const headers = { upgrade: 'websocket', 'sec-websocket-key': KEY, 'sec-websocket-version': '13' };
    const plain = { method: 'GET', url: '/', httpVersion: '1.1', headers };
    expect(judgeRequest(plain)).toMatchObject({ type: 'accepted' });
    expect(judgeRequest({ ...plain, ...said })).toMatchObject({ type: 'refused', status });
  });
});
