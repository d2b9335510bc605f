import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { hasBrowser, startBrowser } from '../../support/browser.ts';
import type { Browser } from '../../support/browser.ts';
import { missingTools } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { clusterTools } from '../parts/cluster.ts';
import { startManagedScene } from '../support/managed-scene.ts';
import type { ManagedScene } from '../support/managed-scene.ts';
import { patienceMs } from '../../support/until.ts';

export const views = ['Toolsets', 'Services', 'Changes', 'Settings', 'All ConfigMaps'] as const;
export type View = (typeof views)[number];

/** Access to the page alone. */
export const viewer = [{ nonResourceURLs: ['/dynamic-toolset/api/v1/*'], verbs: ['get'] }];

export type Prepare = Parameters<typeof startManagedScene>[0];

export interface PageScene extends ManagedScene {
  /** Of an account with access to the page. */
  readonly token: string;
  /** Opens the page in a new profile, and waits for the sign-in form. */
  readonly open: (options?: BrowserContextOptions & { readonly url?: string }) => Promise<Page>;
  /** The same, signed in and with a loaded view. */
  readonly signedIn: (options?: Parameters<PageScene['open']>[0] & { readonly view?: View }) => Promise<Page>;
}

/** Called in a `describe`: one real browser and API server for all of its tests; skips them without both. */
export function pageScene(prepare: Prepare): PageScene {
  return startedPageScene(() => startManagedScene(prepare));
}

/** The same of what `start` starts. */
export function startedPageScene(start: () => Promise<ManagedScene>): PageScene {
  const scene = {} as PageScene;
  let browser: Browser | undefined;
  const open: PageScene['open'] = async ({ url = scene.serve.url, ...options } = {}) => {
    if (!browser) throw new Error('the browser has not been started');
    const page = await browser.open(options);
    page.setDefaultTimeout(patienceMs);
    await page.goto(url);
    await page.getByLabel('Bearer token').waitFor();
    return page;
  };
  const signedIn: PageScene['signedIn'] = async ({ view = 'Toolsets', ...options } = {}) => {
    const page = await open(options);
    await signIn(page, scene.token);
    await show(page, view);
    return page;
  };
  before(async function () {
    const hasTools = realPart('kube-apiserver', missingTools(clusterTools).length === 0, 'node test/tools/build.ts');
    if (!hasTools || !hasBrowser()) this.skip();
    browser = await startBrowser();
    const managed = await start();
    Object.assign(scene, { ...managed, open, signedIn });
    Object.assign(scene, { token: await managed.tokenFor('viewer', viewer) });
  });
  afterEach(() => browser?.closePages());
  after(async () => {
    await (scene as Partial<PageScene>).stop?.();
    await browser?.stop();
  });
  return scene;
}

export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Bearer token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Opens a view by its link, and waits until it is loaded. */
export async function show(page: Page, view: View): Promise<void> {
  await page.getByRole('link', { name: view }).click();
  await page.getByRole('heading', { name: view }).waitFor();
  await page.locator('main table, main pre, main h2').first().waitFor();
}

/** A table row by its header. */
export function row(page: Page, name: string): Locator {
  return page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) });
}
