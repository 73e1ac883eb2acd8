/** Many hosts on few cores: each connects all of its clients when its turn comes, or all connect at the same time. */
import { startConnector, startSink } from './processes.mjs';

const HOSTS = 8;
const CONNECTIONS = 8000;

async function connectsPerS(fill) {
  const sinks = await Promise.all(Array.from({ length: HOSTS }, startSink));
  const starts = sinks.map(
    ({ said: port }, i) =>
      () =>
        startConnector(port, CONNECTIONS, 'explicit', `127.7.1.${i + 1}`),
  );
  const beganMs = performance.now();
  const hosts = await fill(starts);
  const seconds = (performance.now() - beganMs) / 1000;
  await Promise.all([...hosts, ...sinks].map((process) => process.stop()));
  return (HOSTS * CONNECTIONS) / seconds;
}

async function oneByOne(starts) {
  const hosts = [];
  for (const start of starts) hosts.push(await start());
  return hosts;
}

const together = await connectsPerS((starts) => Promise.all(starts.map((start) => start())));
const inTurn = await connectsPerS(oneByOne);
console.log(
  `filling, ${HOSTS} hosts of ${CONNECTIONS}: in turn ${Math.round(inTurn)}/s, together ${Math.round(together)}/s: ` +
    `${(inTurn / together).toFixed(2)}x`,
);
