/**
 * The reference server as Durable Objects: what runs in workerd, not in Node.js.
 *
 * An object is taken out of memory when nobody has spoken for some seconds; its connections stay. So what must outlast
 * that is in its storage or attached to a connection. One object echoes, and one has all rooms: a connection tells its
 * room when it is connected already, and an object cannot pass it on to another.
 */

import type { Environment } from './runtime.ts';

export { Echo } from './echo.ts';
export { Rooms } from './rooms.ts';

export default {
  async fetch(request: Request, { ECHO, ROOMS }: Environment): Promise<Response> {
    const { pathname } = new URL(request.url);
    const namespace = pathname === '/rooms' ? ROOMS : pathname === '/' || pathname === '/echo' ? ECHO : null;
    if (namespace === null) return new Response('There is nothing at this path.\n', { status: 404 });
    if (request.headers.get('Upgrade')?.toLowerCase() !== 'websocket') {
      return new Response('This path speaks WebSocket.\n', { status: 426 });
    }
    return namespace.get(namespace.idFromName('all')).fetch(request);
  },
};
