import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { accessibilityViolations, hasBrowser, startBrowser } from '../../support/browser.ts';
import type { Browser } from '../../support/browser.ts';
import { complaintsOf, hostFiles, show } from '../../support/extension-host.ts';
import { realPart } from '../../support/real-part.ts';
import { missingTools } from '../../tools/build.ts';
import { ask } from '../../support/ask.ts';
import { everything } from '../api/scene.ts';
import { clusterTools } from '../parts/cluster.ts';
import { applicationOf } from '../parts/objects.ts';
import type { KubeObject } from '../parts/objects.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { startManagedScene } from '../support/managed-scene.ts';
import type { ManagedScene } from '../support/managed-scene.ts';
import { shownApplication, startArgoCdUi } from './argo-cd-ui.ts';
import type { Proxy } from './argo-cd-ui.ts';
import { toolsetYaml } from '../support/program.ts';
import { patienceMs, until } from '../../support/until.ts';

const secret = 'extension'.repeat(4);
const overrides = { toolsets: { 'prometheus/metrics': { config: { query_timeout_seconds_default: 30 } } } };
const hostile = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';

describe('cluster/page/extension', () => {
  let scene: ManagedScene;
  let browser: Browser;
  let server: Server;
  let manifest: KubeObject;
  let proxy: Proxy;
  /** Paths that were asked for. */
  let asked: string[];
  const pages: Page[] = [];

  before(async function () {
    const hasTools = realPart('kube-apiserver', missingTools(clusterTools).length === 0, 'node test/tools/build.ts');
    if (!hasTools || !hasBrowser()) this.skip();
    browser = await startBrowser();
    const flags: string[] = [];
    scene = await startManagedScene(async ({ cluster, manage }) => {
      const file = join(cluster.folder, 'extension-secret');
      await writeFile(file, secret);
      flags.push('--argocd-extension-secret-file', file);
      await cluster.apply([
        service('monitoring', 'prometheus', 9090),
        endpointSlice('monitoring', 'prometheus', { ready: 1 }),
        service('monitoring', 'grafana', 3000),
        endpointSlice('monitoring', 'grafana', { notReady: 1 }),
        service('monitoring', 'prometheus-node-exporter', 9100),
      ]);
      manifest = await manage('one', {
        'toolset.yaml': toolsetYaml({ health: { check: 'readiness' } }),
        'overrides.yaml': overrides,
      });
    }, flags);
    server = await startArgoCdUi({
      ...{ files: await hostFiles(), serveUrl: scene.serve.url, secret, manifest },
      proxy: () => proxy,
      onAsked: (path) => asked.push(path),
    });
  });

  after(async () => {
    // Unset when the suite was skipped.
    (server as Server | undefined)?.closeAllConnections();
    (server as Server | undefined)?.close();
    await (scene as ManagedScene | undefined)?.stop();
    await (browser as Browser | undefined)?.stop();
  });

  beforeEach(() => {
    proxy = 'forwards';
    asked = [];
  });

  afterEach(async () => {
    // An open one goes on asking.
    for (const page of pages.splice(0)) await page.close();
  });

  it('registers only for ConfigMaps, with a title', async () => {
    const page = await open();

    expect(await page.evaluate('registered.tabFor')).to.deep.equal(['', 'ConfigMap', 'Toolsets']);
  });

  it('shows the toolsets of a ConfigMap with state, source and overrides, and why others are left out', async () => {
    const page = await open();
    const complaints = complaintsOf(page);
    await show(page, 'tab', { application: application(), resource: manifest });
    await page.getByRole('heading', { name: 'Candidates' }).waitFor();

    const toolset = await page.getByRole('row').filter({ hasText: 'prometheus/metrics' }).first().innerText();
    expect(toolset).to.include('enabled').and.to.include('monitoring/prometheus');
    expect(toolset).to.include('/config/query_timeout_seconds_default');
    await page.getByRole('button', { name: 'monitoring/grafana' }).click();
    const evidence = await page.locator('tr.details').innerText();
    const inArgoCd = page.getByRole('link', { name: 'argocd/one' });
    expect(await inArgoCd.getAttribute('href')).to.equal(
      `${new URL(page.url()).origin}/applications/argocd/one?node=%2FConfigMap%2Fholmesgpt%2Fcustom-toolsets-configmap%2F0`,
    );
    expect(await inArgoCd.getAttribute('target')).to.equal(null);
    expect(evidence)
      .to.match(/Decision\s+unhealthy/)
      .and.to.match(/Endpoints\s+0 ready, 1 not ready/);
    expect(await page.getByRole('row').filter({ hasText: 'prometheus-node-exporter' }).innerText()).to.include(
      'rejected',
    );
    expect(complaints).to.deep.equal([]);
  });

  for (const theme of ['light', 'dark'] as const) {
    it(`passes axe-core in the ${theme} theme`, async () => {
      const page = await open();
      await show(page, 'tab', { application: application(), resource: manifest }, theme);
      await page.getByRole('button', { name: 'monitoring/grafana' }).click();
      expect(await accessibilityViolations(page)).to.deep.equal([]);

      proxy = 'has no extension';
      const edited = withAnnotations({ 'kubernaut.io/toolset-warnings': 'warnings:\n  NOTHING_DISCOVERED x' });
      await show(page, 'tab', { application: application('edited'), resource: edited }, theme);
      await page.getByText('As of the last sync').waitFor();
      expect(await accessibilityViolations(page)).to.deep.equal([]);
      const ground = await page.evaluate(
        "getComputedStyle(document.querySelector('[data-theme]').shadowRoot.querySelector('.root')).backgroundColor",
      );
      expect(ground).to.equal(theme === 'dark' ? 'rgb(20, 23, 27)' : 'rgb(251, 251, 252)');
    });
  }

  for (const [state, reason] of [
    ['has no extension', 'Argo CD has no connection to serve.'],
    ['has no session', 'Argo CD forwards only requests of users who have signed in.'],
    ['refuses', 'the right “extensions, invoke, dynamic-toolset” is missing'],
    ['cannot reach serve', 'serve does not answer (502).'],
    ['has another secret', 'serve refuses: Only for Argo CD:'],
  ] as const) {
    it(`shows what the annotations contain, and why there is no more, when Argo CD ${state}`, async () => {
      proxy = state;
      const page = await open();
      await show(page, 'tab', { application: application(), resource: manifest });

      await page.getByText('As of the last sync').waitFor();
      expect(await page.locator('.source').innerText()).to.include(reason);
      const row = await page.getByRole('row').filter({ hasText: 'prometheus/metrics' }).innerText();
      expect(row).to.include('monitoring/prometheus').and.to.include('http://prometheus.monitoring');
    });
  }

  it('recognises a ConfigMap that dynamic-toolset did not generate, and sends no request', async () => {
    const page = await open();
    const foreign = { kind: 'ConfigMap', metadata: { namespace: 'a', name: 'b' } };
    await show(page, 'tab', { application: application(), resource: foreign });

    await page.getByText('Not generated by dynamic-toolset').waitFor();
    expect(asked).to.deep.equal([]);
  });

  it('shows hostile annotations as text, and truncates them', async () => {
    proxy = 'has no extension';
    const page = await open();
    const complaints = complaintsOf(page);
    const lines = Array.from({ length: 3_000 }, (_, index) => `  a/s${String(index)} javascript:alert(1) evicted`);
    const resource = withAnnotations({
      'kubernaut.io/toolset-sources': [
        `${hostile}:`,
        `  a/${hostile.replaceAll(' ', '_')} ${'x'.repeat(9_000)}`,
        ...lines,
      ].join('\n'),
      'kubernaut.io/toolset-warnings': `warnings:\n${Array.from({ length: 900 }, () => `  A_CODE ${hostile}`).join('\n')}`,
      [hostile]: 'x',
    });
    await show(page, 'tab', { application: application(), resource });
    await page.getByText('The first 200 of 3,001 Services').waitFor();

    expect(await page.getByRole('rowheader').count()).to.equal(200);
    expect(await page.locator('.root').innerText()).to.include('<img src=x');
    expect(await page.locator('.root img, .root script, .root a').count()).to.equal(0);
    expect(await page.evaluate('window.hacked')).to.equal(undefined);
    expect((await page.locator('.root').innerText()).length).to.be.at.most(60_000);
    expect(complaints).to.deep.equal([]);
  });

  for (const [title, props] of [
    ['nothing', {}],
    ['null', { application: null, resource: null }],
    ['strings', { application: 'a', resource: 'b' }],
    [
      'lists and numbers',
      { application: { metadata: [1], spec: 3, status: [] }, resource: { metadata: { labels: 1, annotations: [2] } } },
    ],
  ] as const) {
    it(`does not break when Argo CD passes ${title}`, async () => {
      const page = await open();
      const complaints = complaintsOf(page);
      for (const part of ['tab', 'status', 'flyout'] as const) await show(page, part, props);

      await page.getByText('Not generated by dynamic-toolset').waitFor();
      expect(complaints).to.deep.equal([]);
    });
  }

  it('shows counts in the status panel, and opens the details', async () => {
    const page = await open();
    const complaints = complaintsOf(page);
    await show(page, 'status', { application: application() });
    const item = page.locator('.application-status-panel__item');
    await item.waitFor();
    const text = await item.innerText();

    expect(text).to.match(/^TOOLSETS\s+Up to date\s+1 Service selected\s+1 left out as unhealthy/);
    expect(await accessibilityViolations(page)).to.deep.equal([]);
    await item.getByRole('button', { name: 'Up to date' }).click();
    await page.getByRole('heading', { name: 'Candidates' }).waitFor();
    expect(complaints).to.deep.equal([]);
  });

  it('shows no panel item for an Application without the plugin, and sends no request', async () => {
    const page = await open();
    const other = {
      ...application(),
      spec: { project: 'default', source: { path: 'x', plugin: { name: 'another' } } },
    };
    await show(page, 'status', { application: other });
    await page.waitForFunction("document.getElementById('app').childElementCount > 0");

    expect(await page.locator('.application-status-panel__item').count()).to.equal(0);
    expect(asked).to.deep.equal([]);
  });

  it('shows nothing of the previous Application after a switch to another one', async () => {
    const page = await open();
    const item = page.locator('.application-status-panel__item');
    const withoutPlugin = {
      ...application(),
      spec: { project: 'default', source: { path: 'x', plugin: { name: 'another' } } },
    };
    for (const other of [withoutPlugin, application('unknown')]) {
      await show(page, 'status', { application: application() });
      await item.waitFor();

      await show(page, 'status', { application: other });

      await item.waitFor({ state: 'detached' });
    }
  });

  it("shows the annotations in the status panel and its details through Argo CD's API, without serve", async () => {
    proxy = 'has no extension';
    const page = await open();
    await show(page, 'status', { application: application() });

    const item = page.locator('.application-status-panel__item');
    await item.waitFor();
    expect(await item.innerText()).to.match(/As of the last sync\s+1 Service selected/);
    await item.getByRole('button').click();
    await page.getByText('As of the last sync, by').waitFor();
    expect(await page.getByRole('rowheader').allInnerTexts()).to.deep.equal(['prometheus/metrics']);
  });

  it('follows the cluster, and ends its requests with the element', async () => {
    const page = await open();
    await page.clock.install();
    await show(page, 'tab', { application: application(), resource: manifest });
    await page.getByRole('button', { name: 'monitoring/grafana' }).waitFor();
    await scene.cluster.apply([service('monitoring', 'loki', 3100), endpointSlice('monitoring', 'loki', { ready: 1 })]);
    await scene.serve.until('configmap-out-of-date');

    await page.clock.fastForward(16_000);
    await page.getByText('Out of date', { exact: true }).waitFor();
    expect(await page.getByRole('row').filter({ hasText: 'grafana/loki' }).first().innerText()).to.include(
      'not applied yet',
    );

    await page.evaluate('hide()');
    const before = asked.length;
    await page.clock.fastForward(120_000);
    expect(asked).to.have.length(before);
  });

  it('switches to the ConfigMap that replaces the one shown', async () => {
    const page = await open();
    await page.clock.install();
    await show(page, 'status', { application: application() });
    await page.locator('.application-status-panel__item').getByRole('button').click();
    await page.getByRole('heading', { name: 'Candidates' }).waitFor();

    const { namespace = '', name } = manifest.metadata;
    const renamed = { ...manifest, metadata: { ...manifest.metadata, name: 'renamed' } };
    await scene.cluster.apply([renamed, applicationOf('one', renamed)]);
    await scene.cluster.kubectl(['--namespace', namespace, 'delete', 'configmap', name]);
    const reader = await scene.tokenFor('renaming', everything);
    await until('serve has seen it', async () => {
      const { json } = await ask(`${scene.serve.url}/api/v1/applications`, { token: reader });
      return JSON.stringify(json).includes('/renamed"') && !JSON.stringify(json).includes(`/${name}"`);
    });

    await page.clock.fastForward(16_000);
    await page.getByRole('heading', { name: 'Candidates' }).waitFor();
    await until('it is asked for', () => asked.some((path) => path.includes('renamed')));
    expect(await page.getByText('What is shown is outdated').count()).to.equal(0);
  });

  async function open(): Promise<Page> {
    const page = await browser.open();
    pages.push(page);
    page.setDefaultTimeout(patienceMs);
    await page.goto(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/host.html`);
    return page;
  }

  function application(name = 'one'): object {
    return shownApplication(name, manifest);
  }

  function withAnnotations(annotations: object): object {
    const { labels, namespace, name } = manifest.metadata as unknown as Record<string, unknown>;
    return { kind: 'ConfigMap', metadata: { labels, namespace, name, annotations } };
  }
});
