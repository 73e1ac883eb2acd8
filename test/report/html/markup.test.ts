import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html } from '../../../src/report/html/markup.ts';

describe('the html template', () => {
  it('escapes whatever is put into it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(html`<p title="${text}">${[text, [text]]}</p>`.markup).toMatch(
          /^<p title="[^<>"']*">[^<>"']*<\/p>$/u,
        );
      }),
    );
  });

  it.each([
    ['markup', html`<b>&amp;</b>`, '<i><b>&amp;</b></i>'],
    ['lists', [1, html`<br>`, 'a & b'], '<i>1<br>a &amp; b</i>'],
    ['nothing', null, '<i></i>'],
    ['numbers, as exact as can be seen', 1.23456, '<i>1.23</i>'],
  ])('takes %s', (_name, content, expected) => {
    expect(html`<i>${content}</i>`.markup).toBe(expected);
  });
});
