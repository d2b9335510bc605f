import { expect } from 'chai';
import { join } from 'node:path';
import type { Cluster } from '../../../plugin/cluster/types.ts';
import { namespacesIfMisspelt } from '../../../plugin/discovery/survey/reference-targets.ts';
import { PluginError } from '../../../plugin/lib/errors.ts';
import { failure } from '../../support/failure.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { runHere } from '../../support/run.ts';

const cluster = join(import.meta.dirname, '../../../manifests/examples/cluster.yaml');
const head = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec:\n';

/** A recorded cluster without Namespaces, as one is whose account may not list them. */
const servicesAlone = JSON.stringify({
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'monitoring', name: 'prometheus', labels: { 'app.kubernetes.io/name': 'prometheus' } },
      spec: { ports: [{ name: 'http', port: 9090 }], selector: { app: 'prometheus' } },
    },
  ],
});

describe('plugin/validate/references', () => {
  const folder = temporaryFolder();

  async function told(
    spec: string,
    args: readonly string[] = [],
    snapshot = cluster,
  ): Promise<{ readonly warnings: string[]; readonly notes: string[] }> {
    await folder.write('toolset.yaml', `${head}  ${spec}\n`);
    const { stdout } = await runHere(['explain', '-o', 'json', '--path', folder.path, '--snapshot', snapshot, ...args]);
    const read = JSON.parse(stdout) as Record<
      'warnings' | 'notes',
      { readonly code: string; readonly message: string }[]
    >;
    const ours = (list: 'warnings' | 'notes'): string[] =>
      read[list]
        .filter(({ code }) => /^(?:NAMESPACE|SETTING)_/.test(code))
        .map(({ code, message }) => `${code} ${message}`);
    return { warnings: ours('warnings'), notes: ours('notes') };
  }

  it('reports nothing for references that match, including globs', async () => {
    const spec =
      'discovery: {namespaces: {include: [monitoring, "log*"], exclude: ["kube-*"], selector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}}';

    expect(await told(spec)).to.deep.equal({ warnings: [], notes: [] });
  });

  it('warns of an unknown namespace wherever it is named, and suggests the closest name', async () => {
    const { warnings } = await told(
      'trust: {namespaces: [monitoring, loging]}\n  stores: [{namespace: loging, toolset: grafana/loki, tenants: [a]}]\n  detectors: {grafana: {namespaces: [monitorng]}}',
    );

    expect(warnings).to.deep.equal([
      'NAMESPACE_UNKNOWN toolset.yaml:4:36 spec.trust.namespaces: no namespace of the cluster is called "loging"; did you mean "logging"? if the namespace is yet to be created, leave it',
      'NAMESPACE_UNKNOWN toolset.yaml:6:38 spec.detectors.grafana.namespaces: no namespace of the cluster is called "monitorng"; did you mean "monitoring"? if the namespace is yet to be created, leave it',
      'NAMESPACE_UNKNOWN toolset.yaml:5:24 spec.stores.namespace: no namespace of the cluster is called "loging"; did you mean "logging"? if the namespace is yet to be created, leave it',
    ]);
  });

  it('only notes what shared settings may contain: exclusions, globs beside other namespaces, unused detectors', async () => {
    const { warnings, notes } = await told(
      'discovery: {namespaces: {include: [monitoring, "team-*"], exclude: [openshift-*]}}\n  customDetectors: [{id: beacon, match: [{names: [beacon]}], toolset: {name: beacon, template: {description: B}}}]',
    );

    expect(warnings).to.deep.equal([]);
    expect(notes.map((note) => note.split(';')[0])).to.deep.equal([
      'NAMESPACE_UNKNOWN toolset.yaml:4:50 spec.discovery.namespaces.include: no namespace of the cluster matches "team-*"',
      'NAMESPACE_UNKNOWN toolset.yaml:4:71 spec.discovery.namespaces.exclude: no namespace of the cluster matches "openshift-*"',
      'SETTING_UNUSED toolset.yaml:5:26 spec.customDetectors.id: the detector "beacon" matches no Service that was read',
    ]);
  });

  it('warns of a glob when no namespace is read at all', async () => {
    const { warnings } = await told('discovery: {namespaces: {include: ["team-*"]}}');

    expect(warnings).to.have.length(1);
  });

  it('only notes a glob beside a glob for all namespaces', async () => {
    const { warnings, notes } = await told('discovery: {namespaces: {include: ["*", "team-*"]}}');

    expect([warnings.length, notes.length]).to.deep.equal([0, 1]);
  });

  it('compares with the Services that were read when namespaces cannot be listed, and mentions it', async () => {
    const snapshot = await folder.write('cluster.json', servicesAlone);

    const { warnings } = await told('discovery: {namespaces: {include: [monitoring, logging]}}', [], snapshot);

    expect(warnings).to.deep.equal([
      'NAMESPACE_UNKNOWN toolset.yaml:4:50 spec.discovery.namespaces.include: no Service was read from a namespace that is called "logging"; correct the name; if the namespace has no Service yet, leave it: kubectl get namespaces lists the names',
    ]);
  });

  it('warns of a Service, labels or an instance that a credential is for and the cluster lacks, and notes a glob', async () => {
    const { warnings, notes } = await told(`trust: {namespaces: [logging, monitoring]}
  credentials:
    grafana/loki:
      - {services: {names: [loki-gatway, "loki-*", "lokii*"]}, config: {additional_headers: {X-Scope-OrgID: a}}}
      - {services: {namespaces: [logging], names: [grafana]}, config: {additional_headers: {X-Scope-OrgID: b}}}
      - {services: {selector: {matchLabels: {team: a}}}, config: {additional_headers: {X-Scope-OrgID: c}}}
      - {services: {namespaces: [loging], names: [loki]}, config: {additional_headers: {X-Scope-OrgID: d}}}
      - {instances: [loki/loki, loki/loki/team-a, lok/loki], config: {additional_headers: {X-Scope-OrgID: e}}}`);

    expect(warnings.filter((one) => one.startsWith('SETTING_'))).to.deep.equal([
      'SETTING_UNUSED toolset.yaml:7:29 spec.credentials.grafana/loki.services.names: no Service that was read is called "loki-gatway"; did you mean "loki-gateway"? if the Service is yet to be created, leave it',
      'SETTING_UNUSED toolset.yaml:8:52 spec.credentials.grafana/loki.services.names: no Service that was read in "logging" is called "grafana"; correct the name; if the Service is yet to be created, leave it',
      'SETTING_UNUSED toolset.yaml:9:31 spec.credentials.grafana/loki.services.selector: no Service has these labels; correct the labels of the selector: kubectl get services -A --show-labels lists them',
      'SETTING_UNUSED toolset.yaml:11:51 spec.credentials.grafana/loki.instances: no instance is called "lok/loki"; did you mean "loki/loki"? if the Service is yet to be created, leave it',
    ]);
    expect(notes).to.deep.equal([
      'SETTING_UNUSED toolset.yaml:7:52 spec.credentials.grafana/loki.services.names: no Service that was read matches "lokii*"; correct the name; if the Service is yet to be created, leave it',
    ]);
  });

  it('reports nothing about rules for credentials that match, also by the name that an annotation gives an instance', async () => {
    const [service] = (JSON.parse(servicesAlone) as { readonly items: readonly [{ readonly metadata: object }] }).items;
    const annotations = { 'kubernaut.io/toolset': 'true', 'kubernaut.io/toolset-name': 'eu' };
    const annotated = { ...service, metadata: { ...service.metadata, annotations } };
    const snapshot = await folder.write(
      'cluster.json',
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [annotated] }),
    );
    const services =
      '{namespaces: ["monitor*"], names: [prometheus], selector: {matchLabels: {app.kubernetes.io/name: prometheus}}}';
    const rules = `[{services: ${services}, instances: [monitoring/eu], config: {additional_headers: {A: a}}}]`;

    expect(
      await told(`trust: {namespaces: [monitoring]}\n  credentials: {prometheus/metrics: ${rules}}`, [], snapshot),
    ).to.deep.equal({ warnings: [], notes: [] });
  });

  it('reveals nothing to a project about namespaces that its policy does not grant, however similar the names', async () => {
    const policy = await folder.write(
      'policy.yaml',
      'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: DiscoveryPolicy\nspec: {projects: {a: {namespaces: {include: ["l*"]}}}}\n',
    );
    const flags = ['--policy', policy, '--project', 'a'];

    const { warnings, notes } = await told(
      'discovery: {namespaces: {include: [logging, monitorin, monitoring]}}',
      flags,
    );

    expect(warnings.map((one) => one.split(': ').slice(1).join(': '))).to.deep.equal(
      ['monitorin', 'monitoring'].map(
        (name) =>
          `the platform's policy does not grant this project the namespace "${name}"; correct the name; a platform administrator adds what is missing to the project's rule of the policy`,
      ),
    );
    expect(notes).to.deep.equal([]);
  });

  it('prints the same manifest each time, including the warning', async () => {
    const generate = async (include: string): Promise<string> => {
      await folder.write('toolset.yaml', `${head}  trust: {namespaces: [${include}]}\n`);
      return (await runHere(['generate', '--path', folder.path, '--snapshot', cluster])).stdout;
    };

    const text = await generate('monitorng');

    expect(text).to.equal(await generate('monitorng'));
    expect(text).to.include('NAMESPACE_UNKNOWN toolset.yaml:4:24 spec.trust.namespaces: ');
  });
});

describe('plugin/discovery/survey/reference-targets', () => {
  const refusing = (code: 'CLUSTER_FORBIDDEN' | 'CLUSTER_FAILED'): Cluster =>
    ({
      namespaces: () => Promise.reject(new PluginError(code, 'list namespaces failed', { hint: '' })),
    }) as unknown as Cluster;
  const readByName = (scope: readonly string[]): Parameters<typeof namespacesIfMisspelt>[1] => ({
    scope,
    services: [],
    policy: null,
  });
  const keys = { labels: new Set<string>(), annotations: new Set<string>(), namespaceLabels: new Set<string>() };

  it('returns no namespaces when listing is forbidden, and lists only when a named namespace has no Service', async () => {
    expect(await namespacesIfMisspelt(refusing('CLUSTER_FORBIDDEN'), readByName(['monitoring']), keys)).to.deep.equal(
      [],
    );
    expect(await namespacesIfMisspelt(refusing('CLUSTER_FAILED'), readByName([]), keys)).to.deep.equal([]);
  });

  it('fails when the list fails for another reason, as the result would otherwise vary between runs', async () => {
    const error = await failure(() =>
      namespacesIfMisspelt(refusing('CLUSTER_FAILED'), readByName(['monitoring']), keys),
    );

    expect(error.code).to.equal('CLUSTER_FAILED');
  });
});
