/** What proofs write to docs/proof. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = new URL('../../docs/proof/', import.meta.url);

/** A Markdown table. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Where and when it was proved, in a line. */
export function provenance({ host, run }) {
  return (
    `wsscale ${host.wsscale}, Node ${host.node}, ${host.os} ${host.kernel}, ${host.cores} cores (${host.cpuModel}), ` +
    `${run.startedAt.slice(0, 10)}`
  );
}

export function write(name, text) {
  mkdirSync(FOLDER, { recursive: true });
  const file = new URL(name, FOLDER);
  writeFileSync(file, `${text.trim()}\n`);
  console.log(`\n${fileURLToPath(file)}`);
}
