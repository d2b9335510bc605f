import { expect } from 'chai';
import type { ProbeRequest, ProbeResult } from '../../../plugin/cluster/probe/probe.ts';
import { urlOf } from '../../../plugin/discovery/decision.ts';
import type { Discovery } from '../../../plugin/discovery/discover.ts';
import { sourcesAnnotation } from '../../../plugin/cluster/sources-annotation.ts';
import { writeSources } from '../../../plugin/discovery/selection/previous-sources.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import type { ServiceOptions } from '../../support/objects.ts';
import { pod, service, slice } from '../../support/objects.ts';
import { sliceOf } from './evidence/fixture.ts';
import { discoverFixture } from './fixture.ts';

/** The host name of an https backend where nothing is probed: by the rule of its certificate's issuer. */
describe("plugin/discovery: host name set by the certificate's issuer", () => {
  const beta = 'service.beta.openshift.io/serving-cert-secret-name';
  const alpha = 'service.alpha.openshift.io/serving-cert-secret-name';
  const byEck = "host name by the certificates of Elastic's operator";
  const byOpenShift = "host name by OpenShift's service certificates";

  interface EckOptions extends ServiceOptions {
    readonly owner?: boolean;
  }

  /** A Service as ECK makes it of the Elasticsearch `logs`. */
  function eck({ owner = true, ...options }: EckOptions = {}): KubeObject {
    const one = service({
      namespace: 'elastic',
      name: 'logs-es-http',
      labels: { 'common.k8s.elastic.co/type': 'elasticsearch', 'elasticsearch.k8s.elastic.co/cluster-name': 'logs' },
      ports: [{ name: 'https', port: 9200 }],
      ...options,
    });
    const owners = [{ apiVersion: 'elasticsearch.k8s.elastic.co/v1', kind: 'Elasticsearch', name: 'logs', uid: 'u' }];
    return owner ? { ...one, metadata: { ...one.metadata, ownerReferences: owners } } : one;
  }

  function prometheus(options: ServiceOptions = {}): KubeObject {
    const labels = { 'app.kubernetes.io/name': 'prometheus' };
    return service({ name: 'prometheus', labels, ports: [{ name: 'web', port: 9090 }], ...options });
  }

  function headless(one: KubeObject): KubeObject {
    return { ...one, spec: { ...(one.spec as object), clusterIP: 'None' } };
  }

  /** URL and rule of the one backend that is admitted. */
  function only({ admitted }: Pick<Discovery, 'admitted'>): { readonly url: string; readonly rule: string } {
    expect(admitted).to.have.length(1);
    return { url: urlOf(admitted[0]!.endpoint), rule: admitted[0]!.rule };
  }

  function remembering(sources: string): KubeObject {
    const name = { namespace: 'holmesgpt', name: 'custom-toolsets-configmap' };
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...name, annotations: { [sourcesAnnotation]: sources } },
    };
  }

  const issued: readonly (readonly [title: string, service: KubeObject, url: string, by: string])[] = [
    ['a Service that an Elasticsearch owns', eck({ labels: {} }), 'https://logs-es-http.elastic.svc:9200', byEck],
    ["a Service with ECK's labels", eck({ owner: false }), 'https://logs-es-http.elastic.svc:9200', byEck],
    [
      "ECK's internal Service",
      eck({ name: 'logs-es-internal-http' }),
      'https://logs-es-internal-http.elastic.svc:9200',
      byEck,
    ],
    [
      "a Service with OpenShift's annotation",
      prometheus({ annotations: { [beta]: 'tls' } }),
      'https://prometheus.monitoring.svc:9090',
      byOpenShift,
    ],
    [
      'a Service with the alpha spelling of the annotation',
      prometheus({ annotations: { [alpha]: 'tls' } }),
      'https://prometheus.monitoring.svc:9090',
      byOpenShift,
    ],
    [
      'a Service with a port named https',
      prometheus({ annotations: { [beta]: 'tls' }, ports: [{ name: 'https', port: 9091 }] }),
      'https://prometheus.monitoring.svc:9091',
      byOpenShift,
    ],
    [
      'a headless Service',
      headless(prometheus({ annotations: { [beta]: 'tls' }, ports: [{ name: 'https', port: 9091 }] })),
      'https://prometheus.monitoring.svc:9091',
      byOpenShift,
    ],
    [
      'a Service whose endpoint annotation says https on its own host',
      prometheus({
        annotations: {
          [beta]: 'tls',
          'kubernaut.io/toolset': 'true',
          'kubernaut.io/toolset-endpoint': 'https://prometheus.monitoring.svc.cluster.local:9443/prom',
        },
      }),
      'https://prometheus.monitoring.svc:9443/prom',
      byOpenShift,
    ],
  ];
  for (const [title, one, url, by] of issued) {
    for (const check of ['none', 'readiness']) {
      it(`is used for ${title} with health.check: ${check}, and the rule says so`, async () => {
        const found = only(await discoverFixture({ items: [one, slice(one)], spec: { health: { check } } }));

        expect(found.url).to.equal(url);
        expect(found.rule).to.match(new RegExp(`; ${by}$`));
      });
    }
  }

  it('is used whatever the cluster domain', async () => {
    const spec = { discovery: { clusterDomain: 'corp.example' } };

    expect(only(await discoverFixture({ items: [eck()], spec })).url).to.equal('https://logs-es-http.elastic.svc:9200');
  });

  const others: readonly (readonly [title: string, service: KubeObject, host: string])[] = [
    ['an Elasticsearch without TLS', eck({ ports: [{ name: 'http', port: 9200 }] }), 'logs-es-http.elastic'],
    [
      'a node set, for which the certificate names only the pods',
      eck({ name: 'logs-es-default' }),
      'logs-es-default.elastic',
    ],
    [
      "a custom Service in front of ECK's pods",
      service({
        namespace: 'elastic',
        name: 'elasticsearch',
        labels: { app: 'elasticsearch' },
        selector: { 'elasticsearch.k8s.elastic.co/cluster-name': 'logs' },
        ports: [{ name: 'https', port: 9200 }],
      }),
      'elasticsearch.elastic',
    ],
    [
      'a Service with the annotation whose appProtocol is http',
      prometheus({
        annotations: { [beta]: 'tls' },
        ports: [{ name: 'web', port: 9090, appProtocol: 'http' }] as never,
      }),
      'prometheus.monitoring',
    ],
    [
      'a Service with a certificate from cert-manager, whose names are up to its owner',
      prometheus({ annotations: { 'cert-manager.io/issuer-name': 'ca' }, ports: [{ name: 'https', port: 9091 }] }),
      'prometheus.monitoring',
    ],
  ];
  for (const [title, one, host] of others) {
    it(`is not used for ${title}`, async () => {
      const { url, rule } = only(await discoverFixture({ items: [one] }));

      expect(new URL(url).hostname).to.equal(`${host}.svc.cluster.local`);
      expect(rule).to.not.include('host name');
    });
  }

  it('is not used for a foreign endpoint in an annotation', async () => {
    const annotations = {
      [beta]: 'tls',
      'kubernaut.io/toolset': 'true',
      'kubernaut.io/toolset-endpoint': 'https://metrics.example.com/prom',
    };
    const spec = { trust: { foreignEndpoints: true } };

    expect(only(await discoverFixture({ items: [prometheus({ annotations })], spec })).url).to.equal(
      'https://metrics.example.com:443/prom',
    );
  });

  it('is used when a Pod shows that a Service with the annotation serves TLS', async () => {
    const one = headless(prometheus({ annotations: { [beta]: 'tls' } }));
    const own = pod({
      name: 'prometheus-0',
      labels: { app: 'prometheus' },
      image: 'prometheus',
      ports: [{ containerPort: 9090 }],
      readiness: { path: '/-/ready', port: 9090, scheme: 'HTTPS' },
    });
    const items = [one, sliceOf(one, 'prometheus-0'), own];

    const { url, rule } = only(await discoverFixture({ items, spec: { health: { check: 'readiness' } } }));

    expect(url).to.equal('https://prometheus.monitoring.svc:9090');
    expect(rule).to.match(/; scheme by a Pod with image prometheus; host name by OpenShift's service certificates$/);
  });

  describe('with a probe', () => {
    const whole = 'logs-es-http.elastic.svc.cluster.local';
    const short = 'logs-es-http.elastic.svc';

    async function run(
      result: Partial<ProbeResult>,
      items: readonly KubeObject[] = [],
    ): Promise<Discovery & { readonly asked: readonly ProbeRequest[] }> {
      const asked: ProbeRequest[] = [];
      const found = await discoverFixture({
        items: [eck(), slice(eck()), ...items],
        prober: (request) => {
          asked.push(request);
          return { healthy: true, reason: 'Answered', message: 'answered', ...result };
        },
      });
      return { ...found, asked };
    }

    it('is the host that is probed, and the first of the names to compare', async () => {
      const { asked, ...found } = await run({});

      expect(asked[0]!.target).to.match(new RegExp(`^${short}:9200/`));
      expect(asked[0]!.hostNames).to.deep.equal([short, whole, 'logs-es-http.elastic']);
      expect(only(found).url).to.equal(`https://${short}:9200`);
      expect(writeSources(found.sources)).to.not.include('probe:');
    });

    it('is replaced by another host for which the certificate is valid, which is remembered', async () => {
      const first = await run({ host: whole });
      const second = await run({ healthy: false }, [remembering(writeSources(first.sources))]);

      expect(only(first).url).to.equal(`https://${whole}:9200`);
      expect(writeSources(first.sources)).to.match(/ probe:host$/);
      expect(second.asked).to.deep.equal([]);
      expect(only(second).url).to.equal(`https://${whole}:9200`);
      expect(writeSources(second.sources)).to.equal(writeSources(first.sources));
    });

    it('becomes the host of a backend already in the ConfigMap under its full name, which stays in', async () => {
      const found = await run({ healthy: false }, [
        remembering(`elasticsearch/data:\n  elastic/logs-es-http https://${whole}:9200`),
      ]);

      expect(found.asked).to.deep.equal([]);
      expect(only(found).url).to.equal(`https://${short}:9200`);
    });
  });
});
