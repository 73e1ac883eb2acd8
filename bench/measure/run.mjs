/** Runs a command and measures its whole process tree, while nothing of the measuring is in the figures. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { commandLine, endedChildrenCpuS, readTree } from './tree.mjs';

const SAMPLE_MS = 200;

/**
 * Processor time is what the kernel adds to a parent's account when a child has ended: the whole tree with all its
 * threads and short-lived children, exactly. So one command at a time, and nothing else may end meanwhile. Memory is
 * sampled. The command leads a session of its own, by which its descendants are known, orphans too.
 */
export async function run({ command, args, env = {} }) {
  const cpuBeforeS = endedChildrenCpuS();
  const child = spawn(command, args, {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => process.kill(-child.pid, 'SIGKILL');
  process.once('exit', kill);
  const samples = [];
  const processes = new Map();
  const sampler = setInterval(() => {
    const tree = readTree(child.pid);
    samples.push(summary(tree));
    for (const { pid, cpuS, ownMb } of tree) {
      const known = processes.get(pid) ?? { pid, command: commandLine(pid), cpuS: 0, peakOwnMb: 0 };
      processes.set(pid, { ...known, cpuS, peakOwnMb: Math.max(known.peakOwnMb, ownMb) });
    }
  }, SAMPLE_MS);
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = await once(child, 'exit');
  clearInterval(sampler);
  process.removeListener('exit', kill);
  const left = readTree(child.pid);
  if (left.length > 0) kill();
  const [stdout, stderr] = await output;
  return {
    status,
    stdout,
    stderr,
    cpuS: endedChildrenCpuS() - cpuBeforeS,
    samples,
    processes: [...processes.values()],
    /** Processes that outlived the command, whose time is not in `cpuS`. */
    left: left.length,
  };
}

/**
 * The memory of a tree at a moment. `mb` counts the program's own files once and whole, as if no other process of the
 * machine had them in use; the proportional set size, `pssMb`, depends on what else runs.
 */
function summary(tree) {
  const sum = (field) => tree.reduce((total, each) => total + each[field], 0);
  return {
    atMs: Date.now(),
    mb: sum('ownMb') + Math.max(0, ...tree.map(({ fileMb }) => fileMb)),
    pssMb: sum('pssMb'),
  };
}
