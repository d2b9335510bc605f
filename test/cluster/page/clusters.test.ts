import { expect } from 'chai';
import { accessibilityViolations } from '../../support/browser.ts';
import { startCluster } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { backend, hubScene } from '../support/hub-scene.ts';
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

  it('has no choice of cluster, and no word of another one, for an account that sees the own one alone', async () => {
    const page = await scene.signedIn();

    await row(page, 'prometheus/metrics').waitFor();
    expect(await page.getByRole('combobox', { name: 'Cluster' }).count()).to.equal(0);
    await show(page, 'All ConfigMaps');
    expect(await page.locator('body').innerText())
      .to.not.include('spoke')
      .and.not.include('Cluster');
  });

  it('shows the ConfigMap, the Services and the settings of the chosen cluster, also after a reload', async () => {
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

  it('says where each ConfigMap is, and of a cluster that could not be opened why', async () => {
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

  it('says that a cluster is away since when, and goes on by itself when it is back', async () => {
    const page = await scene.open({ url: `${scene.serve.url}#services?cluster=spoke&configMap=holmesgpt%2Ftoolsets` });
    await signIn(page, token);
    await row(page, 'logging/loki').waitFor();

    await spoke.stopApiServer();
    const told = page.getByRole('status').filter({ hasText: 'Cluster spoke cannot be read' });
    await told.waitFor();
    expect(await told.innerText()).to.match(/Since (?:just now|less than a minute ago): \w+ are not watched: /);
    expect(await row(page, 'logging/loki').count()).to.equal(1);

    await spoke.startApiServer();
    await told.waitFor({ state: 'detached' });
  });

  async function start(): Promise<ManagedScene> {
    hub = await hubScene();
    spoke = await startCluster();
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
