// The uWebSockets echo server inside Bun, on any free port.
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: (request, self) => (self.upgrade(request) ? undefined : new Response('', { status: 400 })),
  websocket: {
    perMessageDeflate: false,
    idleTimeout: 0,
    message: (socket, message) => socket.send(message),
  },
});
console.log(server.port);
