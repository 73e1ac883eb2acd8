/**
 * `npm run proof` runs all proofs, one after the other; `npm run proof -- faults` runs one, and what follows its name
 * is told to it. A proof is a program beside this one; it ends with status 0 if what it proves holds.
 */

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const known = readdirSync(here)
  .filter((file) => file.endsWith('.mjs') && file !== 'index.mjs')
  .map((file) => file.replace('.mjs', ''));

const [wanted, ...args] = process.argv.slice(2);
if (wanted !== undefined && !known.includes(wanted)) {
  console.error(`There is no proof "${wanted}"; there are ${known.join(', ')}.`);
  process.exit(2);
}

const failed = (wanted === undefined ? known : [wanted]).filter((name) => {
  console.log(`\n${name}`);
  return spawnSync(process.execPath, [`${here}${name}.mjs`, ...args], { stdio: 'inherit' }).status !== 0;
});
if (failed.length > 0) {
  console.error(`\nDoes not hold: ${failed.join(', ')}`);
  process.exit(1);
}
