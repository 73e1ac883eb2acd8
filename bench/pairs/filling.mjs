/** Many hosts on few cores: each connects all of its clients when its turn comes, or all connect at the same time. */
import { startConnector, startSink } from './processes.mjs';

const HOSTS = 8;
const CONNECTIONS = 19_000;

async function connectsPerS(fill) {
  const sinks = await eachOf(HOSTS, startSink);
  const hosts = await eachOf(HOSTS, (i) =>
    startConnector(sinks[i].said, CONNECTIONS, 'explicit', `127.7.1.${i + 1}`),
  );
  const beganMs = performance.now();
  await fill(hosts);
  const seconds = (performance.now() - beganMs) / 1000;
  await Promise.all([...hosts, ...sinks].map((process) => process.stop()));
  return (HOSTS * CONNECTIONS) / seconds;
}

const eachOf = (count, start) => Promise.all(Array.from({ length: count }, (_, i) => start(i)));

async function oneByOne(hosts) {
  for (const host of hosts) await host.ask();
}

const together = await connectsPerS((hosts) => Promise.all(hosts.map((host) => host.ask())));
const inTurn = await connectsPerS(oneByOne);
console.log(
  `filling, ${HOSTS} hosts of ${CONNECTIONS}: in turn ${Math.round(inTurn)}/s, together ${Math.round(together)}/s: ` +
    `${(inTurn / together).toFixed(2)}x`,
);
