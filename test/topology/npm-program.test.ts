import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findWorkerd } from '../../src/topology/npm-program.ts';

const SYSTEM = `@cloudflare/workerd-${process.platform}-${process.arch === 'x64' ? '64' : process.arch}`;

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'wsscale-npm-')));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(path: string, text = ''): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o755 });
  return file;
}

test('the script on the PATH leads to the program that it stands for', () => {
  const script = put('node_modules/workerd/bin/workerd', '#!/usr/bin/env node');
  const program = put(`node_modules/${SYSTEM}/bin/workerd`);
  mkdirSync(join(folder, 'node_modules/.bin'));
  const link = join(folder, 'node_modules/.bin/workerd');
  symlinkSync(script, link);
  expect(findWorkerd(link)).toBe(program);
});

test('a program on the PATH that no package is around is the program', () => {
  const file = put('bin/workerd');
  expect(findWorkerd(file)).toBe(file);
});
