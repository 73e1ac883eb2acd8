import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf, usageError } from '../base/errors.ts';
import { printable } from '../base/text.ts';
import { type Noise, noiseSchema } from '../model/comparison.ts';
import { writeText } from '../run-folder.ts';

/** Where noise is kept if nobody says where: beside the records of the baseline. */
export const NOISE_FILE = 'noise.json';

/**
 * The noise that was measured earlier; null where there is no such file.
 * @throws a usage error if the file is something else
 */
export function loadNoise(file: string): Noise | null {
  if (!existsSync(file)) return null;
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw usageError(`${printable(file)} cannot be read: ${printable(messageOf(error))}`);
  }
  const read = noiseSchema.safeParse(data);
  if (!read.success) throw usageError(`${printable(file)} is not what wsscale gate --aa writes`);
  return read.data;
}

/** @throws a usage error if it cannot be written */
export function saveNoise(file: string, noise: Noise): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch (error) {
    throw usageError(`${printable(dirname(file))} cannot be made: ${messageOf(error)}`);
  }
  writeText(file, `${JSON.stringify(noise, null, 2)}\n`);
}
