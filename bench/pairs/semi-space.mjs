/** The young generation: memory of a connection where it may grow to 1 MB, and with V8's default of 16 MB. */
import { floor } from '../contenders/floor.mjs';
import { contend } from '../measure/contend.mjs';
import { figuresOf } from '../measure/figures.mjs';

const JOB = { connectsPerS: 5000, messagesPerS: 0, bytes: 64, seconds: 3 };

async function bytesPerConnection(...flags) {
  const contender = {
    name: floor.name,
    command(job) {
      const { command, args } = floor.command(job);
      return { command, args: [...flags, ...args] };
    },
  };
  const base = await contend(contender, { ...JOB, connections: 1 });
  const idle = await contend(contender, { ...JOB, connections: 15_000 });
  return figuresOf({ base, idle }).bytesPerConnection;
}

const usual = await bytesPerConnection();
const small = await bytesPerConnection('--max-semi-space-size=1');
console.log(
  `semi-space, 15000 idle connections: 1 MB ${Math.round(small)} bytes each, default ${Math.round(usual)}: ` +
    `${(small / usual).toFixed(2)}x`,
);
