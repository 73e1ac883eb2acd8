import { describe, expect, test } from 'vitest';
import {
  acceptFor,
  judgeResponse,
  MAX_HEAD_BYTES,
  prepareRequest,
  requestText,
} from '../../src/wire/handshake.ts';
import fc from '../support/properties.ts';

/** The example of RFC 6455, section 1.3. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

function request(url: string, headers: Record<string, string> = {}, subprotocol: string | null = null) {
  return requestText(prepareRequest(new URL(url), headers, subprotocol), KEY);
}

/** The lines of a valid response, whose headers may be replaced or, with null, left out. */
function response(
  headers: Record<string, string | null> = {},
  statusLine = 'HTTP/1.1 101 Switching Protocols',
) {
  const all = { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Accept': ACCEPT, ...headers };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  return `${[statusLine, ...lines].join('\r\n')}\r\n\r\n`;
}

function judge(text: string, subprotocol: string | null = null) {
  return judgeResponse(Buffer.from(text, 'latin1'), KEY, subprotocol);
}

const BAD = { type: 'refused', key: 'BAD_HANDSHAKE' };

test('the example of the RFC has its accept', () => {
  expect(acceptFor(KEY)).toBe(ACCEPT);
});

describe('a request', () => {
  test('has what the RFC asks for', () => {
    expect(request('ws://server.example.com/chat?room=1', {}, 'chat')).toBe(
      [
        'GET /chat?room=1 HTTP/1.1',
        'Host: server.example.com',
        'Upgrade: websocket',
        'Connection: Upgrade',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Protocol: chat',
        `Sec-WebSocket-Key: ${KEY}`,
        '\r\n',
      ].join('\r\n'),
    );
  });

  test.for([
    ['ws://host', 'host'],
    ['ws://host:80', 'host'],
    ['ws://host:8080', 'host:8080'],
    ['wss://host:443', 'host'],
    ['wss://host:80', 'host:80'],
    ['ws://[::1]:8080', '[::1]:8080'],
  ])('to %s has the host %s', ([url, host]) => {
    expect(request(url)).toContain(`\r\nHost: ${host}\r\n`);
  });

  test('has the headers that were given, which win over its own, however they are written', () => {
    const text = request('ws://me:secret@host', {
      'User-Agent': 'phone',
      hOST: 'shop.example',
      AUTHORIZATION: 'Bearer t0ken',
    });
    expect(text).toContain('\r\nUser-Agent: phone\r\n');
    expect(text.match(/^host: .*/gim)).toEqual(['hOST: shop.example']);
    expect(text.match(/^authorization: .*/gim)).toEqual(['AUTHORIZATION: Bearer t0ken']);
  });

  test.for([
    ['ws://me:secret@host', 'me:secret'],
    ['ws://me@host', 'me:'],
    ['ws://:secret@host', ':secret'],
    ['ws://m%20e:s%3Ae%C3%A9@host', 'm e:s:eé'],
    ['ws://me:100%25%@host', 'me:100%25%'],
  ])('to %s has the credentials %s', ([url, credentials]) => {
    const encoded = Buffer.from(credentials).toString('base64');
    expect(request(url)).toContain(`\r\nAuthorization: Basic ${encoded}\r\n`);
  });

  test.for<[string, Record<string, string>]>([
    ['a value of two lines', { 'X-A': 'a\r\nX-B: b' }],
    ['a value that ends a line', { 'X-A': 'a\n' }],
    ['a value with a zero', { 'X-A': 'a\0b' }],
    ['a value that is no latin1', { 'X-A': '✓' }],
    ['a name of two lines', { 'X-A: a\r\nX-B': 'b' }],
    ['a name that is none', { '': 'a' }],
    ['a key of its own', { 'sec-websocket-key': KEY }],
    ['an upgrade of its own', { Upgrade: 'h2c' }],
  ])('with %s is not written', ([, headers]) => {
    expect(() => request('ws://host', headers)).toThrow(SyntaxError);
  });

  test.for(['two words', 'a,b', 'a\r\nX-A: a', ''])(
    'for the subprotocol %j is not written',
    (subprotocol) => {
      expect(() => request('ws://host', {}, subprotocol)).toThrow(SyntaxError);
    },
  );

  test('has one line for each header, whatever is in the URL and the headers', () => {
    const anything = fc.string({ unit: fc.constantFrom(...'aB-: %/\r\n\0é✓'), maxLength: 5 });
    fc.assert(
      fc.property(anything, anything, anything, fc.option(anything), (path, name, value, subprotocol) => {
        const url = new URL('ws://host');
        url.pathname = path;
        url.search = value;
        let text: string;
        try {
          text = request(url.href, { [name]: value }, subprotocol);
        } catch {
          return;
        }
        const [, ...lines] = text.split('\r\n');
        const names = lines.filter((line) => line !== '').map((line) => line.split(':')[0].toLowerCase());
        const own = ['host', 'upgrade', 'connection', 'sec-websocket-version', 'sec-websocket-key'];
        const expected = new Set([...own, name.toLowerCase()]);
        if (subprotocol !== null) expected.add('sec-websocket-protocol');
        expect([...names].sort()).toEqual([...expected].sort());
        expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n\0]/);
      }),
    );
  });
});

describe('a response', () => {
  test('that is right is accepted, and what follows it are frames', () => {
    const text = response();
    expect(judge(`${text}\x81\x02hi\r\n\r\n`)).toEqual({ type: 'accepted', headBytes: text.length });
  });

  test.for<[string, string]>([
    ['names in other letters', response().replace(/^.*(?=:)/gm, (name) => name.toUpperCase())],
    ['values in other letters', response({ Upgrade: 'WebSocket', Connection: 'upGRADE' })],
    ['a connection that is also kept alive', response({ Connection: 'keep-alive, Upgrade' })],
    ['two connection headers', response({ connection: 'keep-alive' })],
    ['space around values', response({ Upgrade: ' \twebsocket\t ' })],
    ['headers of no interest', response({ Server: 'nginx', 'X-Empty': '', 'X-Latin1': 'é' })],
    ['no reason', response({}, 'HTTP/1.1 101')],
    ['an empty reason', response({}, 'HTTP/1.1 101 ')],
  ])('with %s is accepted', ([, text]) => {
    expect(judge(text)).toEqual({ type: 'accepted', headBytes: text.length });
  });

  test('after others that are only to be going on with is accepted', () => {
    const text = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${response()}`;
    expect(judge(text)).toEqual({ type: 'accepted', headBytes: text.length });
    expect(judge('HTTP/1.1 100 Continue\r\n\r\nHTTP')).toEqual({ type: 'incomplete' });
    expect(judge('HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000))).toEqual(BAD);
  });

  test.for<[string, Record<string, string | null>]>([
    ['no accept', { 'Sec-WebSocket-Accept': null }],
    ['another accept', { 'Sec-WebSocket-Accept': ACCEPT.replace('s', 'S') }],
    ['two accepts', { 'sec-websocket-accept': ACCEPT }],
    ['no upgrade', { Upgrade: null }],
    ['another upgrade', { Upgrade: 'h2c' }],
    ['an upgrade to more than that', { Upgrade: 'websocket, h2c' }],
    ['no connection header', { Connection: null }],
    ['a connection that is closed', { Connection: 'close' }],
    ['a connection with a word like it', { Connection: 'upgraded' }],
    ['an extension', { 'Sec-WebSocket-Extensions': 'permessage-deflate' }],
    ['a subprotocol', { 'Sec-WebSocket-Protocol': 'chat' }],
    ['an empty subprotocol', { 'Sec-WebSocket-Protocol': '' }],
  ])('with %s is a bad one', ([, headers]) => {
    expect(judge(response(headers))).toEqual(BAD);
  });

  test.for<[string | null, boolean]>([
    ['chat', true],
    ['Chat', false],
    ['chat, chat', false],
    ['other', false],
    [null, false],
  ])('to a request for the subprotocol "chat" may choose %j: %s', ([chosen, good]) => {
    const text = response({ 'Sec-WebSocket-Protocol': chosen });
    expect(judge(text, 'chat')).toEqual(good ? { type: 'accepted', headBytes: text.length } : BAD);
  });

  test.for([
    ['200 OK', 'HTTP_200'],
    ['302 Found', 'HTTP_302'],
    ['401 Unauthorized', 'HTTP_401'],
    ['503', 'HTTP_503'],
  ])('of status %s has the key %s', ([line, key]) => {
    expect(judge(`HTTP/1.1 ${line}\r\nContent-Length: 2\r\n\r\nno`)).toEqual({ type: 'refused', key });
    expect(judge(`HTTP/1.0 ${line}\r\n\r\n`)).toEqual({ type: 'refused', key });
  });

  test.for([
    'SSH-2.0-OpenSSH_9.6\r\n',
    '\0\x01garbage',
    'HTTP/2 101 Switching Protocols\r\n\r\n',
    'HTTP/1.1 101\n',
    '\n',
    'HTTP/1.1 1010\r\n\r\n',
    'HTTP/1.1 10\r\n\r\n',
    'HTTP/1.1101\r\n\r\n',
    response({ 'X A': 'a' }),
    response({ '': 'a' }),
    response({ 'X-A': 'a\rb' }),
    response({ 'X-A': 'a\0' }),
    response({ 'X-A': 'a\r\n folded' }),
    response({}, 'HTTP/1.1 101 Switching Protocols\r\nno header'),
  ])('like %j is a bad one', (text) => {
    expect(judge(text)).toEqual(BAD);
  });

  test('is refused when it is no response by its first bytes, before it ends', () => {
    expect(judge('HTTP')).toEqual({ type: 'incomplete' });
    expect(judge('HTTQ')).toEqual(BAD);
  });

  test('may be so long and no longer', () => {
    const rest = response({ 'X-A': '' }).length - '\r\n\r\n'.length;
    const just = response({ 'X-A': 'a'.repeat(MAX_HEAD_BYTES - rest) });
    expect(judge(just)).toEqual({ type: 'accepted', headBytes: just.length });
    expect(judge(response({ 'X-A': 'a'.repeat(MAX_HEAD_BYTES - rest + 1) }))).toEqual(BAD);
    expect(judge(`HTTP/1.1 101 ${'a'.repeat(MAX_HEAD_BYTES)}`)).toEqual(BAD);
  });

  test('is incomplete until its last byte', () => {
    const text = response({ Server: 'nginx' });
    for (let bytes = 0; bytes < text.length; bytes++) {
      expect(judge(text.slice(0, bytes))).toEqual({ type: 'incomplete' });
    }
  });

  test('is judged, whatever it is, and only the right accept opens', () => {
    const line = fc.oneof(
      fc.constantFrom(
        ...response().split('\r\n'),
        'HTTP/1.1 200 OK',
        'Sec-WebSocket-Accept: AAAA',
        ' ',
        '\n',
      ),
      fc.string({ unit: fc.constantFrom(...'aB1-: /.,\r\n\0é'), maxLength: 12 }),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const text = `${lines.join('\r\n')}\r\n\r\n`;
        const verdict = judge(text);
        if (verdict.type === 'accepted') expect(text).toContain(`Sec-WebSocket-Accept: ${ACCEPT}\r\n`);
        if (verdict.type === 'refused') expect(verdict.key).toMatch(/^(BAD_HANDSHAKE|HTTP_\d{3})$/);
      }),
    );
  });
});
