/**
 * The parts that charts are drawn from: axes, lines, markers. Colours and dashes come from the style sheet by the
 * number of the series, so that they fit the light and the dark page, print, and the legend.
 */

import { type Content, html, type Markup } from './markup.ts';
import type { Scale } from './scale.ts';
import { type Point, thin } from './thin.ts';

/** Units of a drawing; a chart is shown at about this many pixels, and smaller on narrow screens. */
export const WIDTH = 560;
export const HEIGHT = 300;

/** The part of a drawing in which the data stands; around it is room for labels. */
export interface Frame {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export const FRAME: Frame = { left: 74, right: WIDTH - 16, top: 46, bottom: HEIGHT - 46 };

/** More points than this add nothing that can be seen. */
const MAX_POINTS = 1200;

/** Horizontal lines and labels at the ticks, and above them what they count. */
export function yAxis(frame: Frame, scale: Scale, unit: string): Markup {
  const ticks = scale.ticks.map(({ value, label }) => {
    const y = scale.at(value);
    return html`<path class="grid" d="M${frame.left} ${y}H${frame.right}"/><text class="y" x="${frame.left - 8}" y="${y}">${label}</text>`;
  });
  return html`${ticks}<text class="unit" x="0" y="${frame.top - 28}">${unit}</text>`;
}

/** The base line, ticks with labels below it, and what they count. Every other label gives way on narrow screens. */
export function xAxis(frame: Frame, scale: Scale, unit: string): Markup {
  const crowded = scale.ticks.length > 5;
  const ticks = scale.ticks.map(({ value, label }, index) => {
    const x = scale.at(value);
    const side = x > frame.right - 24 ? ' end' : '';
    const wide = crowded && index % 2 === 1 ? ' wide' : '';
    return html`<path class="tick" d="M${x} ${frame.bottom}v5"/><text class="x${side}${wide}" x="${x}" y="${frame.bottom + 20}">${label}</text>`;
  });
  return html`<path class="base" d="M${frame.left} ${frame.bottom}H${frame.right}"/>${ticks}<text class="x end unit" x="${frame.right}" y="${frame.bottom + 40}">${unit}</text>`;
}

/** The line of a series; it is broken where nothing was measured. */
export function line(points: Point[], x: Scale, y: Scale, style: string): Markup {
  return html`<path class="series ${style}" d="${outline(points, x, y)}"/>`;
}

/** The same, set off from fields that are drawn behind it. */
export function lineOnFields(points: Point[], x: Scale, y: Scale, style: string): Markup {
  const path = outline(points, x, y);
  return html`<path class="halo" d="${path}"/><path class="series ${style}" d="${path}"/>`;
}

function outline(points: Point[], x: Scale, y: Scale): string {
  let path = '';
  let open = false;
  for (const point of thin(points, MAX_POINTS)) {
    if (point.y !== null) path += `${open ? 'L' : 'M'}${place(x.at(point.x))} ${place(y.at(point.y))}`;
    // A point without neighbours is a line of no length, which the round caps of the style sheet show as a dot.
    if (point.y !== null && !open) path += 'h0';
    open = point.y !== null;
  }
  return path;
}

/** Shapes that tell marks apart without colour. */
export type MarkShape = 'circle' | 'square' | 'diamond';

/** A mark on a line. */
export function mark(shape: MarkShape, x: number, y: number, style: string): Markup {
  const outline = {
    circle: `M${place(x - 4.5)} ${place(y)}a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z`,
    square: `M${place(x - 4)} ${place(y - 4)}h8v8h-8z`,
    diamond: `M${place(x)} ${place(y - 6)}l6 6l-6 6l-6 -6z`,
  }[shape];
  return html`<path class="mark ${style}" d="${outline}"/>`;
}

/** A place in a drawing, as exact as can be seen. */
export function place(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** An entry of a legend: a piece of the line, of an area, or a mark, and what it stands for. */
export interface LegendEntry {
  label: Content;
  swatch: Markup;
}

/** The piece of a line for a legend. */
export function lineSwatch(style: string): Markup {
  return html`<path class="series ${style}" d="M1 7H27"/>`;
}

/** The piece of an area for a legend. */
export function areaSwatch(style: string): Markup {
  return html`<rect class="${style}" x="1" y="1" width="26" height="12"/>`;
}
