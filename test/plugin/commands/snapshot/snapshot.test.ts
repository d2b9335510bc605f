import { expect } from 'chai';
import type { KubeObject } from '../../../cluster/parts/objects.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { grafana, prometheus, recording, service, slice } from '../../../support/objects.ts';
import { runHere } from '../../../support/run.ts';

const head = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\n';
const changedAt = '2026-03-01T10:00:00.000Z';
const secret = 'hunter2';

const annotated: KubeObject = {
  ...service({
    namespace: 'shop',
    name: 'orders',
    annotations: {
      'kubernaut.io/toolset': 'true',
      'kubernaut.io/toolset-type': 'prometheus',
      'kubernaut.io/toolset-endpoint': `http://admin:${secret}@prometheus.shop.svc:9090`,
      'example.com/token': secret,
      'kubectl.kubernetes.io/last-applied-configuration': `{"password":"${secret}"}`,
    },
  }),
};

const owned: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    namespace: 'shop',
    name: 'prometheus-operated',
    labels: { 'operated-prometheus': 'true' },
    ownerReferences: [{ apiVersion: 'monitoring.coreos.com/v1', kind: 'Prometheus', name: 'k8s', uid: secret }],
  },
  spec: {
    clusterIP: 'None',
    ports: [{ name: 'web', port: 9090, targetPort: 'web' }],
    selector: { 'app.kubernetes.io/name': 'prometheus' },
  },
  status: { loadBalancer: { ingress: [{ hostname: secret }] } },
};

const live: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    namespace: 'holmesgpt',
    name: 'custom-toolsets-configmap',
    annotations: {
      'kubernaut.io/toolset-digest': 'sha256:0',
      'kubernaut.io/toolset-sources': 'grafana/dashboards:\n  monitoring/grafana http://grafana.monitoring.svc:80',
      'example.com/token': secret,
    },
  },
  data: { 'custom_toolset.yaml': 'toolsets: {kubernetes/core: {enabled: true}}\n' },
};

const namespace: KubeObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'monitoring', labels: { team: 'platform' }, annotations: { 'example.com/token': secret } },
};

const unready = grafana();
const cluster = [
  ...[namespace, live, annotated, owned, prometheus(), unready],
  service({ namespace: 'monitoring', name: 'grafana-memberlist', labels: { 'app.kubernetes.io/name': 'grafana' } }),
  ...[prometheus(), annotated, owned].map((one) => slice(one, { ready: 2, notReady: 1, changedAt })),
  slice(unready, { ready: 0, notReady: 2, changedAt }),
];

describe('plugin/commands/snapshot/snapshot', () => {
  const folder = temporaryFolder();
  const take = async (objects: readonly KubeObject[], ...args: readonly string[]): Promise<string> => {
    const path = await folder.write('cluster.json', recording(...objects));
    const { code, stdout, stderr } = await runHere(['snapshot', '--path', folder.path, '--snapshot', path, ...args]);
    expect([code, stderr]).to.deep.equal([0, '']);
    return stdout;
  };
  const generate = async (file: string, ...args: readonly string[]): Promise<string> => {
    const { stdout, stderr } = await runHere(['generate', '--path', folder.path, '--snapshot', file, ...args]);
    expect(stderr).to.equal('');
    return stdout;
  };

  it('prints a sorted List with one object on each line', async () => {
    const lines = (await take(cluster)).split('\n');

    expect(lines[0]).to.equal('{"apiVersion":"v1","kind":"List","items":[');
    expect(lines.slice(-2)).to.deep.equal([']}', '']);
    const items = lines.slice(1, -2).map((line) => JSON.parse(line.replace(/,$/, '')) as KubeObject);
    expect(items).to.have.length(cluster.length);
    expect(lines.slice(1, -2).map((line) => line.replace(/,$/, ''))).to.deep.equal(
      items.map((item) => JSON.stringify(item)).sort(),
    );
  });

  it('does not depend on the order in which the cluster lists its objects', async () => {
    expect(await take(cluster.toReversed())).to.equal(await take(cluster));
  });

  it('prints the same when taken from itself', async () => {
    const first = await take(cluster);
    const path = await folder.write('first.json', first);

    const { stdout } = await runHere(['snapshot', '--path', folder.path, '--snapshot', path]);

    expect(stdout).to.equal(first);
  });

  it('keeps nothing that may be a secret', async () => {
    const text = await take(cluster);

    expect(text).not.to.contain(secret);
    expect(text).not.to.contain('last-applied');
    expect(text).to.contain('"kubernaut.io/toolset":"true"');
    expect(text).to.contain('kubernaut.io/toolset-sources');
  });

  const settings = [
    { title: 'the defaults', spec: '{}' },
    { title: 'no health check', spec: '{health: {check: none}}' },
    { title: 'one namespace', spec: '{discovery: {namespaces: {include: [shop]}}}' },
    { title: 'a namespace selector', spec: '{discovery: {namespaces: {selector: {matchLabels: {team: platform}}}}}' },
    { title: 'the best backend only', spec: '{discovery: {instances: best}}' },
    {
      title: 'a detector that requires an annotation',
      spec: '{detectors: {prometheus: {annotations: {example.com/public: "yes"}}}}',
    },
    {
      title: 'a custom detector that matches annotations',
      spec:
        '{customDetectors: [{id: orders, match: [{annotations: {example.com/public: "yes"}}], ' +
        'toolset: {name: orders, template: {enabled: true, config: {url: "${url}"}}}}]}',
    },
  ];
  for (const { title, spec } of settings) {
    it(`leads to the same manifest with ${title}`, async () => {
      const annotations = { 'example.com/public': 'yes' };
      const extra = service({ namespace: 'shop', name: 'public', annotations });
      await folder.write('toolset.yaml', `${head}spec: ${spec}\n`);
      const path = await folder.write('taken.json', await take([...cluster, extra, slice(extra, { changedAt })]));

      const [of, from] = [await generate(`${folder.path}/cluster.json`), await generate(path)];

      expect(from).to.equal(of);
      expect(from).to.match(/^apiVersion: v1\n/);
    });
  }

  it('leads to the same manifest when no Service has an EndpointSlice', async () => {
    const path = await folder.write('taken.json', await take([prometheus(), grafana()]));

    expect(await generate(path)).to.equal(await generate(`${folder.path}/cluster.json`));
  });

  it('leads to the same decisions when the cluster has no EndpointSlice for its Services', async () => {
    const taken = await take([prometheus(), slice(service({ name: 'deleted' }))]);
    const path = await folder.write('taken.json', taken);

    const [of, from] = await Promise.all(
      [`${folder.path}/cluster.json`, path].map((file) =>
        runHere(['explain', '-o', 'json', '--path', folder.path, '--snapshot', file]),
      ),
    );

    expect(of!.stdout).to.contain('"reason": "NoEndpointSlice"');
    expect(from!.stdout).to.equal(of!.stdout);
    expect(await take((JSON.parse(taken) as { readonly items: readonly KubeObject[] }).items)).to.equal(taken);
  });

  it('leads to the same decision about a Service that is too large to be evaluated', async () => {
    const labels = Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`label-${String(index)}`, 'x']));
    const taken = await take([prometheus(), service({ name: 'loki', labels })]);
    const path = await folder.write('taken.json', taken);

    const { stdout } = await runHere(['explain', '-o', 'json', '--path', folder.path, '--snapshot', path]);

    const { services } = JSON.parse(stdout) as { readonly services: readonly { name: string; reason: string }[] };
    expect(services.find(({ name }) => name === 'loki')?.reason).to.equal('ServiceTooLarge');
    expect(await take((JSON.parse(taken) as { readonly items: readonly KubeObject[] }).items)).to.equal(taken);
  });

  it('records only what the policy lets the project see', async () => {
    const policy = await folder.write(
      'policy.yaml',
      'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: DiscoveryPolicy\n' +
        'spec: {projects: {a: {namespaces: {include: ["mon*"], exclude: [monitoring-old]}}}}\n',
    );
    const objects = [...cluster, prometheus('monitoring-old')];

    const text = await take(objects, '--policy', policy, '--project', 'a');

    const { items } = JSON.parse(text) as { readonly items: readonly KubeObject[] };
    const services = items.filter(({ kind }) => kind === 'Service');
    expect(new Set(services.map(({ metadata }) => metadata.namespace))).to.deep.equal(new Set(['monitoring']));
    expect(text).not.to.contain('monitoring-old');
  });
});
