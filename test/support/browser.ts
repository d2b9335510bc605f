import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { chromium } from 'playwright-core';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { chromiumRemedy, findChromium } from '../tools/chromium.ts';
import { realPart } from './real-part.ts';

/** Suppresses the browser's own requests: only those of the page remain. */
const quiet = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];

/** One process renders every page, and none is started ahead: each costs a third of a second of CPU time. */
const fewProcesses = [
  ...['--renderer-process-limit=1', '--in-process-gpu', '--disable-site-isolation-trials'],
  '--disable-features=SpareRendererForSitePerProcess,IsolateOrigins,site-per-process',
];

/** Whether there is a real browser; reports the reason if there is none. */
export function hasBrowser(): boolean {
  return realPart('chromium', findChromium() !== null, chromiumRemedy);
}

export interface Browser {
  readonly open: (options?: BrowserContextOptions) => Promise<Page>;
  /** Closes open pages: a page that follows the events of `serve` redraws on each of them, even in the background. */
  readonly closePages: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts it with an empty profile, which is removed with it. */
export async function startBrowser(): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'dynamic-toolset-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium() ?? '',
    headless: true,
    args: [...quiet, ...fewProcesses],
  });
  const browser = context.browser();
  const opened: BrowserContext[] = [];
  const closePages = async (): Promise<void> => {
    for (const one of opened.splice(0)) await one.close();
  };
  return {
    closePages,
    open: async (options = {}) => {
      if (!browser) throw new Error('the browser has ended');
      const fresh = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      opened.push(fresh);
      return fresh.newPage();
    },
    stop: async () => {
      await closePages();
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/**
 * Violations that axe-core finds in the current page, one line each, by its rules for WCAG 2.2 AA and best practice.
 */
export async function accessibilityViolations(page: Page): Promise<readonly string[]> {
  // The page's own policy blocks scripts, but does not apply to the debugger's.
  const source = await readFile(axe, 'utf8');
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: source });
  const { result } = await session.send('Runtime.evaluate', {
    expression: 'axe.run(document, { resultTypes: ["violations"] })',
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  const { violations } = result.value as AxeResults;
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
  );
}
