import { expect } from 'chai';
import { missingTools, toolPaths } from '../../tools/build.ts';
import type { ToolName } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { acquireCluster } from '../parts/pool.ts';
import { service } from '../support/backends.ts';
import { buildProgram, gitFolder, outputOf, toolsetYaml } from '../support/program.ts';

const tools: readonly ToolName[] = [...clusterTools, 'grafanaDatasourceCrd'];

interface Live {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly uid: string; readonly datasource: Record<string, unknown>; readonly valuesFrom?: unknown };
}

describe('cluster/generate/grafana-operator', () => {
  let cluster: Cluster;

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(tools).length === 0, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  it('prints data sources that the API server takes by the definition of the operator, and takes again', async () => {
    await cluster.kubectl(['apply', '--server-side', '-f', toolPaths().grafanaDatasourceCrd]);
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd/grafanadatasources.grafana.integreatly.org']);
    const stores = Object.entries({ loki: 3100, tempo: 3200, elasticsearch: 9200, victorialogs: 9428 });
    await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'monitoring' } }]);
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
    const program = await buildProgram(cluster.folder);
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
});
