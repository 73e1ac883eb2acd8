/** Entry of the echo server's process. It ends when whoever started it has. */

import type { AddressInfo } from 'node:net';
import { createEchoServer } from './echo.ts';

process.title = 'wsscale-echo';
// A Ctrl-C reaches every process of the terminal; whoever started this decides what it means.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', () => process.exit(0));

const server = createEchoServer();
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
  process.send?.((server.address() as AddressInfo).port);
});
