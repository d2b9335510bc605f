import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { accessibilityViolations } from '../../support/browser.ts';
import { spawnServe, startServe } from '../../e2e/support/serve.ts';
import { everything } from '../api/scene.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { define } from '../parts/definitions.ts';
import type { KubeObject } from '../parts/objects.ts';
import { pageScene, row, show, signIn, viewer, views } from './fixture.ts';
import type { Prepare } from './fixture.ts';
import { realPart } from '../../support/real-part.ts';
import { kubernautByHand, kubernautDefinition } from '../support/kubernaut-definition.ts';
import { missingTools, toolPaths } from '../../tools/build.ts';
import { toolsetYaml } from '../support/program.ts';
import { patienceMs } from '../../support/until.ts';

const group = 'rbac.authorization.k8s.io';
describe('cluster/page with several ConfigMaps', () => {
  const scene = pageScene(prepare);

  it('shows the chosen ConfigMap, even after a reload', async () => {
    const page = await scene.signedIn();
    const chooser = page.getByRole('combobox', { name: 'ConfigMap' });
    expect(await chooser.locator('option').allInnerTexts()).to.deep.equal([
      'blue/custom-toolsets-configmap',
      'green/custom-toolsets-configmap',
    ]);

    await chooser.selectOption('green/custom-toolsets-configmap');
    await row(page, 'grafana/dashboards').waitFor();
    expect(await row(page, 'prometheus/metrics').count()).to.equal(0);

    await page.reload();
    await row(page, 'grafana/dashboards').waitFor();
    expect(await chooser.inputValue()).to.equal('green/custom-toolsets-configmap');
  });

  it('shows how many ConfigMaps are loaded, and finds the others by address and by search', async () => {
    const page = await scene.open({ url: `${scene.serve.url}#configmaps` });
    await loadOne(page);
    await signIn(page, scene.token);
    await row(page, 'blue/custom-toolsets-configmap').waitFor();
    await page.locator('main').getByText('1 of 2 ConfigMaps is loaded').waitFor();
    expect(await row(page, 'green/custom-toolsets-configmap').count()).to.equal(0);

    await page.getByRole('searchbox').fill('GREEN/');
    await row(page, 'green/custom-toolsets-configmap').waitFor();
    await page.getByRole('link', { name: 'green/custom-toolsets-configmap' }).click();
    await row(page, 'grafana/dashboards').waitFor();
    await page.reload();
    await row(page, 'grafana/dashboards').waitFor();
    expect(await page.getByRole('combobox', { name: 'ConfigMap' }).inputValue()).to.include('green/');
  });

  it('shows the most urgent ConfigMap first, and filters the list by state and text', async () => {
    await scene.cluster.apply([service('green', 'loki', 3100), endpointSlice('green', 'loki', { ready: 1 })]);
    await scene.serve.until('configmap-out-of-date', { configMap: 'green/custom-toolsets-configmap' });
    const page = await scene.signedIn();
    const chooser = page.getByRole('combobox', { name: 'ConfigMap' });
    await row(page, 'grafana/loki').waitFor();
    expect(await chooser.inputValue()).to.equal('green/custom-toolsets-configmap');

    await page.getByRole('link', { name: 'All ConfigMaps 1 out of date' }).click();
    await row(page, 'blue/custom-toolsets-configmap').waitFor();
    expect(await row(page, 'green/custom-toolsets-configmap').innerText()).to.include('Out of date');
    await page.getByLabel('Up to date (1)').uncheck();
    await row(page, 'blue/custom-toolsets-configmap').waitFor({ state: 'detached' });
    await page.getByRole('searchbox').fill('nothing like it');
    await page.getByText('No ConfigMap matches').waitFor();
    await page.getByRole('searchbox').fill('green');
    await page.getByRole('link', { name: 'green/custom-toolsets-configmap' }).click();

    await page.getByRole('heading', { name: 'Toolsets' }).waitFor();
    expect(await chooser.inputValue()).to.equal('green/custom-toolsets-configmap');
  });

  it('loads ConfigMaps that are out of date even beyond the number that it loads', async () => {
    const page = await scene.open();
    await loadOne(page);
    await signIn(page, scene.token);

    await row(page, 'grafana/loki').waitFor();
    await page.getByRole('link', { name: 'All ConfigMaps 1 out of date' }).click();
    await row(page, 'green/custom-toolsets-configmap').waitFor();
    expect(await page.getByText('ConfigMaps is loaded').count()).to.equal(0);
  });

  it('reports a check only for the ConfigMap that was checked', async () => {
    const page = await scene.open();
    await signIn(page, await scene.tokenFor('looker', everything));
    const chooser = page.getByRole('combobox', { name: 'ConfigMap' });
    await chooser.selectOption('blue/custom-toolsets-configmap');
    await row(page, 'prometheus/metrics').waitFor();
    const endCheck = await startCheck(page);

    await chooser.selectOption('green/custom-toolsets-configmap');
    await row(page, 'grafana/dashboards').waitFor();
    await endCheck();

    expect(await page.getByText('Checked again just now.').count()).to.equal(0);
  });

  it('lets a ConfigMap be checked that was gone while an earlier check of it ended', async () => {
    const page = await scene.open();
    await signIn(page, await scene.tokenFor('looker', everything));
    await page.getByRole('combobox', { name: 'ConfigMap' }).selectOption('blue/custom-toolsets-configmap');
    await row(page, 'prometheus/metrics').waitFor();
    const endCheck = await startCheck(page);

    await page.route('**/api/v1/applications?*', async (route) => {
      const response = await route.fetch();
      const { items, page: part } = (await response.json()) as { items: { configMap: string }[]; page: object };
      const json = { items: items.filter(({ configMap }) => configMap.startsWith('green/')), page: part };
      await route.fulfill({ response, json });
    });
    await page.evaluate("window.dispatchEvent(new PopStateEvent('popstate'))");
    await page.getByText('ConfigMap blue/custom-toolsets-configmap does not exist').waitFor();
    await endCheck();
    await page.unroute('**/api/v1/applications?*');
    await page.evaluate("window.dispatchEvent(new PopStateEvent('popstate'))");

    await row(page, 'prometheus/metrics').waitFor();
    expect(await page.getByRole('button', { name: /Look/ }).innerText()).to.equal('Look again');
  });

  it('shows the last page of ConfigMaps when the offset in the address is too large', async () => {
    const page = await scene.open({ url: `${scene.serve.url}#configmaps?offset=100` });
    await signIn(page, scene.token);

    await row(page, 'blue/custom-toolsets-configmap').waitFor();
    await page.locator('main').getByText('2 ConfigMaps', { exact: true }).waitFor();
  });

  it('moves the focus to the content after a link has led to another view', async () => {
    const page = await scene.signedIn({ view: 'All ConfigMaps' });
    await page.getByRole('link', { name: 'green/custom-toolsets-configmap' }).focus();

    await page.keyboard.press('Enter');
    await row(page, 'grafana/dashboards').waitFor();

    expect(await page.evaluate('document.activeElement.localName')).to.equal('main');
  });

  it('reports that a ConfigMap does not exist, and offers the others', async () => {
    const page = await scene.open({ url: `${scene.serve.url}#toolsets?configMap=red%2Fgone` });
    await signIn(page, scene.token);

    await page.getByText('ConfigMap red/gone does not exist').waitFor();
    await page.getByRole('combobox', { name: 'ConfigMap' }).selectOption('blue/custom-toolsets-configmap');

    await row(page, 'prometheus/metrics').waitFor();
  });

  for (const [what, options] of [
    ['on a narrow screen', { viewport: { width: 320, height: 640 } }],
    ['at 200 %', { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }],
  ] as const)
    it(`needs no horizontal scrolling ${what}`, async () => {
      const page = await scene.signedIn(options);
      for (const view of views) {
        await show(page, view);
        const [content, screen] = await page.evaluate<number[]>(
          '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
        );
        expect(content, view).to.equal(screen);
        const cutOff = await page.evaluate<number>(
          "[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth).length",
        );
        expect(cutOff, `${view} has columns that are cut off`).to.equal(0);
      }
    });

  it('reports pending changes as unknown while the ConfigMap has a problem', async () => {
    const [namespace, name] = ['argocd', 'blue'];
    const get = ['--namespace', namespace, 'get', 'applications.argoproj.io', name, '--output', 'json'];
    const { metadata, ...application } = JSON.parse(await scene.cluster.kubectl(get)) as KubeObject;
    const page = await scene.open({ url: `${scene.serve.url}#changes?configMap=blue%2Fcustom-toolsets-configmap` });
    await signIn(page, scene.token);
    await page.getByText('Nothing changes: the ConfigMap matches the cluster.').waitFor();

    await scene.cluster.kubectl(['--namespace', namespace, 'delete', 'applications.argoproj.io', name]);
    await page.getByRole('region', { name: 'ConfigMap' }).getByText('o Application that uses the plugin').waitFor();
    await page.getByText('Unknown: the status above says why.').waitFor();
    expect(await page.getByText('Nothing changes').count()).to.equal(0);
    await page.getByText('a problem hid whether it was').waitFor();

    await scene.cluster.apply([
      { ...application, metadata: { namespace, name, labels: metadata.labels } } as KubeObject,
    ]);
    await page.getByText('Nothing changes: the ConfigMap matches the cluster.').waitFor();
  });

  it('signs out and discards all content soon after the token is revoked', async () => {
    const page = await scene.open();
    await signIn(page, await scene.tokenFor('leaver', viewer));
    await page.getByText('Live', { exact: true }).waitFor();

    await scene.cluster.kubectl(['delete', 'serviceaccount', 'leaver', '--namespace', 'default']);

    await page.getByLabel('Bearer token').waitFor({ timeout: patienceMs });
    await page.getByRole('alert').getByText('Bearer token required').waitFor();
    expect(await page.locator('body').innerText()).to.not.match(/blue|green|prometheus|grafana/);
  });

  it('reports that the service is unreachable, and shows changes once it is back', async () => {
    const flags = ['--kubeconfig', await scene.cluster.kubeconfig()];
    const first = await startServe(scene.program, flags);
    const listen = ['--listen', new URL(first.url).host];
    let second: typeof first | undefined;
    try {
      const page = await scene.signedIn({ url: first.url });
      await page.getByRole('combobox', { name: 'ConfigMap' }).selectOption('blue/custom-toolsets-configmap');
      await row(page, 'prometheus/metrics').waitFor();
      await page.getByText('Live', { exact: true }).waitFor();

      await first.stop();
      await page.getByText('Reconnecting…').waitFor();
      const filled = `getComputedStyle(document.querySelector('.connection'), '::before').backgroundColor`;
      expect(await page.evaluate(filled)).to.equal('rgba(0, 0, 0, 0)');
      expect(await row(page, 'prometheus/metrics').count()).to.equal(1);
      await scene.cluster.apply([service('blue', 'tempo', 3200), endpointSlice('blue', 'tempo', { ready: 1 })]);
      second = await startServe(scene.program, [...flags, ...listen]);

      await row(page, 'grafana/tempo').waitFor({ timeout: patienceMs });
      await page.getByText('Live', { exact: true }).waitFor();
      expect(await page.getByRole('alert').count()).to.equal(0);
    } finally {
      await first.stop();
      await second?.stop();
    }
  });

  it('reports that the cluster is not completely listed, and shows everything once it is', async () => {
    const { cluster, program } = scene;
    const account = { namespace: 'default', name: 'beginner' };
    await cluster.apply([
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account },
      binding('beginner-reviews', 'system:auth-delegator', account),
    ]);
    const beginner = await cluster.serviceAccountToken(account.namespace, account.name);
    const serve = spawnServe(program, ['--kubeconfig', await cluster.kubeconfig({ token: beginner })]);
    try {
      const { port } = await serve.until('started');
      const page = await scene.open({ url: `http://127.0.0.1:${String(port)}` });
      await signIn(page, scene.token);
      await page.getByRole('alert').getByText('/readyz says what is missing').waitFor();

      await cluster.apply([binding('beginner', 'cluster-admin', account)]);

      await row(page, 'prometheus/metrics')
        .or(row(page, 'grafana/dashboards'))
        .first()
        .waitFor({ timeout: patienceMs });
      expect(await page.getByRole('alert').count()).to.equal(0);
    } finally {
      await serve.stop();
    }
  });

  it('shows the files of other consumers: state, source, content and the next change', async function () {
    if (!realPart('grafana-operator', missingTools(['grafanaDatasourceCrd']).length === 0, 'node test/tools/build.ts'))
      this.skip();
    await define(scene.cluster, toolPaths().grafanaDatasourceCrd, kubernautDefinition);
    const formats = [
      ...['grafana-datasources', 'grafana-operator', 'kubernaut', 'kubernaut-json', 'kubernaut-helm'],
      ...['kubernaut-operator', 'kubernaut-sdk'],
    ];
    const prometheus = [service('amber', 'prometheus', 9090), endpointSlice('amber', 'prometheus', { ready: 1 })];
    await scene.cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'amber' } }, ...prometheus]);
    const { metadata, ...kubernaut } = kubernautByHand;
    await scene.cluster.apply([{ ...kubernaut, metadata: { ...metadata, namespace: 'amber' } }]);
    for (const format of formats)
      await scene.manage(format, {
        'toolset.yaml': toolsetYaml({
          target: {
            format,
            configMap: { namespace: 'amber', name: format },
            ...(format === 'kubernaut-sdk' ? { llm: { provider: 'openai', model: 'gpt-4o' } } : {}),
          },
          health: { check: 'readiness' },
          discovery: { namespaces: { include: ['amber'] } },
        }),
      });
    const page = await scene.signedIn();
    for (const format of formats) {
      await page.getByRole('combobox', { name: 'ConfigMap' }).selectOption(`amber/${format}`);
      const found = page.getByRole('row').filter({ hasText: 'amber/prometheus' }).first();
      await found.waitFor();
      expect(await found.innerText(), format)
        .to.include('http://prometheus.amber.svc.cluster.local:9090')
        .and.to.include('enabled')
        .and.not.to.include('not applied yet');
      await found.getByRole('button').first().click();
      const content = page.getByRole('region', { name: /in the ConfigMap$/ });
      await content.waitFor();
      expect(await content.innerText(), format).to.include('prometheus.amber.svc.cluster.local:9090');
      expect(await page.getByRole('region', { name: 'ConfigMap', exact: true }).innerText(), format).to.include(
        'Up to date',
      );
      expect(await accessibilityViolations(page), format).to.deep.equal([]);
    }
    const applied = await scene.cluster.kubectl(['get', 'grafanadatasources,kubernauts', '-n', 'amber', '-o', 'name']);
    expect(applied.trim().split('\n')).to.have.lengthOf(2);
    await scene.cluster.apply([service('amber', 'prometheus', 9091, 'prometheus')]);
    await scene.serve.until('configmap-out-of-date', { configMap: 'amber/grafana-datasources' });
    await page.getByRole('combobox', { name: 'ConfigMap' }).selectOption('amber/grafana-datasources');
    await show(page, 'Changes');
    await page.getByText('amber/prometheus: port 9090 → 9091').first().waitFor();
    const lines = await page.getByRole('region', { name: /^Lines of / }).innerText();
    expect(lines).to.match(/^-.*prometheus\.amber\.svc\.cluster\.local:9090/m);
    expect(lines).to.match(/^\+.*prometheus\.amber\.svc\.cluster\.local:9091/m);
  });
});

/** Two Applications, each of which sees a namespace of its own. */
async function prepare({ cluster, manage }: Parameters<Prepare>[0]): Promise<void> {
  const namespaces = ['blue', 'green'];
  await cluster.apply(namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
  await cluster.apply([
    ...[service('blue', 'prometheus', 9090), endpointSlice('blue', 'prometheus', { ready: 1 })],
    ...[service('green', 'grafana', 3000), endpointSlice('green', 'grafana', { ready: 1 })],
  ]);
  for (const namespace of namespaces)
    await manage(namespace, {
      'toolset.yaml': toolsetYaml({
        target: { configMap: { namespace } },
        health: { check: 'readiness' },
        discovery: { namespaces: { include: [namespace] } },
      }),
    });
}

function binding(
  name: string,
  role: string,
  account: { readonly namespace: string; readonly name: string },
): KubeObject {
  return {
    apiVersion: `${group}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  };
}

/** Makes the API answer with one ConfigMap where the page asks for as many as it gives. */
async function loadOne(page: Page): Promise<void> {
  await page.route(/\/api\/v1\/applications\?/, (route) =>
    route.continue({ url: route.request().url().replace('limit=1000', 'limit=1') }),
  );
}

/** Asks for a check whose response is held back; the returned function lets it through, and waits until the page has it. */
async function startCheck(page: Page): Promise<() => Promise<void>> {
  const release = Promise.withResolvers<undefined>();
  await page.route('**/api/v1/discover', async (route) => {
    await release.promise;
    await route.continue();
  });
  const answered = page.waitForResponse('**/api/v1/discover');
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.getByRole('button', { name: 'Looking…' }).waitFor();
  return async () => {
    release.resolve(undefined);
    await (await answered).finished();
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 100))');
  };
}
