// The uWebSockets echo server inside Bun, on any free port; given the files of a certificate and its key, over TLS.
// It prints its port, and what it counted when it is told to end.
const [cert, key] = process.argv.slice(2).map((path) => Bun.file(path));
// `leavingMs`: when the first connection closes after the last has been opened.
const moments = { firstOpenMs: 0, lastOpenMs: 0, leavingMs: 0, firstMessageMs: 0, lastMessageMs: 0 };
let connections = 0;
let messages = 0;

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  tls: cert && { cert, key },
  fetch: (request, self) => (self.upgrade(request) ? undefined : new Response('', { status: 400 })),
  websocket: {
    perMessageDeflate: false,
    idleTimeout: 0,
    open() {
      connections++;
      moments.lastOpenMs = Date.now();
      moments.firstOpenMs ||= moments.lastOpenMs;
      moments.leavingMs = 0;
    },
    message(socket, message) {
      socket.send(message);
      messages++;
      moments.lastMessageMs = Date.now();
      moments.firstMessageMs ||= moments.lastMessageMs;
    },
    close() {
      moments.leavingMs ||= Date.now();
    },
  },
});

process.on('SIGTERM', () => {
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ connections, messages, ...moments, cpuS: (user + system) / 1e6 }));
  process.exit();
});
console.log(server.port);
