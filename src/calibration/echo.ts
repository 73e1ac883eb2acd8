/**
 * A server that does nothing but send back each frame: no pages, no counters, no limits. What is measured against it
 * is the generator's doing, and the system's.
 */

import { createServer, type Server, type Socket } from 'node:net';
import { closePayload, createFrame, FIN, headerBytes, OPCODE, writeHeader } from '../wire/frame.ts';
import { createReceiver, type Receiving } from '../wire/receiver.ts';
import { judgeRequest, readUpgradeRequest } from '../wire/upgrade.ts';

const MAX_PAYLOAD_BYTES = 65_536;

interface Peer extends Receiving {
  socket: Socket;
}

export function createEchoServer(): Server {
  const receive = createReceiver<Peer>(
    { masked: true, maxPayloadBytes: MAX_PAYLOAD_BYTES },
    {
      message({ socket }, data, start, end, binary) {
        const bytes = end - start;
        const frame = Buffer.allocUnsafe(headerBytes(bytes, false) + bytes);
        const opcode = binary ? OPCODE.binary : OPCODE.text;
        data.copy(frame, writeHeader(frame, opcode | FIN, bytes, null), start, end);
        socket.write(frame);
      },
      ping: ({ socket }, payload) => void socket.write(createFrame(OPCODE.pong, payload, null)),
      pong() {},
      close: ({ socket }, code) => void socket.end(createFrame(OPCODE.close, closePayload(code, ''), null)),
      violation: ({ socket }) => void socket.destroy(),
    },
  );
  return createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    socket.once('data', (head) => {
      const request = readUpgradeRequest(head);
      const judgement = request === null ? null : judgeRequest(request);
      if (judgement?.type !== 'accepted') return void socket.destroy();
      socket.write(judgement.response, 'latin1');
      const peer: Peer = { socket, rest: null, deaf: false };
      socket.on('data', (data) => receive(peer, data));
      const rest = head.subarray(request?.headBytes);
      if (rest.length > 0) receive(peer, rest);
    });
  });
}
