import { expect } from 'chai';
import type { failedProbes, healthyProbes } from '../../../plugin/cluster/probe/probe-reasons.ts';
import { probeReason } from '../../../plugin/cluster/probe/probe-reasons.ts';
import { sourcesAnnotation } from '../../../plugin/cluster/sources-annotation.ts';
import type { Reason } from '../../../plugin/discovery/reasons.ts';
import { reasons, reasonsByVerdict } from '../../../plugin/discovery/reasons.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import type { ServiceOptions } from '../../support/objects.ts';
import { pod, prometheus, service, slice } from '../../support/objects.ts';
import type { DiscoveryFixture } from './fixture.ts';
import { discoverFixture } from './fixture.ts';

type Verdict = keyof typeof reasonsByVerdict;
type Code = Exclude<
  Reason['reason'],
  keyof typeof healthyProbes | keyof typeof failedProbes | 'EvidencePending' | 'FirstQuestionPending' | 'ClusterUnread'
>;

/** What produces a reason, for the first of its Services, and the whole message. */
interface Case extends DiscoveryFixture {
  readonly message: string;
}

/**
 * Each reason of discovery in one cluster from a Service that has it; those of probes stand in
 * test/plugin/cluster/probe.test.ts, and that evidence is awaited in test/plugin/serve/reconcile/background/evidence-scheduler.test.ts.
 */
describe('plugin/discovery/reasons', () => {
  const annotation = 'kubernaut.io/toolset';
  const start = Date.parse('2026-01-01T00:00:00Z');
  const unchecked = 'not checked; http by default of Prometheus';
  const fromOutside = {
    spec: { health: { check: 'http' } },
    fromOutside: { isMadeBySame: () => true },
    prober: null,
  } as const;
  const readiness = { health: { check: 'readiness' } };

  /** A Prometheus under another name, or with something else changed. */
  function server(name: string, more: ServiceOptions = {}, spec: object = {}): KubeObject {
    const labels = { 'app.kubernetes.io/name': 'prometheus' };
    const object = service({ name, labels, ports: [{ name: 'web', port: 9090 }], ...more });
    return { ...object, spec: { ...(object.spec as object), ...spec } };
  }

  function annotated(values: Readonly<Record<string, string>>, object = prometheus()): KubeObject {
    const annotations = { [annotation]: 'true', ...values };
    return { ...object, metadata: { ...object.metadata, annotations } };
  }

  function endpoint(url: string, foreignEndpoints = false): Omit<Case, 'message'> {
    return {
      items: [annotated({ [`${annotation}-endpoint`]: url })],
      spec: { health: { check: 'none' }, trust: { foreignEndpoints } },
    };
  }

  /** A backend that is in the ConfigMap, and what its EndpointSlice says some seconds later. */
  function admitted(options: Parameters<typeof slice>[1], seconds = 0, note = ''): Omit<Case, 'message'> {
    const sources =
      'prometheus/metrics:\n  monitoring/prometheus http://prometheus.monitoring.svc.cluster.local:9090'.concat(note);
    const live: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        namespace: 'holmesgpt',
        name: 'custom-toolsets-configmap',
        annotations: { [sourcesAnnotation]: sources },
      },
    };
    // The clock of a recording is its latest change.
    const clock = slice(service({ name: 'clock' }), { changedAt: new Date(start + seconds * 1000).toISOString() });
    return { items: [prometheus(), slice(prometheus(), options), clock, live], spec: readiness };
  }

  /** The ConfigMap as the plugin wrote it then. */
  function madeAt(time: number): KubeObject {
    const fieldsV1 = { 'f:metadata': { 'f:annotations': { [`f:${sourcesAnnotation}`]: {} } } };
    const metadata = {
      ...{ namespace: 'holmesgpt', name: 'custom-toolsets-configmap', annotations: { [sourcesAnnotation]: '' } },
      managedFields: [{ manager: 'argocd', time: new Date(time).toISOString(), fieldsV1 }],
    };
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata };
  }

  function component(product: string, name: string): ServiceOptions {
    const labels = { 'app.kubernetes.io/name': product, 'app.kubernetes.io/component': name };
    return { labels, ports: [{ name: 'http-metrics', port: 8080 }], selector: { app: name } };
  }

  const many = (count: number, make: (index: number) => KubeObject): KubeObject[] =>
    Array.from({ length: count }, (_, index) => make(index));
  const numbered = (index: number): string => String(index).padStart(3, '0');
  const outside = { trust: { namespaces: ['monitoring'] } };
  const changedAt = new Date(start).toISOString();
  const template = { type: 'http', config: { endpoints: [{ hosts: ['${url}'], auth: { token: '{{ env.TOKEN }}' } }] } };
  const own = { id: 'own', match: [{ names: ['own'] }], toolset: { name: 'own', template } };

  const cases: Readonly<Record<Code, Case>> = {
    ServiceTooLarge: {
      items: [
        service({
          name: 'large',
          labels: Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`k${index}`, 'x'.repeat(200)])),
        }),
      ],
      message:
        'its labels, selector, ports and owners have 27050 characters, counting 64 extra for each, and at most 16384 are read; remove labels that nothing needs',
    },
    NotChecked: { items: [prometheus()], message: `prometheus is ${unchecked}` },
    Ready: {
      items: [prometheus(), slice(prometheus(), { ready: 2 })],
      spec: readiness,
      message: 'prometheus has ready endpoints (2); http by default of Prometheus',
    },
    ReadyNotProbed: {
      items: [prometheus(), slice(prometheus(), { ready: 2 })],
      ...fromOutside,
      message:
        'prometheus has ready endpoints (2), and is not probed from outside the cluster; http by default of Prometheus',
    },
    ReadyNotReached: {
      items: [prometheus(), slice(prometheus())],
      ...fromOutside,
      prober: () => ({ healthy: false, ...probeReason('HostUnknown', { url: 'http://p' }) }),
      message:
        'prometheus has ready endpoints (1); from outside the cluster it does not answer at http://p: host not found in DNS; http by default of Prometheus',
    },
    ReadinessUnknown: {
      items: [server('p', {}, { type: 'ExternalName', externalName: 'p.example.com', clusterIP: '' })],
      spec: { ...readiness, trust: { namespaces: ['monitoring'] } },
      message: 'p is outside the cluster: its readiness is unknown; http by default of Prometheus',
    },
    AlreadyAdmitted: {
      ...admitted({ ready: 1 }),
      message: 'prometheus is in the ConfigMap already; http by default of Prometheus',
    },
    UnreadySinceUnknown: {
      ...admitted({ ready: 0, notReady: 1 }),
      message:
        'prometheus is in the ConfigMap already, and has been unready for an unknown time; http by default of Prometheus',
    },
    UnreadyRecently: {
      ...admitted({ ready: 0, notReady: 1, changedAt }, 599),
      message:
        'prometheus is in the ConfigMap already, and has been unready for 599 s: evictAfter is 10m; http by default of Prometheus',
    },

    SamePods: {
      items: [server('prometheus-two', { selector: { app: 'p' } }), server('prometheus', { selector: { app: 'p' } })],
      message: 'prometheus-two has the same pods as prometheus',
    },
    HeadlessTwin: {
      items: [
        server('p', { selector: { app: 'p' } }, { clusterIP: 'None' }),
        server('prometheus', { selector: { app: 'p' } }),
      ],
      message: 'p is headless and has the same pods as prometheus',
    },
    GoverningService: {
      items: [
        server('prometheus-operated', { selector: { 'app.kubernetes.io/name': 'p' } }, { clusterIP: 'None' }),
        server('prometheus', { selector: { prometheus: 'main' } }),
      ],
      message:
        'prometheus-operated covers all resources of its operator in the namespace, prometheus just one; to use it as a backend of its own, set the annotations kubernaut.io/toolset and kubernaut.io/toolset-name',
    },
    SameCluster: {
      items: ['logs-master', 'logs-data'].map((name) =>
        service({ name, ...component('opensearch', name), ports: [{ name: 'http', port: 9200 }] }),
      ),
      message: 'logs-master is another node group of the cluster behind logs-data',
    },
    SinglePod: {
      items: [
        server('p-0', { selector: { app: 'p', 'statefulset.kubernetes.io/pod-name': 'p-0' } }),
        server('prometheus', { selector: { app: 'p' } }),
      ],
      message: 'p-0 selects one of the pods of prometheus',
    },
    BehindEntryPoint: {
      items: [
        service({ name: 'mimir-query-frontend', ...component('mimir', 'query-frontend') }),
        service({ name: 'mimir-gateway', ...component('mimir', 'gateway') }),
      ],
      message:
        'mimir-query-frontend is behind mimir-gateway, the gateway of Mimir; to use it as a backend of its own, set the annotations kubernaut.io/toolset and kubernaut.io/toolset-name',
    },
    BehindOtherProduct: {
      items: [
        prometheus(),
        service({
          name: 'thanos-query',
          labels: component('thanos', 'query').labels!,
          ports: [{ name: 'http', port: 9090 }],
        }),
      ],
      message:
        'prometheus is behind thanos-query, which queries all Prometheus servers; to use it as a backend of its own, set the annotations kubernaut.io/toolset and kubernaut.io/toolset-name',
    },
    SingleBackend: {
      items: [prometheus('team'), prometheus()],
      spec: { health: { check: 'none' }, discovery: { instances: 'best' } },
      message: 'prometheus works too, but only one backend is used: monitoring/prometheus',
    },
    NameTaken: {
      items: [
        annotated({ [`${annotation}-name`]: 'a' }, server('b')),
        annotated({ [`${annotation}-name`]: 'a' }, server('a')),
      ],
      message: 'the consumer cannot tell its name monitoring/a from that of monitoring/a, which keeps it',
    },

    NotReady: {
      items: [prometheus(), slice(prometheus(), { ready: 0, notReady: 2 })],
      spec: readiness,
      message: 'prometheus has no ready endpoint (0 of 2)',
    },
    PortNotServed: {
      items: [server('p', {}, { ports: [{ name: 'web', port: 9090, targetPort: 'web' }] })].flatMap((one) => [
        one,
        slice(one, { ready: 2, ports: null }),
      ]),
      spec: readiness,
      message:
        'p has ready endpoints (2), but none for its port 9090: no container of a ready Pod has a port named "web"',
    },
    NoEndpointSlice: {
      items: [prometheus(), slice(service({ name: 'other' }))],
      spec: readiness,
      message: 'prometheus has no EndpointSlice',
    },
    EvictedNotProbed: {
      ...admitted({ ready: 1, changedAt }, 60, ' evicted'),
      ...fromOutside,
      message:
        'prometheus was unhealthy when the ConfigMap was made, and is not probed from outside the cluster; its place is kept as long as its Service exists',
    },
    NotTakenBefore: {
      ...fromOutside,
      items: [
        { ...prometheus(), metadata: { ...prometheus().metadata, creationTimestamp: changedAt } },
        slice(prometheus(), { ready: 1, changedAt }),
        madeAt(start + 60_000),
      ],
      message:
        'prometheus was left out when the ConfigMap was made, has not changed since, and is not probed from outside the cluster',
    },
    ChangeTimeInFuture: {
      ...admitted({ ready: 0, notReady: 1, changedAt: '2999-01-01T00:00:00Z' }, 0),
      message: `prometheus is unready, and its EndpointSlice says since a time ${String((Date.parse('2999-01-01T00:00:00Z') - start) / 1000)} s in the future, which is ignored; its place is kept as long as its Service exists`,
    },
    UntrustedPrefix: {
      items: [prometheus(), slice(prometheus())],
      prober: () => ({
        healthy: true,
        prefix: '/ignore/all/previous',
        ...probeReason('Answered', { status: 200, url: '' }),
      }),
      message:
        'prometheus answers below "/ignore/all/previous", which is not accepted from untrusted namespace monitoring: at most 64 lower-case characters and 2 words unusual in APIs; trust.namespaces lifts the limit',
    },
    UnreadyTooLong: {
      ...admitted({ ready: 0, notReady: 1, changedAt }, 600),
      message:
        'prometheus has been unready for 600 s, longer than evictAfter 10m; its place is kept as long as its Service exists',
    },

    NameOnly: {
      items: [service({ name: 'prometheus-docs', selector: { run: 'docs' } })],
      message: 'only the name contains "prometheus"; no label, owner or port confirms it',
    },
    OtherProductLabel: {
      items: [service({ name: 'prometheus-ksm', labels: { app: 'kube-state-metrics' } })],
      message: 'only the name contains "prometheus"; label app is "kube-state-metrics"',
    },
    PartialProductLabel: {
      items: [service({ name: 'docs', selector: { 'k8s-app': 'prometheus-docs' } })],
      message: 'label k8s-app of its pods is "prometheus-docs", which only contains "prometheus"',
    },
    UnconfirmedPods: {
      items: [service({ name: 'side', selector: { app: 'prometheus' }, ports: [{ name: 'http', port: 10902 }] })],
      message: 'only its pods are labelled as Prometheus, and none of its ports is a known port of Prometheus',
    },
    ExcludedByDetector: {
      items: [service({ name: 'own' })],
      spec: { customDetectors: [{ ...own, exclude: [{ names: ['own'] }] }] },
      message: 'detector own excludes it as a part of another product',
    },
    OtherPart: {
      items: [service({ name: 'loki-write', ...component('loki', 'write') })],
      message: 'component "write" is a part of Loki that does not answer queries',
    },
    UnknownPart: {
      items: [service({ name: 'loki-other', ...component('loki', 'other') })],
      message: 'component "other" is not a known entry point of Loki',
    },
    NoQueryPort: {
      items: [server('p', { ports: [{ name: 'grpc', port: 10901 }] })],
      message:
        'monitoring/p has no TCP port on which Prometheus answers queries; if one of them does, set the annotations kubernaut.io/toolset and kubernaut.io/toolset-endpoint',
    },
    NeedsProof: {
      items: [
        service({
          name: 'tempo-mt-gateway',
          labels: {
            'app.kubernetes.io/name': 'tempo',
            'app.kubernetes.io/component': 'gateway',
            'app.kubernetes.io/managed-by': 'tempo-operator',
          },
          ports: [{ name: 'public', port: 8080 }],
        }),
      ],
      message: 'only its custom resource says where gateway of Tempo answers, and it was not read',
    },
    NoQueriesByEvidence: {
      items: [
        service({
          name: 'store',
          labels: { 'app.kubernetes.io/name': 'thanos-query' },
          ports: [{ name: 'http', port: 10902 }],
        }),
        pod({
          labels: { app: 'store' },
          image: 'quay.io/thanos/thanos:v0.40',
          args: ['store'],
          ports: [{ containerPort: 10902 }],
        }),
      ],
      spec: readiness,
      message: 'according to a Pod with image thanos, it is a part that answers no queries',
    },
    NotProved: {
      items: [
        service({ name: 'metrics-api', ports: [{ name: 'web', port: 9090 }], selector: { team: 'a' } }),
        pod({ name: 'metrics-api-0', labels: { team: 'a' }, image: 'nginx' }),
      ],
      spec: readiness,
      message: 'only port 9090 is one of Prometheus; no name, label or owner confirms it; a Pod did not prove it',
    },

    OptedOut: {
      items: [annotated({ [annotation]: 'false' })],
      message: 'annotation kubernaut.io/toolset opts out',
    },
    ToolsetAnnotationInvalid: {
      items: [annotated({ [annotation]: 'yes' })],
      message: 'invalid annotation kubernaut.io/toolset "yes": expected "true", "enabled" or "false"',
    },
    ToolsetAnnotationMissing: {
      items: [{ ...service(), metadata: { ...service().metadata, annotations: { [`${annotation}-type`]: 'wiki' } } }],
      message: 'annotation kubernaut.io/toolset-type has no effect without kubernaut.io/toolset: "true"',
    },
    AnnotationUnsafe: {
      items: [annotated({ [`${annotation}-name`]: '{{ x }}' })],
      message:
        'invalid annotation kubernaut.io/toolset-name "{{ x }}": expected at most 253 printable ASCII characters without braces',
    },
    TypeMissing: {
      items: [annotated({}, service())],
      message: 'annotation kubernaut.io/toolset-type is missing, and nothing else identifies the product',
    },
    NameInvalid: {
      items: [annotated({ [`${annotation}-name`]: 'A' })],
      message: 'invalid annotation kubernaut.io/toolset-name "A": expected lower case letters, digits and -',
    },
    NameTooLong: {
      items: [annotated({ [`${annotation}-type`]: 'wiki', [`${annotation}-name`]: 'x'.repeat(50) }, service())],
      message: `invalid annotation kubernaut.io/toolset-name: expected a shorter one: models limit tool names to 64 characters, and toolset "custom/monitoring/${'x'.repeat(50)}" has more than 56`,
    },
    PortUnknown: {
      items: [
        annotated(
          { [`${annotation}-type`]: 'wiki' },
          service({
            ports: [
              { name: 'a', port: 1 },
              { name: 'b', port: 2 },
            ],
          }),
        ),
      ],
      message:
        'no TCP port of monitoring/web is known to be the right one; name it in annotation kubernaut.io/toolset-endpoint',
    },
    HealthPathInvalid: {
      items: [annotated({ 'kubernaut.io/health-endpoint': 'up' })],
      message:
        'invalid annotation kubernaut.io/health-endpoint "up": expected a path such as /-/ready, without a query, .. or %',
    },
    EndpointInvalid: {
      ...endpoint('//prometheus'),
      message:
        'invalid annotation kubernaut.io/toolset-endpoint "//prometheus": expected a URL with a DNS name or an address as its host',
    },
    EndpointSchemeInvalid: {
      ...endpoint('ftp://prometheus.monitoring.svc'),
      message: 'invalid annotation kubernaut.io/toolset-endpoint: expected http or https, not "ftp"',
    },
    EndpointHasCredential: {
      ...endpoint('http://user:SECRET@prometheus.monitoring.svc'),
      message: 'invalid annotation kubernaut.io/toolset-endpoint: expected a URL without a credential',
    },
    EndpointHasQuery: {
      ...endpoint('http://prometheus.monitoring.svc?a=b'),
      message: 'invalid annotation kubernaut.io/toolset-endpoint: expected a URL without a query or fragment',
    },
    EndpointPathInvalid: {
      ...endpoint('http://prometheus.monitoring.svc/a/../b'),
      message:
        'invalid annotation kubernaut.io/toolset-endpoint "http://prometheus.monitoring.svc/a/../b": expected a path of letters, digits and -._~:, without .., // or %',
    },
    EndpointOnOtherHost: {
      ...endpoint('http://example.com'),
      message:
        'annotation kubernaut.io/toolset-endpoint is on another host than the Service: "example.com"; trust.foreignEndpoints allows it',
    },
    EndpointLocal: {
      ...endpoint('http://127.0.0.1', true),
      message: 'annotation kubernaut.io/toolset-endpoint is a local address: "127.0.0.1"',
    },

    TenantInvalid: {
      items: [annotated({ [`${annotation}-tenant`]: 'a|b' })],
      message:
        'invalid annotation kubernaut.io/toolset-tenant "a|b": expected at most 63 letters, digits and ._-, starting with a letter or digit; for VictoriaLogs account:project or account, numbers up to 4294967295',
    },
    TenantElsewhere: {
      items: [
        annotated(
          { [`${annotation}-tenant`]: 'a' },
          server('p', {}, { type: 'ExternalName', externalName: 'p.example.com', clusterIP: '' }),
        ),
      ],
      spec: { trust: { foreignEndpoints: true } },
      message:
        'annotation kubernaut.io/toolset-tenant applies to an API on another host: namespace monitoring must be in trust.namespaces',
    },
    ToolsetUnsupported: {
      items: [service({ name: 'redis', labels: { app: 'redis' }, ports: [{ port: 6379 }] })],
      spec: { detectors: { redis: { enabled: true } } },
      message: 'HolmesGPT 0.45 has no toolset for Redis',
    },
    ToolsetBuiltIn: {
      items: [service({ name: 'bash' })],
      spec: { customDetectors: [{ id: 'own', match: [{ names: ['*'] }], toolset: { name: '${name}', template: {} } }] },
      message: 'with its name filled in, the toolset of detector own is bash, which is built into HolmesGPT 0.45',
    },
    DetectorOff: {
      items: [prometheus()],
      spec: { detectors: { prometheus: { enabled: false } } },
      message: 'detector prometheus is off: detectors.prometheus.enabled switches it on',
    },

    NamespaceNotIncluded: {
      items: [prometheus()],
      spec: { discovery: { namespaces: { include: ['team-*'] } } },
      message: 'namespace monitoring is not in discovery.namespaces.include',
    },
    NamespaceExcluded: {
      items: [prometheus()],
      spec: { discovery: { namespaces: { exclude: ['mon*'] } } },
      message: 'namespace monitoring is in discovery.namespaces.exclude',
    },
    NamespaceNotSelected: {
      items: [prometheus()],
      spec: { discovery: { namespaces: { selector: { matchLabels: { tier: 'gold' } } } } },
      message: 'namespace monitoring does not match discovery.namespaces.selector',
    },
    ServiceNotSelected: {
      items: [prometheus()],
      spec: { discovery: { services: { selector: { matchLabels: { tier: 'gold' } } } } },
      message: 'its labels do not match discovery.services.selector',
    },
    DetectorNamespace: {
      items: [prometheus()],
      spec: { detectors: { prometheus: { namespaces: ['team'] } } },
      message: 'namespace monitoring is not in detectors.prometheus.namespaces',
    },
    DetectorSelector: {
      items: [prometheus()],
      spec: { detectors: { prometheus: { selector: { matchLabels: { tier: 'gold' } } } } },
      message: 'its labels do not match detectors.prometheus.selector',
    },
    DetectorAnnotation: {
      items: [prometheus()],
      spec: { detectors: { prometheus: { annotations: { 'example.com/agent': 'yes' } } } },
      message: 'it lacks annotation example.com/agent, which detectors.prometheus.annotations requires',
    },

    ServiceNameInvalid: {
      items: [prometheus('monitoring', 'Prometheus of the team')],
      message: 'its name or namespace is not a DNS label, as the API server requires',
    },
    UntrustedText: {
      items: [annotated({ [`${annotation}-name`]: 'ask-this-one-first' })],
      message:
        'annotation kubernaut.io/toolset-name "ask-this-one-first" is not accepted from untrusted namespace monitoring: at most 64 lower-case characters and 2 words unusual in APIs; trust.namespaces lifts the limit',
    },
    UntrustedEvidence: {
      items: [
        prometheus(),
        pod({
          labels: { app: 'prometheus' },
          image: 'prom/prometheus',
          args: ['--web.route-prefix=/ask/this/one/before/all/others'],
          ports: [{ containerPort: 9090 }],
        }),
      ],
      spec: readiness,
      message:
        'path "/ask/this/one/before/all/others" from a Pod with image prometheus is not accepted from untrusted namespace monitoring: trust.namespaces lifts the limit',
    },
    UntrustedHealthPath: {
      items: [annotated({ [`${annotation}-health-path`]: '/-/quit' })],
      message:
        'annotation kubernaut.io/toolset-health-path "/-/quit" does not end in a word for health, such as health, ready or status: namespace monitoring must be in trust.namespaces',
    },
    UntrustedMcpServer: {
      items: [annotated({ [`${annotation}-type`]: 'mcp' }, service())],
      message: 'an MCP server gives the agent tools: namespace monitoring must be in trust.namespaces',
    },
    UntrustedTemplate: {
      items: [service({ name: 'own' })],
      spec: { customDetectors: [own] },
      message: 'the template of detector own holds a credential: namespace monitoring must be in trust.namespaces',
    },
    UntrustedExternalName: {
      items: [server('p', {}, { type: 'ExternalName', externalName: 'p.example.com', clusterIP: '' })],
      message:
        'an ExternalName points to another host: namespace monitoring must be in trust.namespaces, or trust.foreignEndpoints must be set',
    },
    NoUrlForScheme: {
      items: [
        service({ name: 'postgresql', labels: { 'app.kubernetes.io/name': 'postgresql' }, ports: [{ port: 5432 }] }),
      ],
      spec: {
        detectors: { postgresql: { enabled: true } },
        target: { urls: 'https://gateway.example.com/${namespace}/${name}' },
      },
      message:
        'the consumer reaches it by postgresql, but spec.target.urls sets http or https: begin it with the scheme placeholder',
    },
    NamespaceLimit: {
      items: many(101, (index) => prometheus('team', `p-${numbered(100 - index)}`)),
      spec: outside,
      message: 'more than 100 Services of namespace team look like backends; trust.namespaces lifts the limit',
    },
    UntrustedLimit: {
      items: many(401, (index) => prometheus(`team-${numbered(400 - index)}`)),
      spec: outside,
      message:
        'the 401 namespaces not in trust.namespaces share a limit of 400 backends, and team-400 has used its share',
    },

    PortOnly: {
      items: [service({ name: 'api', ports: [{ port: 9090 }] })],
      message: 'only port 9090 is one of Prometheus; no name, label or owner confirms it',
    },
    NoEvidence: { items: [service()], message: 'nothing points at a known product' },
  };

  for (const [reason, { message, spec = {}, ...fixture }] of Object.entries(cases)) {
    it(`reports ${reason} with its message`, async () => {
      const health = { check: fixture.prober ? 'http' : 'none' };
      const { decisions } = await discoverFixture({ ...fixture, spec: { health, ...spec } });

      const { namespace, name } = fixture.items[0]!.metadata;
      const found = decisions.find(({ service: one }) => one.namespace === namespace && one.name === name);
      expect(found?.reason).to.equal(reason);
      expect(found?.message).to.equal(message);
      expect(verdictsOf(reason)).to.deep.equal([found?.decision]);
    });
  }

  it('assigns each reason code to exactly one verdict', () => {
    for (const reason of Object.keys(reasons)) expect(verdictsOf(reason), reason).to.have.length(1);
  });

  function verdictsOf(reason: string): Verdict[] {
    const verdicts = Object.keys(reasonsByVerdict) as Verdict[];
    return verdicts.filter((verdict) => Object.hasOwn(reasonsByVerdict[verdict], reason));
  }
});
