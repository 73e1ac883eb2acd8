import { spawn } from 'node:child_process';
import { scratch } from './cli.ts';

/** Runs a script of the shell, in which `$0` is what is given with it. */
export async function inShell(
  script: string,
  argument = 'sh',
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn('sh', ['-c', script, argument], { cwd: scratch(), stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, stdout, stderr };
}
