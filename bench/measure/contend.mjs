/** A contender does a job against a server of its own. */
import { median } from './median.mjs';
import { run } from './run.mjs';
import { startServer } from './server.mjs';
import { socketsInUse } from './tree.mjs';

/** From so many on, the kernel is seen to search for the port of a new connection. */
const MANY_SOCKETS = 10_000;

export async function contend(contender, job, tls) {
  const others = socketsInUse();
  if (others > MANY_SOCKETS)
    console.error(`${others} other sockets are on this machine: connects will be dear`);
  const server = await startServer(tls);
  const result = await run(contender.command({ ...job, url: server.url }));
  // The server's time would be taken for the next one's, if it ended while that is measured.
  const counted = await server.stop();
  const { status, stderr, left } = result;
  if (counted.connections < job.connections || left > 0)
    console.error(
      `${contender.name}: ${counted.connections} of ${job.connections} connections, status ${status}, ` +
        `${left} processes left behind; ${stderr.trim().split('\n').at(-1)}`,
    );
  return { ...result, counted, heldMb: heldMb(result.samples, counted) };
}

/** Memory while all connections are held: the median from when the last was opened until they begin to leave. */
function heldMb(samples, { lastOpenMs, leavingMs }) {
  const held = samples.filter(({ atMs }) => atMs > lastOpenMs && atMs < leavingMs).map(({ mb }) => mb);
  return median(held);
}
