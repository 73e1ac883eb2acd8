/**
 * The latencies of a record as an HdrHistogram log, format 1.3: for each second of hold and search one line with its
 * response times and one with its service times, told apart by tags. Tools that read such logs can cut them by time; all
 * lines of a tag add up to the latency of the phase in the record.
 */

import { decodeFromCompressedBase64, HistogramLogWriter } from 'hdr-histogram-js';
import type { Phase, RunRecord } from '../model/record.ts';

/** Values are in µs; the longest of a line is written in ms. */
const US_PER_MS = 1000;

/** The log, or null where the record has no histograms of single seconds: earlier versions did not keep them. */
export function toHlog({ run, phases }: RunRecord): string | null {
  const lines: string[] = [];
  const writer = new HistogramLogWriter((text) => lines.push(text));
  const startS = Date.parse(run.startedAt) / 1000;
  const started = `${startS.toFixed(3)} (seconds since epoch), ${run.startedAt}`;
  writer.outputComment(
    `[Latencies of the wsscale run ${oneWord(run.id)}; values in microseconds, maxima in ms]`,
  );
  writer.outputLogFormatVersion();
  // Timestamps count from the base time, which is the start of the run.
  writer.outputComment(`[BaseTime: ${started}]`);
  writer.outputComment(`[StartTime: ${started}]`);
  writer.outputLegend();
  const headLength = lines.length;
  for (const phase of phases) writePhase(writer, phase, startS);
  return lines.length === headLength ? null : lines.join('');
}

function writePhase(writer: HistogramLogWriter, { name, startedAt, timeline }: Phase, baseS: number): void {
  const offsetS = startedAt === null ? 0 : Date.parse(startedAt) / 1000 - baseS;
  for (const { tMs, responseHistogram, serviceHistogram } of timeline) {
    const atS = offsetS + tMs / 1000;
    writeLine(writer, `${oneWord(name)}.response`, atS, responseHistogram);
    writeLine(writer, `${oneWord(name)}.service`, atS, serviceHistogram);
  }
}

function writeLine(writer: HistogramLogWriter, tag: string, atS: number, encoded: string | null): void {
  if (encoded === null) return;
  const histogram = decodeFromCompressedBase64(encoded, 32, false);
  histogram.tag = tag;
  writer.outputIntervalHistogram(histogram, atS, atS + 1, US_PER_MS);
}

/** A tag ends at the next comma, a comment at the end of its line. */
function oneWord(text: string): string {
  return text.replace(/[\s,\]]+/g, '_');
}
