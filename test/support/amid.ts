/**
 * A message as a transport may hand it over: somewhere in a buffer that has other things before and behind it. Whoever
 * looks beyond the ends finds what is of the same kind.
 */
export function amid(message: Buffer): [data: Buffer, start: number, end: number] {
  return [Buffer.concat([message, message, message]), message.length, 2 * message.length];
}
