import { expect } from 'chai';
import type { Explanation } from '../../../../plugin/commands/explain/explanation.ts';
import type { KubeObject } from '../../../cluster/parts/objects.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { grafana, prometheus, recording, service } from '../../../support/objects.ts';
import { runHere } from '../../../support/run.ts';

const credential =
  'answers only with a credential; set spec.credentials: {"grafana/dashboards": {api_key: "{{ env.GRAFANA_TOKEN }}"}} and add monitoring to spec.trust.namespaces';
const anyCredential =
  'answers only with a credential; name one in spec.credentials and trust its namespace in spec.trust.namespaces';
const certificate =
  "serves https with a certificate that HolmesGPT does not trust; give it the cluster's CA and set spec.target.certificates: private, or set unverified";

const elasticsearch = service({
  namespace: 'logging',
  name: 'elasticsearch',
  labels: { 'app.kubernetes.io/name': 'elasticsearch' },
  ports: [{ name: 'https', port: 9200 }],
});

/** A ConfigMap that remembers that Grafana wants a credential. */
function remembering(namespace: string, name: string, entry: string): KubeObject {
  const sources = `${entry}:\n  monitoring/grafana http://grafana.monitoring.svc.cluster.local:80 needs-credential`;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name, annotations: { 'kubernaut.io/toolset-sources': sources } },
  };
}

describe('plugin/commands/explain/unused-backends', () => {
  const folder = temporaryFolder();

  /** The reason of a selected Service, and what `explain` adds to its message after health and scheme. */
  async function unused(of: string, objects: readonly KubeObject[], git: Readonly<Record<string, string>> = {}) {
    for (const [name, text] of Object.entries(git)) await folder.write(name, text);
    const path = await folder.write('cluster.json', recording(...objects));
    const { stdout, stderr } = await runHere(['explain', '-o', 'json', '--path', folder.path, '--snapshot', path, of]);
    expect(stderr).to.equal('');
    const [one] = (JSON.parse(stdout) as Explanation).services;
    expect(one?.decision).to.equal('selected');
    return [one?.reason, one?.message.split('; ').slice(2).join('; ')];
  }

  const spec = (text: string): Record<string, string> => ({
    'toolset.yaml': `apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec: ${text}\n`,
  });

  it('reports nothing for a backend that is used', async () => {
    expect(await unused('prometheus', [prometheus()])).to.deep.equal(['Ready', '']);
  });

  it('explains why a toolset is printed disabled, and how to enable it', async () => {
    expect(await unused('grafana', [grafana()], spec('{target: {version: "0.31"}}'))).to.deep.equal([
      'PrintedDisabled',
      `grafana/dashboards: printed disabled because it ${credential}`,
    ]);
  });

  it('explains it once for toolsets that share a backend', async () => {
    expect(await unused('elasticsearch', [elasticsearch])).to.deep.equal([
      'PrintedDisabled',
      `elasticsearch/data, elasticsearch/cluster: printed disabled because it ${certificate}`,
    ]);
  });

  it('explains why one of several backends is left out', async () => {
    const plain = prometheus('a');
    const secure = service({
      namespace: 'b',
      name: 'prometheus',
      labels: { 'app.kubernetes.io/name': 'prometheus' },
      ports: [{ name: 'https', port: 9090 }],
    });

    expect(await unused('a/prometheus', [plain, secure])).to.deep.equal(['Ready', '']);
    expect(await unused('b/prometheus', [plain, secure])).to.deep.equal([
      'LeftOut',
      `prometheus/metrics: left out because it ${certificate}`,
    ]);
  });

  it('explains why a tool is missing from the list of Kubernaut', async () => {
    const live = remembering('kubernaut-system', 'kubernaut-toolset-config', 'grafana/dashboards');

    expect(await unused('grafana', [grafana(), live], spec('{target: {format: kubernaut-json}}'))).to.deep.equal([
      'LeftOut',
      `monitoring/grafana: left out because it ${anyCredential}`,
    ]);
  });

  it('reports that the template of the detector disables the toolset', async () => {
    const detector = `{id: shop, match: [{names: [shop]}], toolset: {name: shop, template: {enabled: false, description: a}}}`;

    expect(await unused('shop', [service({ name: 'shop' })], spec(`{customDetectors: [${detector}]}`))).to.deep.equal([
      'DisabledByTemplate',
      'shop: printed disabled, as the template of its detector says',
    ]);
  });

  const edits = [
    {
      title: 'disables it',
      git: 'toolsets:\n  prometheus/metrics:\n    enabled: false\n',
      reason: 'DisabledInGit',
      says: 'disabled by overrides.yaml:3:5',
    },
    {
      title: 'removes it',
      git: 'toolsets:\n  prometheus/metrics: null\n',
      reason: 'RemovedInGit',
      says: 'removed by overrides.yaml:2:3',
    },
    {
      title: 'sets another address',
      git: 'toolsets:\n  prometheus/metrics: {config: {prometheus_url: "http://mimir.obs.svc:8080"}}\n',
      reason: 'ReplacedInGit',
      says: 'left out because overrides.yaml:2:33 sets the address of the toolset',
    },
  ];
  for (const { title, git, reason, says } of edits) {
    it(`names the line of Git that ${title}`, async () => {
      expect(await unused('prometheus', [prometheus()], { 'overrides.yaml': git })).to.deep.equal([
        reason,
        `prometheus/metrics: ${says}`,
      ]);
    });
  }

  it('reports nothing when Git supplies what was missing', async () => {
    const git = `toolsets:
  elasticsearch/data: {enabled: true, config: {verify_ssl: false}}
  elasticsearch/cluster: {enabled: true, config: {verify_ssl: false}}
`;

    expect(await unused('elasticsearch', [elasticsearch], { 'overrides.yaml': git })).to.deep.equal(['Ready', '']);
  });
});
