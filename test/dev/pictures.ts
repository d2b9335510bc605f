import { diffLines } from 'diff';
import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { parse } from 'yaml';
import { shownApplication, startArgoCdUi } from '../cluster/page/argo-cd-ui.ts';
import { applicationOf } from '../cluster/parts/objects.ts';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { endpointSlice, service } from '../cluster/support/backends.ts';
import { everything } from '../cluster/api/scene.ts';
import { clusterTools } from '../cluster/parts/cluster.ts';
import { show, signIn } from '../cluster/page/fixture.ts';
import { startManagedScene } from '../cluster/support/managed-scene.ts';
import type { ManagedScene } from '../cluster/support/managed-scene.ts';
import { gitFolder, outputOf, toolsetYaml } from '../cluster/support/program.ts';
import { hostFiles, show as showInHost } from '../support/extension-host.ts';
import { uiLines } from '../support/ui-lines.ts';
import type { UiDiff } from '../support/ui-lines.ts';
import { hasBrowser, startBrowser } from '../support/browser.ts';
import type { Browser } from '../support/browser.ts';
import { missingTools } from '../tools/build.ts';

/**
 * `npm run pictures`: makes the pictures of the page, and of Argo CD's UI, anew, in docs/images or in the folder that is given. A real API server
 * with an example cluster, the real `serve`, a real browser.
 */
const folder = resolve(process.argv[2] ?? 'docs/images');
const name = 'holmesgpt/custom-toolsets-configmap';

/** In Git, of the first Application. */
const files = {
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
};
/** That Argo CD has compared last. */
const commit = '3f9c2e7ab1d04586c9e2f7a1b3d5860e4c7a9b12';
const secret = 'pictures'.repeat(4);
const flags: string[] = ['--argocd-url', 'https://argocd.example.com', '--git-web', 'git.example.com=gitlab'];

const missing = missingTools(clusterTools);
if (missing.length > 0 || !hasBrowser()) {
  console.error(`missing: ${[...missing, ...(hasBrowser() ? [] : ['chromium'])].join(', ')}`);
  process.exit(1);
}
await mkdir(folder, { recursive: true });
/** As the first sync left it. */
let manifest: KubeObject | undefined;
const scene = await startManagedScene(prepare, flags);
const browser = await startBrowser();
try {
  await change(scene);
  await takePictures(scene, browser);
  await takePicturesOfArgoCd(scene, browser);
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
  const file = join(cluster.folder, 'extension-secret');
  await writeFile(file, secret);
  flags.push('--argocd-extension-secret-file', file);
  manifest = await manage('holmesgpt-toolsets', files);
  const { spec, status, ...application } = applicationOf('holmesgpt-toolsets', manifest);
  const source = { ...spec.source, repoURL: 'https://git.example.com/platform/toolsets.git', path: 'holmesgpt' };
  await cluster.apply([
    { ...application, spec: { ...spec, source }, status: { ...status, sync: { revision: commit } } },
  ]);
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

/** The extension's tab in the host that its tests use, and what Argo CD's UI computes of a diff. */
async function takePicturesOfArgoCd({ serve, program, cluster }: ManagedScene, { open }: Browser): Promise<void> {
  if (!manifest) throw new Error('there is no managed ConfigMap');
  const server = await startArgoCdUi({
    ...{ files: await hostFiles(), serveUrl: serve.url, secret, manifest },
    proxy: () => 'forwards',
  });
  try {
    const page = await open({ viewport: { width: 1280, height: 720 } });
    await page.goto(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/host.html`);
    await showInHost(page, 'tab', {
      application: shownApplication('holmesgpt-toolsets', manifest),
      resource: manifest,
    });
    await page.getByRole('heading', { name: 'Candidates' }).waitFor();
    await take(page, 'tab', 'argo-cd');
  } finally {
    server.closeAllConnections();
    server.close();
  }
  const path = await gitFolder(cluster.folder, files);
  const printed = await program.run(['generate', '--path', path, '--kubeconfig', await cluster.kubeconfig()]);
  const target = parse(outputOf({ ...printed, stderr: '' })) as KubeObject;
  const page = await open({ viewport: { width: 1280, height: 720 }, colorScheme: 'light' });
  await page.setContent(diffPage(uiLines(manifest, target)));
  await take(page, 'diff', 'argo-cd');
}

/** The lines of both documents, those that differ marked, with three around them. */
function diffPage({ live, target }: UiDiff): string {
  const around = 3;
  const rows = diffLines(live, target).flatMap(({ value, added, removed }) =>
    value
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => ({ line, kind: added ? '+' : removed ? '-' : ' ' })),
  );
  const isNear = (index: number): boolean =>
    rows.slice(Math.max(0, index - around), index + around + 1).some(({ kind }) => kind !== ' ');
  const shown = rows.map(({ line, kind }, index) => {
    if (!isNear(index)) return isNear(index - 1) ? '<i>⋯</i>' : '';
    return `<${kind === '+' ? 'ins' : kind === '-' ? 'del' : 'span'}>${kind} ${escaped(line)}</${kind === '+' ? 'ins' : kind === '-' ? 'del' : 'span'}>`;
  });
  const style =
    'body{margin:12px;font:13px/1.5 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;background:#fff;color:#1b1f24}' +
    'ins,del,span,i{display:block;white-space:pre-wrap;overflow-wrap:anywhere;text-decoration:none;padding:0 8px}' +
    'ins{background:#dff5e6}del{background:#fde5e3}i{color:#59626d}';
  return `<!doctype html><meta charset="utf-8"><style>${style}</style>${shown.join('')}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

async function take(page: Page, file: string, what = 'page'): Promise<void> {
  await page.screenshot({ path: join(folder, `${what}-${file}.png`), fullPage: true, animations: 'disabled' });
}
