/**
 * Objects of Kubernetes as YAML, with comments that say where a figure is from.
 */

import { Document, isMap, isNode, isPair, type Pair } from 'yaml';
import { wrap } from '../base/text.ts';

export interface Manifest {
  /** What it is for; null: the file says it. */
  words: string | null;
  body: Record<string, unknown>;
  /** Comments by the paths of what they stand above. */
  notes?: Record<string, string>;
}

const COLUMNS = 96;

/**
 * A file of several objects.
 * @param head what stands above all of them, in paragraphs
 */
export function manifests(head: readonly string[], all: readonly Manifest[]): string {
  const texts = all.map(({ words, body, notes = {} }) => {
    const document = new Document(body, { aliasDuplicateObjects: false });
    for (const [path, note] of Object.entries(notes)) {
      const key = keyAt(document, path.split('.'));
      key.commentBefore = comment(note);
    }
    if (words !== null) document.commentBefore = comment(words);
    return document.toString({ lineWidth: 0 });
  });
  const above = head.flatMap((text) => wrap(text, COLUMNS)).map((line) => `# ${line}\n`);
  return `${above.join('')}---\n${texts.join('---\n')}`;
}

function comment(text: string): string {
  return wrap(text, COLUMNS)
    .map((line) => ` ${line}`)
    .join('\n');
}

/** The key of the pair at a path, which a comment stands above. */
function keyAt(document: Document, path: readonly string[]) {
  const steps = path.map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  const parent = document.getIn(steps.slice(0, -1), true);
  const pairs = isMap(parent) ? (parent.items as Pair[]) : [];
  const pair = pairs.find(({ key }) => (isNode(key) ? String(key) : key) === steps.at(-1));
  if (!isPair(pair)) throw new RangeError(`there is nothing at ${path.join('.')}`);
  if (!isNode(pair.key)) pair.key = document.createNode(pair.key);
  return pair.key as { commentBefore?: string | null };
}
