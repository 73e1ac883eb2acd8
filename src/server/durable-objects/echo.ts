import { accept, answerClose, type HeldSocket, type ObjectState } from './runtime.ts';

/** Sends every message back as it came. */
export class Echo {
  readonly #state: ObjectState;

  constructor(state: ObjectState) {
    this.#state = state;
  }

  fetch(): Response {
    return accept(this.#state);
  }

  webSocketMessage(socket: HeldSocket, message: string | ArrayBuffer): void {
    socket.send(typeof message === 'string' ? message : new Uint8Array(message));
  }

  webSocketClose(socket: HeldSocket, code: number, reason: string): void {
    answerClose(socket, code, reason);
  }
}
