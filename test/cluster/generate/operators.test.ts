import { expect } from 'chai';
import { missingTools, toolPaths } from '../../tools/build.ts';
import type { ToolName } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { define } from '../parts/definitions.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { acquireCluster } from '../parts/pool.ts';
import { service } from '../support/backends.ts';
import { kubernautByHand, kubernautDefinition } from '../support/kubernaut-definition.ts';
import { buildProgram, gitFolder, outputOf, toolsetYaml } from '../support/program.ts';
import type { Program } from '../support/program.ts';

const tools: readonly ToolName[] = [...clusterTools, 'grafanaDatasourceCrd'];

interface Live {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly uid: string; readonly datasource: Record<string, unknown>; readonly valuesFrom?: unknown };
}

describe('cluster/generate/operators', () => {
  let cluster: Cluster;
  let program: Program;

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(tools).length === 0, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    program = await buildProgram(cluster.folder);
    await define(cluster, toolPaths().grafanaDatasourceCrd, kubernautDefinition);
    const namespaces = ['monitoring', 'kubernaut-system'];
    await cluster.apply(namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  it('prints data sources that the API server accepts, at first and when they are applied again', async () => {
    const stores = Object.entries({ loki: 3100, tempo: 3200, elasticsearch: 9200, victorialogs: 9428 });
    await cluster.apply([
      service('monitoring', 'prometheus', 9090),
      ...stores.map(([name, port]) => service('monitoring', name, port)),
    ]);
    const settings = toolsetYaml({
      health: { check: 'none' },
      trust: { namespaces: ['monitoring'] },
      target: { format: 'grafana-operator', plugins: ['victoriametrics-logs-datasource'] },
      credentials: { elasticsearch: { basicAuthUser: 'reader', basicAuthPassword: '${ES_PASSWORD}' } },
    });
    const folder = await gitFolder(cluster.folder, {
      'toolset.yaml': settings,
      'overrides.yaml': 'monitoring_loki: {isDefault: true}\nours: {type: influxdb, url: "http://influxdb:8086"}\n',
    });
    const args = ['generate', '--path', folder, '--kubeconfig', await cluster.kubeconfig()];

    const first = outputOf(await program.run(args));
    await cluster.kubectl(['apply', '--server-side', '--validate=strict', '-f', '-'], { input: first });
    const again = outputOf(await program.run(args));
    await cluster.kubectl(['apply', '--server-side', '--validate=strict', '-f', '-'], { input: again });

    const { items } = JSON.parse(
      await cluster.kubectl(['get', 'grafanadatasources', '-n', 'monitoring', '-o', 'json']),
    ) as { items: Live[] };
    expect(again).to.equal(first);
    const sources = new Map(items.map((one) => [one.spec.uid, one]));
    expect([...sources.keys()]).to.have.members([
      'monitoring_prometheus',
      'monitoring_loki',
      'monitoring_tempo',
      'monitoring_elasticsearch',
      'monitoring_victorialogs',
      'ours',
    ]);
    expect(sources.get('monitoring_loki')?.spec.datasource).to.deep.include({ isDefault: true, type: 'loki' });
    expect(JSON.stringify(sources.get('monitoring_loki'))).to.include('"url":"${__value.raw}"');
    expect(sources.get('monitoring_elasticsearch')?.spec.valuesFrom).to.deep.equal([
      {
        targetPath: 'secureJsonData.basicAuthPassword',
        valueFrom: { secretKeyRef: { name: 'grafana-datasource-credentials', key: 'ES_PASSWORD' } },
      },
    ]);
  });

  it('leaves out a data source that another Application owns, with a warning', async () => {
    await cluster.apply([service('monitoring', 'prometheus', 9090), service('monitoring', 'loki', 3100)]);
    const settings = toolsetYaml({ health: { check: 'none' }, target: { format: 'grafana-operator' } });
    const folder = await gitFolder(cluster.folder, { 'toolset.yaml': settings });
    const args = ['generate', '--path', folder, '--kubeconfig', await cluster.kubeconfig()];
    const env = { ARGOCD_APP_NAME: 'ours' };
    await cluster.kubectl(['delete', 'grafanadatasources', '--all', '-n', 'monitoring']);
    const first = outputOf(await program.run(args, { env }), 'DESTINATION_UNCHECKED');
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: first });
    const [loki, ...rest] = first.split('---\n').filter((one) => one.includes('kind: GrafanaDatasource'));
    const name = /name: "?([-.\w]+)/.exec(loki ?? '')?.[1] ?? '';
    const id = `argocd.argoproj.io/tracking-id=theirs:grafana.integreatly.org/GrafanaDatasource:monitoring/${name}`;
    await cluster.kubectl(['annotate', 'grafanadatasource', name, '-n', 'monitoring', id]);

    const { stdout, stderr } = await program.run(args, { env });

    const left = stdout.split('---\n').filter((one) => one.includes('kind: GrafanaDatasource'));
    expect(rest).not.to.deep.equal([]);
    expect(left).to.have.lengthOf(rest.length);
    expect(stderr).to.include('TARGET_LEFT_OUT').and.include(`the GrafanaDatasource monitoring/${name} belongs to the`);
    for (const one of rest) expect(stdout).to.include(one.trim());
    expect(stdout).to.include('TARGET_LEFT_OUT').and.not.include(`name: ${name}\n`);
  });

  describe("Kubernaut's resource", () => {
    const secure = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'monitoring', name: 'secure', labels: { 'app.kubernetes.io/name': 'prometheus' } },
      spec: { ports: [{ name: 'https', port: 9091 }] },
    };

    const serverSide = ['--server-side', '--field-manager=person'];

    /** As Argo CD applies it: server-side, under its own name, without a look at what is not in the part. */
    async function applyPart(overrides = '', ...flags: readonly string[]): Promise<string> {
      const settings = toolsetYaml({
        health: { check: 'none' },
        trust: { namespaces: ['monitoring'] },
        target: { format: 'kubernaut-operator' },
        credentials: { prometheus: { tlsCaFile: '/etc/ssl/em/service-ca.crt' } },
      });
      const folder = await gitFolder(cluster.folder, { 'toolset.yaml': settings, 'overrides.yaml': overrides });
      const args = ['generate', '--path', folder, '--kubeconfig', await cluster.kubeconfig()];
      const input = outputOf(await program.run(args), 'NOTHING_DISCOVERED');
      const apply = ['apply', '--server-side', '--field-manager=argocd-controller', ...flags];
      return cluster.kubectl([...apply, '-f', '-'], { input });
    }

    async function live(): Promise<{ readonly spec: Readonly<Record<string, unknown>> }> {
      return JSON.parse(
        await cluster.kubectl(['get', 'kubernaut', 'kubernaut', '-n', 'kubernaut-system', '-o', 'json']),
      ) as Awaited<ReturnType<typeof live>>;
    }

    async function writeByHand(more: object = {}, how: readonly string[] = serverSide): Promise<void> {
      const input = JSON.stringify({ ...kubernautByHand, spec: { ...kubernautByHand.spec, ...more } });
      await cluster.kubectl(['apply', ...how, '-f', '-'], { input });
    }

    beforeEach(async () => {
      const backends = ['services', '--all', '-n', 'monitoring', '--ignore-not-found'];
      await cluster.kubectl(['delete', ...backends]);
      await cluster.kubectl(['delete', 'kubernauts', '--all', '-n', 'kubernaut-system']);
      await cluster.apply([secure]);
    });

    it('is rejected by the API server without the required fields', async () => {
      const failure = await applyPart().catch((error: unknown) => String(error));

      expect(failure).to.include('spec.postgresql').and.include('Required value');
    });

    it('gets the URL and the CA next to what people wrote, and loses them with the backend', async () => {
      await writeByHand();

      await applyPart();
      const withBackend = await live();
      await applyPart();
      await cluster.kubectl(['delete', 'service', 'secure', '-n', 'monitoring']);
      await applyPart();
      const without = await live();

      const monitoring = {
        prometheus: {
          enabled: true,
          tlsCaFile: '/etc/ssl/em/service-ca.crt',
          url: 'https://secure.monitoring.svc.cluster.local:9091',
        },
      };
      expect(withBackend.spec).to.deep.equal({ ...kubernautByHand.spec, monitoring });
      expect(without.spec).to.deep.equal(kubernautByHand.spec);
    });

    it("conflicts with a person's own URL, unless an override sets the same one", async () => {
      await writeByHand({ monitoring: { prometheus: { url: 'https://ours.example' } } });

      const failure = await applyPart().catch((error: unknown) => String(error));
      const given = await applyPart('prometheus: {url: "https://ours.example"}\n').catch(String);

      expect(failure).to.include('conflict with "person"').and.include('.spec.monitoring.prometheus.url');
      expect(given).to.include('kubernaut.kubernaut.ai/kubernaut serverside-applied');
    });

    it("replaces a person's own URL when the apply is forced, as Argo CD's is", async () => {
      await writeByHand({ monitoring: { prometheus: { url: 'https://ours.example' } } });

      await applyPart('', '--force-conflicts');

      expect(await live()).to.have.nested.property(
        'spec.monitoring.prometheus.url',
        'https://secure.monitoring.svc.cluster.local:9091',
      );
    });

    it('is rejected, keeping all that people wrote, if they wrote it with a client-side apply', async () => {
      await writeByHand({}, []);

      await applyPart().catch(String);
      const failure = await applyPart().catch((error: unknown) => String(error));
      const refused = await live();
      await writeByHand();
      await applyPart();

      expect(failure).to.include('spec.postgresql: Required value');
      expect(refused.spec).to.deep.include(kubernautByHand.spec);
      expect((await live()).spec)
        .to.deep.include(kubernautByHand.spec)
        .and.include.keys('monitoring');
    });
  });
});
