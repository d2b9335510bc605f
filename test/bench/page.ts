import { startBrowser } from '../support/browser.ts';
import { startManagedScene } from '../cluster/support/managed-scene.ts';
import { endpointSlice, service } from '../cluster/support/backends.ts';
import { toolsetYaml } from '../cluster/support/program.ts';
import { median } from './measure.ts';
import { realisticServices } from './services.ts';

const services = 10_000;

/** Milliseconds from the navigation until rows of data are painted, in a browser without a cache; medians and the slowest. */
export interface PageResult {
  readonly services: number;
  readonly rounds: number;
  readonly views: readonly { readonly name: string; readonly medianMs: number; readonly maxMs: number }[];
}

const views = [
  ['Toolsets', ''],
  ['Services, first page', '#services'],
  ['Services, ignored ones too', '#services?decision=selected&decision=rejected&decision=ignored'],
  ['Services, searched', '#services?search=prometheus&decision=selected&decision=rejected&decision=ignored'],
] as const;

/** The page of `serve` with many Services, in a real browser on the same machine. */
export async function benchPage(rounds: number): Promise<PageResult> {
  const scene = await startManagedScene(async ({ cluster, manage }) => {
    await cluster.seedServices(realisticServices(services));
    await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'holmesgpt' } }]);
    await cluster.apply([service('team-1', 'loki', 3100), endpointSlice('team-1', 'loki', { ready: 1 })]);
    const target = { configMap: { namespace: 'holmesgpt' } };
    await manage('holmesgpt', { 'toolset.yaml': toolsetYaml({ target, health: { check: 'readiness' } }) });
  });
  try {
    const rule = { nonResourceURLs: ['/dynamic-toolset/api/v1/*'], verbs: ['get'] };
    const token = await scene.tokenFor('viewer', [rule]);
    const browser = await startBrowser();
    try {
      const measured = [];
      for (const [name, hash] of views) {
        const times: number[] = [];
        for (let round = 0; round < rounds; round += 1) {
          const page = await browser.open();
          await page.addInitScript(`sessionStorage.setItem('dynamic-toolset-token', ${JSON.stringify(token)})`);
          await page.goto(`${scene.serve.url}/${hash}`, { waitUntil: 'commit' });
          times.push(await page.evaluate<number>(firstRows));
          await page.close();
        }
        measured.push({ name, medianMs: median(times), maxMs: Math.max(...times) });
      }
      return { services, rounds, views: measured };
    } finally {
      await browser.stop();
    }
  } finally {
    await scene.stop();
  }
}

/** Answers when the first rows have been painted, by the clock of the page. */
const firstRows = `new Promise((resolve) => {
  const look = () => document.querySelector('tbody tr')
    ? requestAnimationFrame(() => resolve(performance.now()))
    : requestAnimationFrame(look);
  look();
})`;
