import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { endpointSlice, service } from '../cluster/support/backends.ts';
import { everything } from '../cluster/api/scene.ts';
import { clusterTools } from '../cluster/parts/cluster.ts';
import { show, signIn } from '../cluster/page/fixture.ts';
import { startManagedScene } from '../cluster/support/managed-scene.ts';
import type { ManagedScene } from '../cluster/support/managed-scene.ts';
import { toolsetYaml } from '../cluster/support/program.ts';
import { hasBrowser, startBrowser } from '../support/browser.ts';
import type { Browser } from '../support/browser.ts';
import { missingTools } from '../tools/build.ts';

/**
 * `npm run pictures`: makes the pictures of the page anew, in docs/images or in the folder that is given. A real API server
 * with an example cluster, the real `serve`, a real browser.
 */
const folder = resolve(process.argv[2] ?? 'docs/images');
const name = 'holmesgpt/custom-toolsets-configmap';

const missing = missingTools(clusterTools);
if (missing.length > 0 || !hasBrowser()) {
  console.error(`missing: ${[...missing, ...(hasBrowser() ? [] : ['chromium'])].join(', ')}`);
  process.exit(1);
}
await mkdir(folder, { recursive: true });
const scene = await startManagedScene(prepare);
const browser = await startBrowser();
try {
  await change(scene);
  await takePictures(scene, browser);
} finally {
  await browser.stop();
  await scene.stop();
}

type Backend = readonly [namespace: string, name: string, port: number, product?: string];

/** With one ready endpoint, or one that is not ready. */
function backend([namespace, own, port, product]: Backend, ready = 1): ReturnType<typeof service>[] {
  return [service(namespace, own, port, product), endpointSlice(namespace, own, { ready, notReady: 1 - ready })];
}

async function prepare({ cluster, manage }: Parameters<Parameters<typeof startManagedScene>[0]>[0]): Promise<void> {
  await cluster.apply([
    ...backend(['monitoring', 'prometheus', 9090]),
    ...backend(['monitoring', 'alertmanager', 9093]),
    ...backend(['monitoring', 'grafana', 3000]),
    ...backend(['logging', 'loki', 3100]),
    ...backend(['logging', 'elasticsearch', 9200], 0),
    service('monitoring', 'prometheus-node-exporter', 9100),
    service('monitoring', 'prometheus-kube-state-metrics', 8080),
    ...backend(['tracing', 'jaeger', 16686]),
    ...backend(['kafka', 'kafka', 9092]),
    service('shop', 'web', 80),
  ]);
  await manage('holmesgpt-toolsets', {
    'toolset.yaml': toolsetYaml({
      target: { configMap: { namespace: 'holmesgpt' } },
      health: { check: 'readiness' },
      detectors: { grafana: { enabled: false } },
    }),
    'overrides.yaml': {
      toolsets: {
        'prometheus/metrics': { config: { query_timeout_seconds_default: 30 } },
        'kafka/admin': { enabled: false },
        'elasticsearch/data': { config: { verify_ssl: true } },
        'shop/orders': {
          description: 'Orders of the shop',
          tools: [{ name: 'orders', description: 'Lists the last orders', command: 'shop orders --last 20' }],
        },
      },
    },
  });
  const green = toolsetYaml({
    target: { configMap: { namespace: 'green' } },
    health: { check: 'readiness' },
    discovery: { namespaces: { include: ['green'] } },
  });
  await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'green' } }]);
  await manage('green-toolsets', { 'toolset.yaml': green });
}

/** A first change that is applied, and others that are still to be. */
async function change({ cluster, serve }: ManagedScene): Promise<void> {
  await cluster.apply(backend(['logging', 'elasticsearch', 9200]));
  await serve.until('configmap-out-of-date', { configMap: name });
  await cluster.apply(backend(['logging', 'elasticsearch', 9200], 0));
  await serve.until('configmap-up-to-date', { configMap: name });
  await cluster.apply(backend(['tracing', 'tempo', 3200]));
  await cluster.apply([service('logging', 'loki', 3200, 'loki')]);
  await cluster.kubectl(['--namespace', 'tracing', 'delete', 'service', 'jaeger']);
}

async function takePictures({ serve, tokenFor }: ManagedScene, { open }: Browser): Promise<void> {
  const token = await tokenFor('photographer', everything);
  const page = await open({ viewport: { width: 1280, height: 720 } });
  await page.goto(`${serve.url}#toolsets?configMap=${encodeURIComponent(name)}`);
  await signIn(page, token);
  await page.getByText('jaeger').first().waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'prometheus/metrics' }).click();
  await page.getByRole('region', { name: 'prometheus/metrics in the ConfigMap' }).waitFor();
  await take(page, 'toolsets');
  for (const view of ['Services', 'Changes', 'All ConfigMaps'] as const) {
    await show(page, view);
    if (view === 'Services') await page.getByRole('button', { name: 'logging/elasticsearch' }).click();
    await take(page, view.toLowerCase().replaceAll(' ', '-'));
  }
}

async function take(page: Page, file: string): Promise<void> {
  await page.screenshot({ path: join(folder, `page-${file}.png`), fullPage: true, animations: 'disabled' });
}
