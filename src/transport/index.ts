/** The transports by their names, each loaded by those processes only that use it. */

import type { TRANSPORT_KINDS } from '../model/scenario.ts';
import type { Transport } from './transport.ts';

type TransportKind = (typeof TRANSPORT_KINDS)[number];

const LOADERS: Record<TransportKind, () => Promise<Transport>> = {
  raw: async () => (await import('./raw.ts')).rawTransport,
  ws: async () => (await import('./ws.ts')).wsTransport,
  'ws-deflate': async () => (await import('./ws.ts')).wsDeflateTransport,
};

export function loadTransport(kind: TransportKind): Promise<Transport> {
  return LOADERS[kind]();
}
