import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';
import { accessibilityViolations } from '../../support/browser.ts';
import { acquireCluster } from '../parts/pool.ts';
import type { Cluster } from '../parts/cluster.ts';
import { applyDefaultProject, backend, hubScene } from '../support/hub-scene.ts';
import type { HubScene } from '../support/hub-scene.ts';
import { manage, tokenFor } from '../support/managed-scene.ts';
import type { ManagedScene } from '../support/managed-scene.ts';
import { row, show, signIn, startedPageScene, viewer } from './fixture.ts';

describe('cluster/page with several clusters', () => {
  let hub: HubScene;
  let spoke: Cluster;
  const scene = startedPageScene(start);
  const everyCluster = [...viewer, { nonResourceURLs: ['/dynamic-toolset/clusters/*'], verbs: ['get'] }];
  let token = '';

  it('offers no choice of cluster, and names no other one, to an account that sees only one', async () => {
    const page = await scene.signedIn();

    await row(page, 'prometheus/metrics').waitFor();
    expect(await page.getByRole('combobox', { name: 'Cluster' }).count()).to.equal(0);
    await show(page, 'All ConfigMaps');
    expect(await page.locator('body').innerText())
      .to.not.include('spoke')
      .and.not.include('Cluster');
  });

  it('shows the toolsets and Services of the chosen cluster, even after a reload', async () => {
    const page = await scene.open();
    await signIn(page, token);
    const chooser = page.getByRole('combobox', { name: 'Cluster' });
    await chooser.waitFor();
    expect(await chooser.locator('option').allInnerTexts()).to.deep.equal(['in-cluster', 'lost – not opened', 'spoke']);

    await chooser.selectOption('spoke');
    await row(page, 'grafana/loki').waitFor();
    expect(await row(page, 'prometheus/metrics').count()).to.equal(0);
    await page.getByRole('button', { name: 'grafana/loki' }).click();
    await page.getByRole('region', { name: 'grafana/loki in the ConfigMap' }).waitFor();
    await show(page, 'Services');
    await row(page, 'logging/loki').waitFor();
    expect(await row(page, 'monitoring/prometheus').count()).to.equal(0);
    expect(await accessibilityViolations(page)).to.deep.equal([]);

    await page.reload();
    await row(page, 'logging/loki').waitFor();
    expect(await chooser.inputValue()).to.equal('spoke');
    await chooser.selectOption('in-cluster');
    await row(page, 'monitoring/prometheus').waitFor();
  });

  it('shows the cluster of each ConfigMap, and why a cluster could not be opened', async () => {
    const page = await scene.open();
    await signIn(page, token);
    await page.getByRole('combobox', { name: 'Cluster' }).waitFor();

    await show(page, 'All ConfigMaps');
    const rows = await page.locator('tbody tr').allInnerTexts();
    expect(rows.map((text) => /in-cluster|spoke/.exec(text)?.[0])).to.deep.equal(['in-cluster', 'spoke']);
    const told = await page.getByRole('status').filter({ hasText: 'Cluster lost could not be opened' }).innerText();
    expect(told).to.include('there is no cluster "lost"');
    expect(await accessibilityViolations(page)).to.deep.equal([]);

    await page.getByRole('link', { name: 'holmesgpt/toolsets' }).last().click();
    await row(page, 'grafana/loki').waitFor();
    await page.getByRole('combobox', { name: 'Cluster' }).selectOption('lost');
    await page.getByText('No managed ConfigMap in cluster lost').waitFor();
  });

  it('reports that the cluster in the address could not be opened, and offers the others', async () => {
    for (const view of ['toolsets', 'services', 'changes', 'settings']) {
      const page = await scene.open({ url: `${scene.serve.url}#${view}?cluster=lost&configMap=holmesgpt%2Ftoolsets` });
      await signIn(page, token);

      await page.getByRole('status').filter({ hasText: 'Cluster lost could not be opened' }).waitFor();
      expect(await page.getByRole('alert').count()).to.equal(0);
      await page.getByRole('combobox', { name: 'Cluster' }).selectOption('spoke');
      await page.getByRole('heading', { level: 1 }).waitFor();
    }
  });

  describe('and a ConfigMap made of two of them', () => {
    const address = (more = ''): string => `${scene.serve.url}#services?configMap=holmesgpt%2Ffleet${more}`;
    const chooserIn = (page: Page): Locator => page.getByRole('combobox', { name: 'Cluster of the Services' });

    before(async () => {
      const urls = 'https://gateway.example.com/${cluster}/${namespace}/${name}${path}';
      const target = { configMap: { namespace: 'holmesgpt', name: 'fleet' }, urls };
      await applyDefaultProject(hub.hub);
      await hub.manage('fleet', {
        applied: hub.hub,
        destination: { server: 'https://kubernetes.default.svc' },
        spec: { cluster: undefined, clusters: ['in-cluster', 'spoke'], target },
      });
    });

    it('shows the Services of the chosen cluster, also by keyboard, and mentions the others', async () => {
      const page = await scene.open({ url: address() });
      await signIn(page, token);
      const chooser = chooserIn(page);

      await row(page, 'monitoring/prometheus').waitFor();
      expect(await chooser.locator('option').allInnerTexts()).to.deep.equal(['in-cluster', 'spoke']);
      await page.getByText('is made of 2 clusters').waitFor();
      expect(await row(page, 'logging/loki').count()).to.equal(0);

      await chooser.focus();
      await page.keyboard.press('ArrowDown');
      await row(page, 'logging/loki').waitFor();
      await chooser.and(page.locator(':focus')).waitFor();
      expect(await row(page, 'monitoring/prometheus').count()).to.equal(0);
      expect(new URL(page.url()).hash).to.equal('#services?configMap=holmesgpt%2Ffleet&member=spoke');
      expect(await accessibilityViolations(page)).to.deep.equal([]);

      await page.reload();
      await row(page, 'logging/loki').waitFor();
      expect(await chooser.inputValue()).to.equal('spoke');
      await spoke.apply(backend('tempo', 3200, 'tracing'));
      await row(page, 'tracing/tempo').waitFor();
      await page.goBack();
      await row(page, 'monitoring/prometheus').waitFor();
      expect(await chooser.inputValue()).to.equal('in-cluster');
    });

    it('reports that the cluster in the address is none of them, and shows another', async () => {
      const page = await scene.open({ url: address('&member=gone') });
      await signIn(page, token);

      await row(page, 'monitoring/prometheus').waitFor();
      await page.getByText('gone is not one that this account may see: in-cluster is shown.').waitFor();
    });

    it('shows how many of its clusters the account may not see', async () => {
      const page = await scene.signedIn({ view: 'All ConfigMaps' });
      await page.getByRole('link', { name: 'holmesgpt/fleet' }).click();
      await show(page, 'Services');

      await row(page, 'monitoring/prometheus').waitFor();
      const told = page.getByText('The ConfigMap is made of 2 clusters; this lists the Services of one.');
      expect(await told.innerText())
        .to.include('This account may not see 1 of them')
        .and.not.include('spoke');
      expect(await chooserIn(page).count()).to.equal(0);
      expect(await accessibilityViolations(page)).to.deep.equal([]);
    });

    it('shows since when a cluster has been unreadable, and recovers by itself once it is back', async () => {
      const alone = await scene.open({
        url: `${scene.serve.url}#services?cluster=spoke&configMap=holmesgpt%2Ftoolsets`,
      });
      const amongOthers = await scene.open({ url: address('&member=spoke') });
      const toldIn = (page: Page): Locator =>
        page.getByRole('status').filter({ hasText: 'Cluster spoke cannot be read' });
      const pages = [alone, amongOthers];
      for (const page of pages) {
        await signIn(page, token);
        await row(page, 'logging/loki').waitFor();
      }

      await spoke.stopApiServer();
      for (const page of pages) {
        const told = toldIn(page);
        await told.waitFor();
        expect(await told.innerText()).to.match(/Since (?:just now|less than a minute ago): \w+ are not watched: /);
        expect(await row(page, 'logging/loki').count()).to.equal(1);
      }
      expect(await toldIn(alone).innerText()).to.include('Its ConfigMaps are left as they are');
      expect(await toldIn(amongOthers).innerText()).to.include('What the ConfigMap has of it stays as it is');
      const names = await chooserIn(amongOthers).locator('option').allInnerTexts();
      expect(names).to.deep.equal(['in-cluster', 'spoke – cannot be read']);
      expect(await accessibilityViolations(amongOthers)).to.deep.equal([]);

      await spoke.startApiServer();
      for (const page of pages) await toldIn(page).waitFor({ state: 'detached' });
    });
  });

  async function start(): Promise<ManagedScene> {
    hub = await hubScene();
    spoke = await acquireCluster();
    const target = { configMap: { namespace: 'holmesgpt', name: 'toolsets' } };
    await hub.hub.apply(backend('prometheus', 9090));
    await spoke.apply(backend('loki', 3100, 'logging'));
    await hub.admit('spoke', spoke, spoke.adminToken);
    await hub.manage('own', {
      applied: hub.hub,
      destination: { server: 'https://kubernetes.default.svc' },
      spec: { cluster: 'in-cluster', target },
    });
    await hub.manage('spoke', { applied: spoke, destination: { name: 'spoke' }, spec: { target } });
    await hub.deploy('lost', { name: 'lost' });
    token = await tokenFor(hub.hub, 'every-cluster', everyCluster);
    const serve = await hub.start();
    await serve.until('cluster-readable', { cluster: 'spoke' });
    await serve.until('cluster-failed', { cluster: 'lost' });
    return {
      cluster: hub.hub,
      program: hub.program,
      serve,
      manage: (name, files) => manage(hub.hub, hub.program, name, files),
      tokenFor: (name, rules) => tokenFor(hub.hub, name, rules),
      stop: async () => {
        await serve.stop();
        for (const cluster of [hub.hub, spoke]) await cluster.stop();
      },
    };
  }
});
