/**
 * The answer of a phase: its first sentence, which is what the phase was for, and smaller what there is to add.
 */

import type { Phase } from '../../model/record.ts';
import { phaseSentences } from '../sentence.ts';
import { html, type Markup } from './markup.ts';

/** The answer as a paragraph. */
export function answer(phase: Phase): Markup {
  const [first, ...others] = phaseSentences(phase);
  const style = phase.generator.valid ? 'valid' : 'invalid';
  return html`<p class="answer"><strong class="${style}">${first}</strong> ${others.join(' ')}</p>`;
}
