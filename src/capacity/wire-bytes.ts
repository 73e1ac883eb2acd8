/**
 * What a message is on the wire, each in a packet of its own:
 *
 *     Ethernet, its preamble and its gap 38 · IP 20 · TCP with timestamps 32 · TLS 1.3 record 22 · frame 2, 4 or 10 · payload
 *
 * TLS adds a head of 5 bytes, a type of 1, and a tag of 16 (RFC 8446, 5.2). A client masks what it sends, by 4 bytes.
 * Acknowledgements that carry nothing, and batches that share a packet, are not in it: the first adds, the second saves.
 */

const PACKET_BYTES = 38 + 20 + 32;
const TLS_RECORD_BYTES = 22;
const MASK_BYTES = 4;

/** From the server to a client. */
export function bytesToClient(payloadBytes: number, tls: boolean): number {
  const headBytes = payloadBytes <= 125 ? 2 : payloadBytes <= 65_535 ? 4 : 10;
  return PACKET_BYTES + (tls ? TLS_RECORD_BYTES : 0) + headBytes + payloadBytes;
}

/** From a client to the server. */
export function bytesFromClient(payloadBytes: number, tls: boolean): number {
  return bytesToClient(payloadBytes, tls) + MASK_BYTES;
}

/** Of a user that sends so many messages, of which each goes to `fanout` others, in both directions. */
export function bitsPerUserPerS(
  messagesPerUserPerS: number,
  fanout: number,
  payloadBytes: number,
  tls: boolean,
): number {
  const each = bytesFromClient(payloadBytes, tls) + fanout * bytesToClient(payloadBytes, tls);
  return 8 * messagesPerUserPerS * each;
}
