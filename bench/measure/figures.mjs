import { median } from './median.mjs';

/**
 * What the runs of a contender say: each figure a number, or nothing where its runs were not made.
 * @param runs the results of the jobs that were run, by the jobs' names
 */
export function figuresOf({ base, idle, talk, flood }) {
  const talked = talk?.counted;
  return {
    connections: (talk ?? idle)?.counted.connections,
    echoes: talked?.messages,
    cpuS: (talk ?? idle)?.cpuS,
    peakMb: peak(talk ?? idle, 'mb'),
    peakPssMb: peak(talk ?? idle, 'pssMb'),
    bytesPerConnection: ((idle?.heldMb - base?.heldMb) * 2 ** 20) / idle?.counted.connections,
    usPerHandshake: perUnit(idle, base, 'connections'),
    usPerMessage: perUnit(talk, idle, 'messages'),
    serverUsPerHandshake: serverPerUnit(idle, base, 'connections'),
    messagesPerS:
      flood && (flood.counted.messages / (flood.counted.lastMessageMs - flood.counted.firstMessageMs)) * 1000,
  };
}

function peak(run, field) {
  return run && Math.max(...run.samples.map((sample) => sample[field]));
}

/** Microseconds of processor time that one thing more costs. */
function perUnit(more, less, unit) {
  return ((more?.cpuS - less?.cpuS) * 1e6) / (more?.counted[unit] - less?.counted[unit]);
}

function serverPerUnit(more, less, unit) {
  return ((more?.counted.cpuS - less?.counted.cpuS) * 1e6) / (more?.counted[unit] - less?.counted[unit]);
}

/** With the ratio to the floor of the same round. */
export function ratedBy(floor, { figures }) {
  return { ...figures, cpuRatio: figures.cpuS / floor.figures.cpuS };
}

export function medianFigures(rounds) {
  return Object.fromEntries(
    Object.keys(rounds[0]).map((key) => [key, median(rounds.map((each) => each[key]))]),
  );
}
