/**
 * Who chooses the port that a connection comes from? Of connections from one address to the same server, connect()
 * and bind() search ever longer for a free one; a generator that hands out the ports itself has no search.
 */
import { startConnector, startSink } from './processes.mjs';

const CONNECTIONS = 17_000;
const rates = {};
for (const [index, ports] of ['explicit', 'system', 'bind'].entries()) {
  const sink = await startSink();
  const connector = await startConnector(sink.said, CONNECTIONS, ports, `127.7.0.${index + 1}`);
  rates[ports] = await connector.ask();
  await connector.stop();
  await sink.stop();
}
const { explicit, system, bind } = rates;
const round = Math.round;
console.log(
  `source ports, ${CONNECTIONS} connections: explicit ${round(explicit)}/s, the system's choice ${round(system)}/s, ` +
    `bind to port 0 ${round(bind)}/s: ${(explicit / system).toFixed(1)}x and ${(explicit / bind).toFixed(1)}x`,
);
