import packet, { type Packet } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { clientAddress, resolverAddress } from '../../../src/model/places.ts';
import { answerTo, type Zone } from '../../../src/topology/dns/answer.ts';
import { nearestRegion } from '../../../src/topology/dns/nearest.ts';
import fc from '../../support/properties.ts';

const zone: Zone = {
  name: 'wsscale.test',
  ttlS: 5,
  addressesFor: (location) =>
    location === null ? ['127.0.10.1'] : [`127.0.${10 + location}.1`, `127.0.${10 + location}.2`],
};

const ASKER = '127.0.0.1';

function ask(query: Packet, resolver = ASKER) {
  const bytes = answerTo(
    packet.encode({ type: 'query', id: 7, flags: packet.RECURSION_DESIRED, ...query }),
    resolver,
    zone,
  );
  if (bytes === null) throw new Error('no answer');
  return packet.decode(bytes) as ReturnType<typeof packet.decode> & { rcode: string };
}

const questionFor = (name: string, type: 'A' | 'AAAA' | 'TXT' = 'A') => ({ questions: [{ type, name }] });
const QUESTION = questionFor('wsscale.test');
const subnet = (ip: string, bits: number): Packet => ({
  additionals: [
    {
      ...{
        type: 'OPT',
        name: '.',
        udpPayloadSize: 4096,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
      },
      options: [{ code: 8, family: 1, sourcePrefixLength: bits, scopePrefixLength: 0, ip }],
    },
  ],
});
const addressesIn = ({ answers = [] }: Packet) =>
  answers.map((answer) => ('data' in answer ? answer.data : null));

describe('the DNS of the regions', () => {
  test('answers with the addresses for where the resolver is, with its TTL, and with authority', () => {
    const answer = ask(QUESTION, resolverAddress(2));
    expect(answer).toMatchObject({
      id: 7,
      rcode: 'NOERROR',
      flag_qr: true,
      flag_aa: true,
      flag_rd: true,
      flag_ra: false,
    });
    expect(answer.questions).toEqual([{ name: 'wsscale.test', type: 'A', class: 'IN' }]);
    expect(answer.answers?.map((record) => ('ttl' in record ? record.ttl : null))).toEqual([5, 5]);
    expect(addressesIn(answer)).toEqual(['127.0.12.1', '127.0.12.2']);
    expect(answer.additionals).toEqual([]);
  });

  test('knows its name in any case, and says it as it was asked for', () => {
    expect(ask(questionFor('WsScale.TEST')).answers?.[0].name).toBe('WsScale.TEST');
  });

  test('goes by the subnet of the client, where the resolver passes it on, and says for whom the answer is', () => {
    const answer = ask({ ...QUESTION, ...subnet('127.67.1.0', 24) }, resolverAddress(0));
    expect(addressesIn(answer)).toEqual(['127.0.13.1', '127.0.13.2']);
    expect(answer.additionals).toMatchObject([
      {
        type: 'OPT',
        options: [
          {
            type: 'CLIENT_SUBNET',
            family: 1,
            sourcePrefixLength: 24,
            scopePrefixLength: 16,
            ip: '127.67.1.0',
          },
        ],
      },
    ]);
  });

  test('goes by the resolver where the subnet tells no place', () => {
    expect(addressesIn(ask({ ...QUESTION, ...subnet('192.0.2.0', 24) }, resolverAddress(1)))).toContain(
      '127.0.11.1',
    );
    expect(addressesIn(ask({ ...QUESTION, ...subnet('127.0.0.0', 8) }, resolverAddress(1)))).toContain(
      '127.0.11.1',
    );
  });

  test('answers somebody of whom nobody knows where it is', () => {
    expect(addressesIn(ask(QUESTION))).toEqual(['127.0.10.1']);
    expect(addressesIn(ask(QUESTION, clientAddress(1, 0, 5)))).toContain('127.0.11.1');
  });

  test('has nothing of other types, which is an answer', () => {
    expect(ask(questionFor('wsscale.test', 'AAAA'))).toMatchObject({ rcode: 'NOERROR', answers: [] });
  });

  test.each(['example.com', 'www.wsscale.test', 'test'])('refuses %s', (name) => {
    expect(ask(questionFor(name))).toMatchObject({ rcode: 'REFUSED', answers: [] });
  });

  test('refuses a version of EDNS that it does not know, saying which it does', () => {
    const [opt] = subnet('127.64.1.0', 24).additionals ?? [];
    const answer = ask({ ...QUESTION, additionals: [{ ...opt, ednsVersion: 1 } as never] });
    expect(answer.additionals).toMatchObject([{ extendedRcode: 1, ednsVersion: 0 }]);
    expect(answer.answers).toEqual([]);
  });

  test('takes one question, no more and no less', () => {
    expect(ask({ questions: [] }).rcode).toBe('FORMERR');
    expect(ask({ questions: [...QUESTION.questions, ...QUESTION.questions] }).rcode).toBe('FORMERR');
  });

  test('implements queries only', () => {
    const notify = packet.encode({ type: 'query', id: 9, ...QUESTION });
    notify[2] |= 4 << 3;
    expect(packet.decode(answerTo(notify, ASKER, zone) as Buffer)).toMatchObject({ id: 9, rcode: 'NOTIMP' });
  });

  test('says nothing to an answer, or to less than a header', () => {
    expect(answerTo(packet.encode({ type: 'response', id: 1, ...QUESTION }), ASKER, zone)).toBeNull();
    expect(answerTo(Buffer.alloc(11), ASKER, zone)).toBeNull();
  });

  test('survives any bytes, and answers what it answers with the same number', () => {
    const good = packet.encode({ type: 'query', id: 7, ...QUESTION, ...subnet('127.66.1.0', 24) });
    const spoiled = fc
      .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 })
      .map((changes) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      });
    const cut = fc.nat(good.length).map((bytes) => good.subarray(0, bytes));
    const anything = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(spoiled, cut, anything), (bytes) => {
        const answer = answerTo(bytes, ASKER, zone);
        if (answer === null) return;
        expect(answer.readUInt16BE(0)).toBe(bytes.readUInt16BE(0));
        expect(answer[2] & 0x80).toBe(0x80);
        packet.decode(answer);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('the nearest region', () => {
  const rttMs = [0, 87, 80, 217];

  test.each([
    { up: [0, 1, 2, 3], region: 0 },
    { up: [1, 2, 3], region: 2 },
    { up: [1, 3], region: 1 },
    { up: [3], region: 3 },
    { up: [], region: 0 },
  ])('of those that are up ($up) is $region', ({ up, region }) => {
    expect(nearestRegion(rttMs, (one) => up.includes(one))).toBe(region);
  });
});
