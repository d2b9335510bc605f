import { expect } from 'chai';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { grafana, prometheus, service } from '../../support/objects.ts';
import { runFixture } from './fixture.ts';

/**
 * A tenant who may create Services in one namespace, with servers behind them that answer as the real products do,
 * against a cluster with a namespace `monitoring` that is trusted.
 */
describe('plugin/discovery/poisoning', () => {
  const folder = temporaryFolder();
  const spec = { trust: { namespaces: ['monitoring'] } };
  // Sorts before `monitoring`.
  const tenant = 'aaa';
  const realUrl = 'http://prometheus.monitoring.svc.cluster.local:9090';

  /** A Thanos Query: in a namespace of its own it would be in front of all Prometheuses. */
  const thanos = service({
    namespace: tenant,
    name: 'thanos-query',
    labels: { 'app.kubernetes.io/name': 'thanos-query', 'app.kubernetes.io/component': 'query' },
    ports: [{ name: 'http', port: 9090 }],
  });

  function annotated(object: KubeObject, annotations: Readonly<Record<string, string>>): KubeObject {
    return {
      ...object,
      metadata: { ...object.metadata, annotations: { 'kubernaut.io/toolset': 'true', ...annotations } },
    };
  }

  function urlsOf({ config }: { config: Readonly<Record<string, unknown>> }): unknown[] {
    const instances = (config.instances ?? [config]) as { prometheus_url: string }[];
    return instances.map((instance) => instance.prometheus_url);
  }

  describe('displacing the real backend', () => {
    const best = { ...spec, discovery: { instances: 'best' } };

    it('fails with `instances: best`, for an untrusted backend of the same or a higher rank', async () => {
      for (const untrusted of [prometheus(tenant), thanos]) {
        const { toolsets, decisionOf } = await runFixture(folder, { spec: best, items: [prometheus(), untrusted] });

        expect(urlsOf(toolsets['prometheus/metrics']!)).to.deep.equal([realUrl]);
        const { name } = untrusted.metadata;
        expect(decisionOf(`aaa/${name}`)).to.equal('redundant: SingleBackend');
      }
    });

    it('fails when the untrusted backend was admitted first', async () => {
      const before = await runFixture(folder, { spec: best, items: [prometheus(tenant)] });
      const items = [prometheus(), prometheus(tenant)];

      const { toolsets } = await runFixture(folder, { spec: best, items, live: before.manifest });

      expect(urlsOf(toolsets['prometheus/metrics']!)).to.deep.equal([realUrl]);
    });

    it('fails when no namespace is trusted and the real backend is already in the ConfigMap', async () => {
      const noTrust = { discovery: { instances: 'best' } };
      const before = await runFixture(folder, { spec: noTrust, items: [prometheus()] });
      const items = [prometheus(), prometheus(tenant), thanos];

      const { text } = await runFixture(folder, { spec: noTrust, items, live: before.manifest });

      expect(text).to.equal(before.text);
    });

    it('fails with several instances: the real backend stays first under its own name', async () => {
      const { toolsets } = await runFixture(folder, { spec, items: [thanos, prometheus()] });

      const { instances } = toolsets['prometheus/metrics']!.config as { instances: { name: string }[] };
      expect(instances.map(({ name }) => name)).to.deep.equal(['monitoring/prometheus', 'aaa/thanos-query']);
    });

    it('fails with the labels, the selector and the owner of the real backend', async () => {
      const real = prometheus();
      const copy = {
        ...real,
        metadata: {
          ...real.metadata,
          namespace: tenant,
          ownerReferences: [{ apiVersion: 'monitoring.coreos.com/v1', kind: 'Prometheus', name: 'k8s' }],
        },
      };

      const { toolsets } = await runFixture(folder, { spec: best, items: [copy, real] });

      expect(urlsOf(toolsets['prometheus/metrics']!)).to.deep.equal([realUrl]);
    });
  });

  describe('another host', () => {
    it('cannot be reached through an endpoint annotation', async () => {
      const endpoint = 'http://prometheus.monitoring.svc.cluster.local:9090';
      const items = [annotated(prometheus(tenant), { 'kubernaut.io/toolset-endpoint': endpoint })];

      const { toolsets, decisionOf } = await runFixture(folder, { spec, items });

      expect(toolsets).to.not.have.property('prometheus/metrics');
      expect(decisionOf('aaa/prometheus')).to.equal('denied: EndpointOnOtherHost');
    });

    it('cannot be reached through an ExternalName', async () => {
      const lead = {
        type: 'ExternalName',
        externalName: '169.254.169.254.nip.io',
        ports: [{ name: 'web', port: 9090 }],
      };
      const items = [{ ...prometheus(tenant), spec: lead }];

      const { toolsets, decisionOf } = await runFixture(folder, { spec, items });

      expect(toolsets).to.not.have.property('prometheus/metrics');
      expect(decisionOf('aaa/prometheus')).to.equal('denied: UntrustedExternalName');
    });
  });

  describe('smuggling', () => {
    it('copies no annotation, so that Argo CD shows no link of the tenant', async () => {
      const link = {
        'link.argocd.argoproj.io/external-link': 'https://example.com',
        'argocd.argoproj.io/hook': 'Sync',
      };

      const { text, manifest } = await runFixture(folder, { spec, items: [annotated(prometheus(tenant), link)] });

      expect(text).to.not.match(/argocd|example\.com/);
      expect(Object.keys(manifest.metadata.annotations!).every((key) => key.startsWith('kubernaut.io/'))).to.equal(
        true,
      );
    });

    const smuggled: readonly (readonly [string, string, string, string?])[] = [
      ['a template in a name', 'kubernaut.io/toolset-name', '{{ env.SECRET }}'],
      ['a template in a path', 'kubernaut.io/toolset-endpoint', 'http://prometheus.aaa.svc:9090/{{ env.SECRET }}'],
      ['a template in a health path', 'kubernaut.io/toolset-health-path', '/{{ env.SECRET }}'],
      ['a header in a health path', 'kubernaut.io/toolset-health-path', '/ HTTP/1.1\r\nAuthorization: SECRET'],
      ['a header in an endpoint', 'kubernaut.io/toolset-endpoint', 'http://prometheus.aaa.svc\r\nX: SECRET'],
      [
        'a credential in an endpoint',
        'kubernaut.io/toolset-endpoint',
        'http://user:SECRET@prometheus.aaa.svc:9090',
        'EndpointHasCredential',
      ],
      ['a template in a type', 'kubernaut.io/toolset-type', '{% SECRET %}'],
      ['a YAML tag in a name', 'kubernaut.io/toolset-name', '!!python/object/apply:os.system SECRET', 'NameInvalid'],
    ];
    for (const [title, key, value, reason = 'AnnotationUnsafe'] of smuggled) {
      it(`denies ${title}`, async () => {
        const { text, decisionOf } = await runFixture(folder, {
          spec,
          items: [annotated(prometheus(tenant), { [key]: value })],
        });

        expect(text).to.not.include('SECRET');
        expect(decisionOf('aaa/prometheus')).to.equal(`denied: ${reason}`);
      });
    }

    it('denies an MCP server, whose descriptions an agent follows', async () => {
      const { servers, decisionOf } = await runFixture(folder, {
        spec,
        items: [annotated(service({ namespace: tenant }), { 'kubernaut.io/toolset-type': 'mcp' })],
      });

      expect(servers).to.deep.equal({});
      expect(decisionOf('aaa/web')).to.equal('denied: UntrustedMcpServer');
    });
  });

  it('applies an opt-out only to its own Service', async () => {
    const out = annotated(grafana(tenant), { 'kubernaut.io/toolset': 'false', 'kubernaut.io/toolset-name': 'grafana' });

    const { toolsets, decisionOf } = await runFixture(folder, { spec, items: [out, grafana()] });

    expect(toolsets['grafana/dashboards']).to.have.property('enabled', true);
    expect(decisionOf('aaa/grafana')).to.equal('denied: OptedOut');
  });
});
