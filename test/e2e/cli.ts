import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunRecord } from '../../src/model/record.ts';

const BIN = fileURLToPath(new URL('../../bin/wsscale.js', import.meta.url));

export interface CliRun {
  process: ChildProcess;
  pid: number;
  /** Resolves when a line of its output matches; rejects if it ends without one. */
  said(pattern: RegExp): Promise<string>;
  done: Promise<CliResult>;
}

export interface CliResult {
  status: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

interface CliOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** A command that becomes the tool, like `nsenter`. */
  under?: string[];
}

/** A new folder for one test's files. */
export function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'wsscale-test-'));
}

/** Starts the tool as a user would. */
export function startCli(args: string[], options: CliOptions = {}): CliRun {
  const [program, ...words] = [...(options.under ?? []), process.execPath, BIN, ...args];
  const child = spawn(program, words, {
    cwd: options.cwd ?? scratch(),
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const waiting: { pattern: RegExp; resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    look();
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    look();
  });
  function look() {
    for (const wait of waiting) {
      const match = wait.pattern.exec(stdout + stderr);
      if (match !== null) wait.resolve(match[0]);
    }
  }
  child.on('close', (status) => {
    for (const { pattern, reject } of waiting) {
      reject(new Error(`It ended with ${status} and never said ${pattern}:\n${stdout}${stderr}`));
    }
  });
  return {
    process: child,
    pid: child.pid as number,
    said: (pattern) =>
      new Promise((resolve, reject) => {
        waiting.push({ pattern, resolve, reject });
        look();
      }),
    done: new Promise((resolve) =>
      child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr })),
    ),
  };
}

export function runCli(args: string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).done;
}

/** The record of a run that has written its folder. */
export function readRecordOf(folder: string): RunRecord {
  return JSON.parse(readFileSync(join(folder, 'record.json'), 'utf8'));
}

/** The last line of stdout: the run's folder. */
export function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
