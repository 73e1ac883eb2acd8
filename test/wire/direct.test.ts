import { expect, test } from 'vitest';
import { letterFrame, parseDirect, welcomeMessage } from '../../src/server/direct/requests.ts';
import {
  type DirectHeader,
  directHeader,
  helloRequest,
  patchReceiver,
  readDirectHeader,
  userName,
} from '../../src/wire/direct.ts';
import { amid } from '../support/amid.ts';
import fc from '../support/properties.ts';

function read(message: Buffer): DirectHeader & { payload: string } {
  const header: DirectHeader = { kind: 'other', from: -1, region: 0, detours: 0, node: 0, payloadAt: 0 };
  const [data, start, end] = amid(message);
  readDirectHeader(data, start, end, header);
  return { ...header, payload: data.toString('latin1', header.payloadAt, end) };
}

test('a client understands the server', () => {
  const frame = letterFrame(userName(5, 1234), 3, 2, Buffer.from('a\nb'), false);
  expect(read(frame.subarray(2))).toMatchObject({
    kind: 'message',
    from: 1234,
    region: 3,
    detours: 2,
    payload: 'a\nb',
  });
  expect(read(welcomeMessage(2, 17))).toMatchObject({ kind: 'welcome', region: 2, node: 17 });
  expect(read(Buffer.from('ERR unknown-user nobody')).kind).toBe('other');
});

test('later versions may add words to a header, and a name need not be one of ours', () => {
  expect(read(Buffer.from('FROM bob 1 0 later words\nhi'))).toMatchObject({
    kind: 'message',
    from: -1,
    payload: 'hi',
  });
  expect(read(Buffer.from('WELCOME 1 2 later')).kind).toBe('welcome');
});

test('a message without the end of its header is none', () => {
  expect(read(Buffer.from('FROM bob 1 0')).kind).toBe('other');
  expect(read(Buffer.from('FROM ')).kind).toBe('other');
});

test('whatever comes is read within its bounds', () => {
  fc.assert(
    fc.property(fc.constantFrom('FROM ', 'WELCOME ', ''), fc.uint8Array({ maxLength: 60 }), (verb, bytes) => {
      const message = Buffer.concat([Buffer.from(verb), Buffer.from(bytes)]);
      const { payload } = read(message);
      expect(payload.length).toBeLessThanOrEqual(message.length);
    }),
  );
});

test('the receiver is written over another one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 99_999_999 }), (client) => {
      const head = directHeader(userName(77, 0));
      const message = Buffer.concat([head, Buffer.from('payload')]);
      patchReceiver(message, head.length, client);
      expect(parseDirect(message)).toEqual({
        verb: 'TO',
        user: userName(77, client),
        payload: Buffer.from('payload'),
      });
    }),
  );
});

test('the server understands the client', () => {
  expect(parseDirect(helloRequest('ann', null))).toEqual({ verb: 'HELLO', user: 'ann', node: null });
  expect(parseDirect(helloRequest('ann', 3))).toEqual({ verb: 'HELLO', user: 'ann', node: 3 });
});

test.each([
  ['', 'bad-request'],
  ['HELLO', 'bad-user'],
  ['HELLO ', 'bad-user'],
  ['HELLO café', 'bad-user'],
  [`HELLO ${'x'.repeat(65)}`, 'bad-user'],
  ['HELLO ann x', 'bad-request'],
  ['HELLO ann 12345', 'bad-request'],
  ['HELLO ann 1 2', 'bad-request'],
  ['HELLO ann\npayload', 'bad-request'],
  ['TO bob', 'bad-request'],
  ['TO bob eve\nhi', 'bad-request'],
  ['TO b ob\n', 'bad-request'],
  ['TO \nhi', 'bad-user'],
  ['to bob\nhi', 'bad-request'],
  [`TO ${'x'.repeat(200)}\n`, 'bad-request'],
])('a bad request is told as such: %j', (text, code) => {
  expect(parseDirect(Buffer.from(text))).toMatchObject({ verb: 'BAD', code });
});

test('no bytes make the server throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(['HELLO', 'TO', 'BAD']).toContain(parseDirect(Buffer.from(bytes)).verb);
    }),
  );
});
