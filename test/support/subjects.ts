/** The transports that keep the contract in `transport.ts`, in the clear and over TLS. */

import { loadTransport } from '../../src/transport/index.ts';
import { createCertificate } from './certificate.ts';

export const certificate = createCertificate('IP:127.0.0.1,DNS:localhost');

export const CONTRACTORS = [
  { name: 'raw', transport: await loadTransport('raw') },
  { name: 'ws', transport: await loadTransport('ws') },
];

export const SUBJECTS = CONTRACTORS.flatMap(({ name, transport }) => [
  { name, transport, certificate: null },
  { name: `${name} over TLS`, transport, certificate },
]);
