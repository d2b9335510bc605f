import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endpointSlice, service } from '../../cluster/support/backends.ts';
import { manifests, readManifest } from '../../cluster/manifests/manifests.ts';
import { buildProgram, toolsetYaml } from '../../cluster/support/program.ts';
import { hasPrometheus, startPrometheus } from '../../cluster/parts/prometheus.ts';
import type { Prometheus } from '../../cluster/parts/prometheus.ts';
import { realPart } from '../../support/real-part.ts';
import { installServe } from '../../cluster/manifests/serve.ts';
import { until } from '../../support/until.ts';
import { serveHttpAt } from '../support/backend.ts';
import { hasArgoCd, startArgoCd } from '../parts/argo-cd.ts';
import type { ArgoCd } from '../parts/argo-cd.ts';
import { configMapKey, configMapName } from '../support/scene.ts';
import { startServe } from '../support/serve.ts';
import type { Serve } from '../support/serve.ts';

const component = 'serve/components/monitoring';

interface Panel {
  readonly title: string;
  readonly description?: string;
  readonly targets?: readonly { readonly expr: string }[];
}

/** What each panel of the dashboard asks, with the variables of Grafana as it would fill them in. */
const dashboard = JSON.parse(await readFile(join(manifests, component, 'dashboard.json'), 'utf8')) as {
  readonly panels: readonly Panel[];
};
const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ title, query: expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', '.+') })),
);

describe('e2e/install/monitoring', () => {
  let argoCd: ArgoCd;
  let serve: Serve;
  let prometheus: Prometheus;
  let backend: Awaited<ReturnType<typeof serveHttpAt>> | undefined;
  const load = new AbortController();
  let loaded = Promise.resolve();

  before(async function () {
    if (!hasArgoCd()) this.skip();
    if (!realPart('prometheus', hasPrometheus(), 'apt-get install prometheus')) this.skip();
    argoCd = await startArgoCd();
    const { cluster } = argoCd;
    await argoCd.repository.commit({ 'one/toolset.yaml': toolsetYaml({ health: { attempts: 1, timeoutSeconds: 1 } }) });
    const [created] = await cluster.apply([
      service('monitoring', 'prometheus', 9090),
      endpointSlice('monitoring', 'prometheus', { ready: 1 }),
    ]);
    const { clusterIP } = created!.spec as { readonly clusterIP: string };
    backend = await serveHttpAt(clusterIP, 9090, buildInfo);
    await argoCd.applications.create('one', { path: 'one' });
    await argoCd.applications.untilSynced('one');
    const { args, kubeconfig } = await installServe(cluster, 'kubernetes');
    const program = await buildProgram(cluster.folder);
    serve = await startServe(program, ['--kubeconfig', kubeconfig, ...args]);
    prometheus = await startPrometheus(cluster.folder, {
      target: new URL(serve.url).host,
      token: await readerToken(argoCd),
      rules: ((await readManifest(`${component}/prometheus-rule.yaml`)) as { readonly spec: object }).spec,
    });
    loaded = work();
    // It is told of in the end; until then whatever it leaves out shows as an empty panel.
    loaded.catch(() => undefined);
  });

  after(async () => {
    load.abort();
    const [work] = await Promise.allSettled([loaded]);
    // Unset when the suite was skipped.
    await (prometheus as Prometheus | undefined)?.stop();
    await (serve as Serve | undefined)?.stop();
    await backend?.stop();
    await (argoCd as ArgoCd | undefined)?.stop();
    if (work.status === 'rejected') throw work.reason;
  });

  it('has a description and a query for every panel', () => {
    const panels = dashboard.panels.filter(({ targets }) => targets !== undefined);

    expect(panels.filter(({ description = '' }) => description === '')).to.deep.equal([]);
    expect(queries.map(({ title }) => title)).to.include.members(panels.map(({ title }) => title));
  });

  for (const { title, query } of queries) {
    it(`shows data in the panel ${title}: ${query}`, async () => {
      const values = async (): Promise<readonly number[]> =>
        (await prometheus.query(query)).map(({ value }) => Number(value[1]));

      await until(query, async () => (await values()).some(Number.isFinite));
    });
  }

  it('has alerts that Prometheus evaluates and that do not fire while all is well', async () => {
    const rulesOf = async (): Promise<readonly Alert[]> => {
      const { groups } = (await prometheus.get('rules')) as { readonly groups: readonly { readonly rules: Alert[] }[] };
      return groups.flatMap(({ rules }) => rules);
    };
    await until('evaluated', async () => (await rulesOf()).every(({ health }) => health !== 'unknown'));

    const rules = await rulesOf();
    expect(rules).to.have.length.above(10);
    expect(rules.filter(({ health, state }) => health !== 'ok' || state === 'firing')).to.deep.equal([]);
  });

  it('counts a manual edit as drift, and clears the drift once Argo CD has reverted it', async () => {
    const modified = 'toolset_configmap_drift_detected_total{drift_type="modified"}';
    const before = await valueOf(modified);

    await argoCd.cluster.kubectl([
      ...['patch', 'configmap', configMapName, '-n', 'holmesgpt', '--type=merge', '--field-manager=kubectl-edit'],
      ...['-p', JSON.stringify({ data: { [configMapKey]: 'toolsets: {}' } })],
    ]);

    await until('counted', async () => (await valueOf(modified)) === before + 1);
    await until(
      'the drift is gone',
      async () => (await valueOf('toolset_configmap_drift{drift_type="modified"}')) === 0,
      30_000,
    );
  });

  async function valueOf(series: string): Promise<number> {
    const [sample] = await prometheus.query(series);
    return Number(sample?.value[1]);
  }

  /** A backend that comes and goes, one that never answers, and people at the API. */
  async function work(): Promise<void> {
    const { cluster } = argoCd;
    await cluster.apply([service('logging', 'loki', 3100), endpointSlice('logging', 'loki', { ready: 1 })]);
    for (let turn = 0; !load.signal.aborted; turn += 1) {
      const from = serve.events.length;
      const annotation = `kubernaut.io/toolset=${turn % 2 === 0 ? 'false' : 'true'}`;
      await cluster.kubectl(['annotate', 'service', 'prometheus', '-n', 'monitoring', '--overwrite', annotation]);
      await Promise.all(['services', 'toolsets', 'nothing'].map(callApi));
      // Without Prometheus nothing is discovered.
      await serve.until(turn % 2 === 0 ? 'configmap-empty' : 'configmap-up-to-date', {}, from);
    }
  }

  async function callApi(path: string): Promise<void> {
    const headers = { authorization: `Bearer ${argoCd.cluster.adminToken}` };
    await (await fetch(`${serve.url}/api/v1/${path}`, { headers })).text();
  }
});

interface Alert {
  readonly name: string;
  readonly state: string;
  readonly health: string;
  readonly lastError?: string;
}

/** What it answers to the question that only a Prometheus answers so. */
const buildInfo = JSON.stringify({ status: 'success', data: { version: '3.5.0' } });

/** Of an account that may read metrics and nothing else, as that of Prometheus. */
async function readerToken({ cluster }: ArgoCd): Promise<string> {
  const reader = { namespace: 'monitoring', name: 'prometheus' };
  await cluster.apply([{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: reader }]);
  const binding = ['--clusterrole=dynamic-toolset-metrics', '--serviceaccount=monitoring:prometheus'];
  await cluster.kubectl(['create', 'clusterrolebinding', 'prometheus-reads-metrics', ...binding]);
  return cluster.serviceAccountToken(reader.namespace, reader.name);
}
