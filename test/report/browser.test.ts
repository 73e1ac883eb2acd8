import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PricedPlan, withoutPrices } from '../../src/cost/choose.ts';
import type { RunRecord } from '../../src/model/record.ts';
import { toHtml } from '../../src/report/html/page.ts';
import { samplePlan } from '../settings/sample-plan.ts';
import { hostileRecord } from './hostile-record.ts';
import { barePhase, invalidPhase } from './sample-phase.ts';
import { emptyRecord, ladderRecord, sampleRecord } from './sample-record.ts';
import { sweptRecord } from './sample-sweep.ts';
import { missing } from './tools.ts';

const CHROMIUM = '/usr/bin/chromium';
const chromiumMissing = missing('Chromium', CHROMIUM);

const QUIET = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

function ladder(): RunRecord {
  const record = sampleRecord();
  record.phases.push({ ...invalidPhase(), name: 'cluster' }, barePhase());
  return record;
}

const RECORDS: [string, () => RunRecord][] = [
  ['the sample', sampleRecord],
  ['single and cluster', ladderRecord],
  ['several phases', ladder],
  ['a sweep', sweptRecord],
  ['a hostile record', hostileRecord],
  ['a run without phases', emptyRecord],
];

describe.skipIf(chromiumMissing !== null)('report.html in a browser', () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wsscale-report-'));
    browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens the report and tells what went on beside it. */
  async function open(
    record: RunRecord,
    width: number,
    plan: PricedPlan | null = null,
  ): Promise<{ page: Page; url: string; events: string[] }> {
    const file = join(folder, 'report.html');
    const url = pathToFileURL(file).href;
    writeFileSync(file, toHtml(record, plan));
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    const events: string[] = [];
    page.on('console', (message) => events.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => events.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => events.push(`dialog: ${dialog.message()}`));
    page.on('request', (request) => events.push(`request: ${request.url()}`));
    await page.goto(url, { waitUntil: 'load' });
    return { page, url, events };
  }

  it.each(RECORDS)('loads %s without a complaint and without any other file', async (_name, make) => {
    const { page, url, events } = await open(make(), 1280);
    await page.waitForTimeout(100);
    // The icon is data within the page; a browser may list it as a request, but it goes nowhere.
    expect(events.filter((event) => event !== 'request: data:,')).toEqual([`request: ${url}`]);
    expect(await page.locator('script, img, iframe, object').count()).toBe(0);
    await page.close();
  });

  it.each(RECORDS)('fits %s on a telephone', async (_name, make) => {
    const { page } = await open(make(), 390);
    const tooWide = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect(tooWide).toBe(0);
    await page.close();
  });

  it('gives each chart a title and its numbers', async () => {
    const { page } = await open(ladderRecord(), 1280);
    const figures = await page.locator('figure').all();
    expect(figures).toHaveLength(9 + 10);
    for (const figure of figures) {
      const chart = figure.getByRole('img');
      expect(await chart.count()).toBe(1);
      const labelledBy = await chart.getAttribute('aria-labelledby');
      expect(await page.locator(`#${labelledBy}`).textContent()).not.toBe('');
      const rows = await figure.locator('details table tbody tr').count();
      expect(rows).toBeGreaterThan(4);
      expect(rows).toBeLessThanOrEqual(60);
    }
    await page.close();
  });

  it('keeps every label within its chart and apart from its neighbours', async () => {
    for (const width of [1280, 390]) {
      const { page } = await open(ladderRecord(), width);
      const clashes = await page.evaluate(CLASHES);
      expect(clashes, `at ${width} px`).toEqual([]);
      await page.close();
    }
  });

  it('has room for a capacity plan, wide and narrow', async () => {
    for (const width of [1280, 390]) {
      const { page } = await open(sampleRecord(), width, withoutPrices(samplePlan()));
      expect(await page.locator('#plan figure').count()).toBe(2);
      expect(await page.evaluate(CLASHES), `at ${width} px`).toEqual([]);
      const tooWide = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(tooWide).toBe(0);
      await page.close();
    }
  });

  it('has no id twice', async () => {
    const { page } = await open(ladder(), 1280);
    const ids = (await page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")) as string[];
    expect(ids.toSorted()).toEqual([...new Set(ids)].toSorted());
    await page.close();
  });
});

/** Runs in the page: labels that overlap one another or leave their drawing, by a pixel or more. */
const CLASHES = `[...document.querySelectorAll('svg.chart')].flatMap((chart) => {
  const outer = chart.getBoundingClientRect();
  const labels = [...chart.querySelectorAll('text')]
    .map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 0);
  const name = chart.querySelector('title').textContent;
  const outside = labels.filter(({ box }) => box.left < outer.left - 1 || box.right > outer.right + 1
    || box.top < outer.top - 1 || box.bottom > outer.bottom + 1);
  const overlapping = labels.flatMap((a, i) => labels.slice(i + 1).filter((b) =>
    Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left) > 1
    && Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top) > 3
  ).map((b) => name + ': ' + a.text + ' / ' + b.text));
  return [...outside.map(({ text }) => name + ': ' + text + ' leaves the chart'), ...overlapping];
})`;
