/**
 * What the DNS of the regions answers (RFC 1035): to a question for the one name that it knows, the addresses of the
 * nearest region that is fit, by where the asking client is. That is where EDNS client subnet (RFC 7871) says, else
 * where the resolver is that passes the question on.
 *
 * It is authoritative for this name alone and resolves nothing else; an answer is small enough for any UDP packet.
 */

import packet, { type Answer, type OptAnswer, type Packet } from 'dns-packet';
import { locationOfAddress } from '../../model/places.ts';

const HEADER_BYTES = 12;
const RESPONSE_BIT = 0x80;
const QUERY = 0;
const CODE = { noError: 0, malformed: 1, notImplemented: 4, refused: 5 } as const;
type Code = (typeof CODE)[keyof typeof CODE];
/** The upper part of BADVERS, 16. */
const BAD_VERSION = 1;
const UDP_BYTES = 1232;
const CLIENT_SUBNET = 8;
const IPV4 = 1;
/** The place of a client is in the first two octets of its address. */
const SCOPE_BITS = 16;

export interface Zone {
  name: string;
  ttlS: number;
  /** Addresses for a client at this location; null: nobody knows where it is. */
  addressesFor(location: number | null): string[];
}

/** The answer to a packet that came from a resolver at this address; null to what is no question at all. */
export function answerTo(query: Buffer, resolver: string, zone: Zone): Buffer | null {
  if (query.length < HEADER_BYTES || (query[2] & RESPONSE_BIT) !== 0) return null;
  const opcode = (query[2] >> 3) & 15;
  try {
    return respond(packet.decode(query), opcode, resolver, zone);
  } catch {
    return encode({ id: query.readUInt16BE(0) }, CODE.malformed, []);
  }
}

/** @throws if the question cannot be said again */
function respond(query: Packet, opcode: number, resolver: string, zone: Zone): Buffer {
  const { questions = [] } = query;
  const edns = query.additionals?.find((record) => record.type === 'OPT') ?? null;
  if (opcode !== QUERY) return encode(query, CODE.notImplemented, []);
  if (edns !== null && edns.ednsVersion > 0) return encode(query, CODE.noError, [optOf(edns, BAD_VERSION)]);
  const additionals = edns === null ? [] : [optOf(edns, 0)];
  if (questions.length !== 1) return encode(query, CODE.malformed, additionals);
  const [question] = questions;
  const isOurs = question.name.toLowerCase() === zone.name && (question.class ?? 'IN') === 'IN';
  if (!isOurs) return encode(query, CODE.refused, additionals);
  // Of other types the name has nothing, which is an answer, too.
  if (question.type !== 'A') return encode(query, CODE.noError, additionals);
  const subnet = edns && clientSubnet(edns);
  const location = locationOfAddress(subnet?.ip ?? '') ?? locationOfAddress(resolver);
  const answers = zone
    .addressesFor(location)
    .map((data): Answer => ({ type: 'A', class: 'IN', name: question.name, ttl: zone.ttlS, data }));
  return encode(query, CODE.noError, additionals, answers);
}

/** Where the client is whose question a resolver passes on; null if it does not say. */
function clientSubnet({ options }: OptAnswer): { ip: string; bits: number } | null {
  for (const option of options) {
    if (option.code !== CLIENT_SUBNET || !('ip' in option)) continue;
    const { ip, family = IPV4, sourcePrefixLength: bits = 0 } = option;
    // Of less than that nobody can tell the place.
    if (ip !== undefined && family === IPV4 && bits >= SCOPE_BITS) return { ip, bits };
  }
  return null;
}

/** Our half of EDNS: what we take, and for whom the answer is. */
function optOf(asked: OptAnswer, extendedRcode: number): OptAnswer {
  const subnet = clientSubnet(asked);
  return {
    ...{ type: 'OPT', name: '.', udpPayloadSize: UDP_BYTES, extendedRcode, ednsVersion: 0 },
    ...{ flags: 0, flag_do: false },
    options:
      subnet === null
        ? []
        : [
            {
              ...{ code: CLIENT_SUBNET, type: 'CLIENT_SUBNET', family: IPV4, ip: subnet.ip },
              ...{ sourcePrefixLength: subnet.bits, scopePrefixLength: SCOPE_BITS },
            },
          ],
  };
}

function encode(
  { id = 0, questions = [], flags = 0 }: Packet,
  code: Code,
  additionals: Answer[],
  answers: Answer[] = [],
): Buffer {
  const ofAsker = flags & packet.RECURSION_DESIRED;
  return packet.encode({
    ...{ type: 'response', id, questions, answers, additionals },
    flags: packet.AUTHORITATIVE_ANSWER | ofAsker | code,
  });
}
