/**
 * What workerd offers to a worker, as far as the ones here use it.
 */

/** The server's end of a connection that an object holds. */
export interface HeldSocket {
  /** @throws if it is closed */
  send(message: string | ArrayBufferView): void;
  close(code?: number, reason?: string): void;
  /** Keeps something with the connection that outlasts the object's sleep. */
  serializeAttachment(value: unknown): void;
  /** Null where nothing was attached. */
  deserializeAttachment(): unknown;
}

type SqlValue = string | number | ArrayBuffer;

/** What an object has of the runtime. */
export interface ObjectState {
  /** From now on the object's methods are called with what comes over it. */
  acceptWebSocket(socket: HeldSocket): void;
  getWebSockets(): HeldSocket[];
  storage: {
    sql: {
      /** What is sent after a write waits until that is on the disk. */
      exec(
        statement: string,
        ...bindings: (SqlValue | ArrayBufferView)[]
      ): {
        toArray(): Record<string, SqlValue>[];
      };
    };
  };
}

interface ObjectNamespace {
  idFromName(name: string): unknown;
  get(id: unknown): { fetch(request: Request): Promise<Response> };
}

/** What stands in the configuration for the worker. */
export interface Environment {
  ECHO: ObjectNamespace;
  ROOMS: ObjectNamespace;
  /** Of the numbers of all rooms, for as long as the storage is the same. */
  EPOCH: number;
}

/** Of a close frame that has no code. */
const NO_STATUS = 1005;

declare const WebSocketPair: new () => [client: HeldSocket, server: HeldSocket];

/** Gives a connection to an object, and answers its handshake. */
export function accept(state: ObjectState): Response {
  const [client, server] = new WebSocketPair();
  state.acceptWebSocket(server);
  return new Response(null, { status: 101, webSocket: client } as ResponseInit);
}

/** Answers a client's goodbye in the same words. */
export function answerClose(socket: HeldSocket, code: number, reason: string): void {
  try {
    if (code === NO_STATUS) socket.close();
    else socket.close(code, reason);
  } catch {
    // It is closed already.
  }
}
