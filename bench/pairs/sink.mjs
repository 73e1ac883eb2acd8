/** A TCP server in a process of its own that accepts all, reads all, and answers nothing. Prints its port. */
import { createServer } from 'node:net';

const sockets = [];
const server = createServer((socket) => {
  // Clients reset their connections when they are done.
  socket.on('error', () => {});
  socket.resume();
  sockets.push(socket);
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => console.log(server.address().port));
process.stdin.on('end', () => process.exit()).resume();
