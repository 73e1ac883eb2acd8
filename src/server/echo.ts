import type { Service } from './service.ts';

/** Sends every message back as it came: same opcode, same bytes. */
export const echo: Service = {
  onMessage(peer, data, isBinary) {
    peer.deliver(data, isBinary);
  },
  onClose() {},
};
