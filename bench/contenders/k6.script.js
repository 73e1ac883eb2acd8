// The job in k6: a virtual user for each connection, as its documentation has it.
import { sleep } from 'k6';
import { Trend } from 'k6/metrics';
import { WebSocket } from 'k6/websockets';

const job = JSON.parse(__ENV.JOB);
const roundTrip = new Trend('round_trip', true);
const payload = new Uint8Array(job.bytes).fill(0x2e).buffer;

export const options = {
  insecureSkipTLSVerify: true,
  summaryTrendStats: ['avg', 'med'],
  scenarios: {
    job: { executor: 'per-vu-iterations', vus: job.connections, iterations: 1, maxDuration: '5m' },
  },
};

export default function connect() {
  sleep((__VU - 1) / job.connectsPerS);
  const socket = new WebSocket(job.url);
  socket.binaryType = 'arraybuffer';
  let sentMs = 0;
  const send = () => {
    sentMs = Date.now();
    socket.send(payload);
  };
  socket.onopen = () => {
    if (job.messagesPerS > 0) send();
    const timer = job.messagesPerS > 0 ? setInterval(send, 1000 / job.messagesPerS) : null;
    setTimeout(() => {
      clearInterval(timer);
      socket.close();
    }, job.seconds * 1000);
  };
  socket.onmessage = () => roundTrip.add(Date.now() - sentMs);
}

export function handleSummary({ metrics }) {
  return { stdout: JSON.stringify(metrics.round_trip ?? { values: { avg: 0, med: 0 } }) };
}
