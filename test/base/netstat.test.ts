import { describe, expect, test } from 'vitest';
import {
  hasOthers,
  isListenerOf,
  parseAcceptQueue,
  parseConntrackDrops,
  parseListeners,
  parseProtocolCounters,
} from '../../src/base/netstat.ts';

test('the counters of each protocol have its name before theirs', () => {
  const text =
    'TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 0 17 19\nIpExt: InNoRoutes\nIpExt: 3\n';
  expect([...parseProtocolCounters(text)]).toEqual([
    ['TcpExt.SyncookiesSent', 0],
    ['TcpExt.ListenOverflows', 17],
    ['TcpExt.ListenDrops', 19],
    ['IpExt.InNoRoutes', 3],
  ]);
  expect(parseProtocolCounters('')).toEqual(new Map());
});

test('what conntrack dropped is added up over the processors, and written in hexadecimal', () => {
  const text =
    'entries  found insert_failed drop early_drop\n0000002a 00000000 00000007 0000000a 00000001\n' +
    '0000002a 00000000 00000000 00000010 00000000\n';
  expect(parseConntrackDrops(text)).toBe(26);
  expect(parseConntrackDrops('')).toBeNull();
});

/** As the kernel wrote them: one that listens on 127.0.0.1:39989 with eight that wait, and a connection. */
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   9: 0100007F:9C35 00000000:0000 0A 00000000:00000008 00:00000000 00000000     0        0 71104571 9 00000000abc98567 100 0 0 10 0
  10: 0100007F:9C35 0100007F:D2F0 01 00000000:00000000 00:00000000 00000000     0        0 71104572 1 00000000abc98568 20 4 30 10 -1
`;

describe('sockets that listen', () => {
  test('are told with what waits at them', () => {
    expect(parseListeners(TCP)).toEqual([{ inode: 71104571, port: 39989, address: '0100007F', waiting: 8 }]);
  });

  test('come first, so a table need not be read to its end', () => {
    expect(hasOthers(TCP)).toBe(true);
    expect(hasOthers(TCP.split('\n').slice(0, 2).join('\n'))).toBe(false);
  });

  const at = (address: string) => ({ inode: 1, port: 8080, address, waiting: 0 });
  test.for<[string, string, boolean]>([
    ['0100007F', '127.0.0.1', true],
    ['0100007F', '127.0.0.2', false],
    ['00000000', '127.0.0.2', true],
    ['00000000000000000000000000000000', '10.1.2.3', true],
    ['0000000000000000FFFF00000100007F', '127.0.0.1', true],
    ['00000000000000000000000001000000', '::1', true],
    ['00000000000000000000000001000000', '::2', false],
    ['B80D0120000000000000000001000000', '2001:db8::1', true],
  ])('at %s takes a connect to %s: %s', ([address, to, takes]) => {
    expect(isListenerOf(at(address), to, 8080)).toBe(takes);
    expect(isListenerOf(at(address), to, 8081)).toBe(false);
  });
});

test('sockets of one port are one queue, with what they dropped', () => {
  const text =
    'LISTEN 8      8      127.0.0.1:39989 0.0.0.0:*\n' +
    '\t skmem:(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d51)\n' +
    'LISTEN 0      4096   127.0.0.1:39989 0.0.0.0:*\n' +
    '\t skmem:(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d2)\n';
  expect(parseAcceptQueue(text)).toEqual({ backlog: 4104, drops: 53 });
  expect(parseAcceptQueue('')).toBeNull();
  // Older versions do not tell the memory of sockets that listen.
  expect(parseAcceptQueue('LISTEN 0 128 127.0.0.1:39989 0.0.0.0:*\n')).toBeNull();
});
