import { expect } from 'chai';
import { parse } from 'yaml';
import { customResources, detectors } from '../../detectors/index.ts';
import type { BackendFacts, CustomResource, Pattern } from '../../detectors/types.ts';
import { fieldValues, objectOf } from '../../plugin/cluster/evidence-projections.ts';
import { keptKeys, namedKeys } from '../../plugin/discovery/kept-keys.ts';

/** What the resource of that kind says at an entry point, read as the API server gives it. */
function factsOf(kind: string, spec: string, entryPoint = 'server'): BackendFacts | null {
  const [group, name = ''] = kind.includes('/') ? kind.split('/') : [undefined, kind];
  const type = customResources.find((one) => one.kind === name && (group === undefined || one.group === group))!;
  return type.facts(fieldValues({ spec: parse(spec) as unknown }, type), entryPoint);
}

/** Of each kind: what its spec says, at which entry point. */
const cases: Readonly<
  Record<string, readonly (readonly [title: string, spec: string, facts: BackendFacts | null, entryPoint?: string])[]>
> = {
  Prometheus: [
    ['no relevant field', 'replicas: 2', { prefix: '', scheme: 'http' }],
    ['a route prefix', 'routePrefix: /prometheus', { prefix: '/prometheus', scheme: 'http' }],
    ['a route prefix with a trailing slash', 'routePrefix: /a/b/', { prefix: '/a/b', scheme: 'http' }],
    // The operator gives the program the route prefix `/` then.
    ['only an external URL', 'externalUrl: https://mon.example.com/prometheus', { prefix: '', scheme: 'http' }],
    [
      'TLS',
      'web: {tlsConfig: {cert: {secret: {name: tls, key: tls.crt}}, keySecret: {name: tls, key: tls.key}}}',
      { prefix: '', scheme: 'https' },
    ],
    ['listenLocal', 'listenLocal: true', { isLocal: true }],
  ],
  Alertmanager: [
    ['a route prefix', 'routePrefix: /alertmanager', { prefix: '/alertmanager', scheme: 'http' }],
    ['listenLocal', '{listenLocal: true, routePrefix: /x}', { isLocal: true }],
  ],
  VMAlertmanager: [
    [
      'a route prefix and TLS',
      '{routePrefix: /am, webConfig: {tls_server_config: {cert_file: /tls/tls.crt}}}',
      { prefix: '/am', scheme: 'https' },
    ],
  ],
  ThanosRuler: [['only query endpoints', 'queryEndpoints: ["dnssrv+_http._tcp.thanos-query"]', null]],
  'grafana.integreatly.org/Grafana': [
    ['no relevant field', 'config: {log: {mode: console}}', { prefix: '', scheme: 'http' }],
    ['https', 'config: {server: {protocol: https}}', { prefix: '', scheme: 'https' }],
    ['HTTP/2, which is TLS', 'config: {server: {protocol: h2}}', { prefix: '', scheme: 'https' }],
    [
      'a sub path that it serves from',
      'config: {server: {root_url: "https://example.com/grafana/", serve_from_sub_path: "true"}}',
      { prefix: '/grafana', scheme: 'http' },
    ],
    [
      'a sub path behind grafana.ini variables',
      'config: {server: {root_url: "%(protocol)s://%(domain)s:%(http_port)s/grafana/", serve_from_sub_path: "true"}}',
      { prefix: '/grafana', scheme: 'http' },
    ],
    [
      'a sub path that a proxy strips',
      'config: {server: {root_url: "https://example.com/grafana/"}}',
      { prefix: '', scheme: 'http' },
    ],
    [
      'a root URL without a readable path',
      'config: {server: {root_url: "${ROOT}", serve_from_sub_path: "true"}}',
      { scheme: 'http' },
    ],
  ],
  'integreatly.org/Grafana': [
    ['https', 'config: {server: {protocol: https, serve_from_sub_path: false}}', { prefix: '', scheme: 'https' }],
  ],
  LokiStack: [
    ['no tenancy mode', 'size: 1x.small', { path: '/api/logs/v1/application', needsCredential: true }, 'gateway'],
    [
      'OpenShift logging tenants',
      'tenants: {mode: openshift-logging}',
      { path: '/api/logs/v1/application', needsCredential: true },
      'gateway',
    ],
    [
      'OpenShift network tenants',
      'tenants: {mode: openshift-network}',
      { path: '/api/logs/v1/network', needsCredential: true },
      'gateway',
    ],
    [
      'static tenants',
      'tenants: {mode: static, authentication: [{tenantName: team-a, tenantId: a1}, {tenantName: team-b, tenantId: b1}]}',
      { path: '/api/logs/v1/team-a', needsCredential: true },
      'gateway',
    ],
    [
      'a gateway certificate',
      'tenants: {mode: dynamic, authentication: [{tenantName: a}], gateway: {tls: {certName: gw}}}',
      { path: '/api/logs/v1/a', needsCredential: true, scheme: 'https' },
      'gateway',
    ],
    ['no tenant', 'tenants: {mode: static}', null, 'gateway'],
    ['an invalid tenant name', 'tenants: {mode: static, authentication: [{tenantName: ../admin}]}', null, 'gateway'],
    ['passthrough tenancy', 'tenants: {mode: passthrough}', { path: '' }, 'gateway'],
    ['tenants', 'tenants: {mode: openshift-logging}', { prefix: '' }, 'query-frontend'],
  ],
  TempoStack: [
    [
      'tenants',
      '{template: {gateway: {enabled: true}}, tenants: {mode: static, authentication: [{tenantName: dev, tenantId: "1"}, {tenantName: prod, tenantId: "2"}]}}',
      { path: '/api/traces/v1/dev/tempo', needsCredential: true },
      'gateway',
    ],
    ['no tenant', 'template: {gateway: {enabled: true}}', null, 'gateway'],
    ['no gateway', 'tenants: {authentication: [{tenantName: dev}]}', null, 'gateway'],
    ['no relevant field', 'storageSize: 1Gi', { prefix: '' }, 'query-frontend'],
  ],
  TempoMonolithic: [
    [
      'tenants',
      'multitenancy: {enabled: true, mode: openshift, authentication: [{tenantName: dev, tenantId: "1"}]}',
      { path: '/api/traces/v1/dev/tempo', needsCredential: true },
      'gateway',
    ],
    ['no relevant field', 'jaegerui: {enabled: true}', { prefix: '' }, 'single binary'],
  ],
  VMSingle: [
    ['no relevant field', 'retentionPeriod: "1"', { prefix: '', scheme: 'http' }],
    [
      'extra arguments',
      'extraArgs: {http.pathPrefix: /vm, tls: "true", tlsCertFile: /tls/tls.crt}',
      { prefix: '/vm', scheme: 'https' },
    ],
  ],
  VMCluster: [
    [
      'extra arguments of vmselect',
      '{vmselect: {extraArgs: {http.pathPrefix: /vm}}, vminsert: {extraArgs: {tls: "true"}}}',
      { prefix: '/vm', scheme: 'http' },
    ],
    [
      'a load balancer in front',
      '{vmselect: {extraArgs: {http.pathPrefix: /vm, tls: "true"}}, requestsLoadBalancer: {enabled: true}}',
      { prefix: '/vm', scheme: 'http' },
    ],
    [
      'a load balancer with TLS',
      'requestsLoadBalancer: {enabled: true, spec: {extraArgs: {tls: "true"}}}',
      { prefix: '', scheme: 'https' },
    ],
  ],
  VLSingle: [['extra arguments', 'extraArgs: {http.pathPrefix: /logs/}', { prefix: '/logs', scheme: 'http' }]],
  VLogs: [['extra arguments', 'extraArgs: {tls: "true"}', { prefix: '', scheme: 'https' }]],
  VLCluster: [['extra arguments', 'vlselect: {extraArgs: {http.pathPrefix: /l}}', { prefix: '/l', scheme: 'http' }]],
  VTSingle: [['extra arguments', 'extraArgs: {http.pathPrefix: /t}', { prefix: '/t', scheme: 'http' }]],
  VTCluster: [['extra arguments', 'select: {extraArgs: {http.pathPrefix: /t}}', { prefix: '/t', scheme: 'http' }]],
  Jaeger: [
    ['no relevant field', 'strategy: allInOne', { prefix: '' }],
    ['a base path option', 'allInOne: {options: {query.base-path: /jaeger}}', { prefix: '/jaeger' }],
    ['nested options', 'allInOne: {options: {query: {base-path: /jaeger}}}', { prefix: '/jaeger' }],
    [
      'options of the program that its strategy runs',
      '{strategy: production, allInOne: {options: {query.base-path: /a}}, query: {options: {query.base-path: /q}}}',
      { prefix: '/q' },
    ],
    ['an OAuth proxy in front', 'ingress: {security: oauth-proxy}', { prefix: '', needsCredential: true }],
  ],
  OpenTelemetryCollector: [
    [
      'Jaeger below a base path',
      'config: {extensions: {jaeger_query: {storage: {traces: some}, base_path: /jaeger}}}',
      { prefix: '/jaeger', scheme: 'http' },
    ],
    [
      'Jaeger with TLS',
      'config: {extensions: {jaeger_query: {storage: {traces: some}, http: {tls: {cert_file: /tls/tls.crt}}}}}',
      { prefix: '', scheme: 'https' },
    ],
    ['no Jaeger', 'config: {extensions: {health_check: {}}}', null],
  ],
  Elasticsearch: [
    ['no relevant field', 'version: 9.1.0', { prefix: '', scheme: 'https' }],
    [
      'the self-signed certificate disabled',
      'http: {tls: {selfSignedCertificate: {disabled: true}}}',
      { prefix: '', scheme: 'http' },
    ],
    [
      'its own certificate',
      'http: {tls: {selfSignedCertificate: {disabled: true}, certificate: {secretName: own}}}',
      { prefix: '', scheme: 'https' },
    ],
  ],
  'opensearch.org/OpenSearchCluster': [
    ['no relevant field', 'general: {version: 3.0.0}', { prefix: '' }],
    ['generated certificates', 'security: {tls: {http: {generate: true}}}', { prefix: '', scheme: 'https' }],
    ['TLS disabled', 'security: {tls: {http: {enabled: false, generate: true}}}', { prefix: '', scheme: 'http' }],
    [
      'TLS disabled by additionalConfig',
      '{security: {tls: {http: {generate: true}}}, general: {additionalConfig: {plugins.security.ssl.http.enabled: "false"}}}',
      { prefix: '', scheme: 'http' },
    ],
    [
      'the security plugin disabled by additionalConfig',
      'general: {additionalConfig: {plugins.security.disabled: "true"}}',
      { prefix: '', scheme: 'http' },
    ],
  ],
  'opensearch.opster.io/OpenSearchCluster': [
    [
      'generated certificates',
      'security: {tls: {http: {generate: true}, transport: {generate: true}}}',
      { prefix: '', scheme: 'https' },
    ],
  ],
};

describe('detectors/custom-resources', () => {
  for (const [kind, own] of Object.entries(cases)) {
    for (const [title, spec, facts, entryPoint] of own) {
      it(`reads ${kind} with ${title}${entryPoint === undefined ? '' : ` at ${entryPoint}`}`, () => {
        expect(factsOf(kind, spec, entryPoint)).to.deep.equal(facts);
      });
    }
  }

  it('has a test case for every kind', () => {
    const named = customResources.map(({ group, kind }) => [kind, `${group}/${kind}`]);

    expect(named.filter((names) => !names.some((name) => Object.hasOwn(cases, name)))).to.deep.equal([]);
  });

  for (const type of customResources) {
    describe(`${type.kind}.${type.group}`, () => {
      const owners = detectors.filter(({ resources = [] }) => resources.includes(type));

      it('has a valid kind, resource, group, versions and source', () => {
        expect(type.kind).to.match(/^[A-Z][A-Za-z]+$/);
        expect(type.resource).to.match(/^[a-z]+$/);
        expect(type.group).to.match(/^[a-z0-9]+(\.[a-z0-9]+)+$/);
        expect(type.versions).to.not.be.empty;
        for (const version of type.versions) expect(version).to.match(/^v[1-9]\d*((alpha|beta)[1-9]\d*)?$/);
        expect(URL.canParse(type.source)).to.equal(true);
      });

      it('reads the same values back from a recording', () => {
        for (const values of samplesOf(type)) {
          expect(fieldValues(objectOf(values, type), type)).to.deep.equal(values);
        }
      });

      it('returns paths with a leading and no trailing slash, and reads every field that it declares', () => {
        const read = new Set<string>();
        for (const values of samplesOf(type)) {
          for (const entryPoint of owners.flatMap(({ entryPoints }) => entryPoints)) {
            const watched = new Proxy(values, {
              get: (target, key) => (read.add(String(key)), Reflect.get(target, key) as unknown),
            });
            const facts = type.facts(watched, entryPoint.name);
            for (const path of [facts?.path, facts?.prefix]) expect(path ?? '').to.match(/^(\/[\w.~-]+)*$/);
          }
        }
        expect([...read]).to.include.members(Object.keys(type.fields));
      });

      it('passes the prefilter of its detectors when it owns a Service', () => {
        const owner = `${type.kind}.${type.group}`.toLowerCase();

        expect(owners).to.not.be.empty;
        for (const { id, words } of owners)
          expect(
            words.some((word) => owner.includes(word)),
            id,
          ).to.equal(true);
      });

      it('is named by a selector or by labels that are kept of a Service', () => {
        const { labels } = keptKeys(detectors, namedKeys([]));
        const keys = type.namedBy.flatMap(({ label, when }) => [
          ...(label === undefined ? [] : [label]),
          ...Object.keys(when?.labels ?? {}),
        ]);

        expect(keys.filter((key) => !labels.has(key))).to.deep.equal([]);
        expect(
          type.namedBy.filter(({ label, selector }) => (label === undefined) === (selector === undefined)),
        ).to.deep.equal([]);
      });
    });
  }

  it('lists each kind and resource of a group once', () => {
    const names = customResources.map(({ kind, group, resource }) => [`${kind}.${group}`, `${resource}.${group}`]);

    expect(new Set(names.flat())).to.have.length(2 * names.length);
  });
});

/** Values of each type, by themselves and together, so that every branch is taken. */
function samplesOf({ fields }: CustomResource): ReturnType<typeof fieldValues>[] {
  const names = Object.keys(fields);
  return Array.from({ length: 1 << names.length }, (_, bits) =>
    Object.fromEntries(names.flatMap((name, index) => (bits & (1 << index) ? [[name, sample(fields[name]!.as)]] : []))),
  ).filter((values) => !hasInnerWithoutOuter(values, fields));
}

/** What is inside of a map is not there without it. */
function hasInnerWithoutOuter(values: object, fields: CustomResource['fields']): boolean {
  const present = (name: string): boolean => Object.hasOwn(values, name);
  return Object.entries(fields).some(
    ([outer, { at, as }]) =>
      as === 'presence' &&
      !present(outer) &&
      Object.entries(fields).some(
        ([inner, field]) => inner !== outer && present(inner) && at.every((key, index) => field.at[index] === key),
      ),
  );
}

function sample(type: CustomResource['fields'][string]['as']): string | number | boolean | readonly string[] {
  const samples = {
    path: '/a/b',
    'url path': '/c',
    presence: true,
    flag: true,
    port: 9090,
    word: 'production',
    words: 'first,second',
    names: ['team-a', 'team-b'],
  } as const;
  return samples[type];
}

describe('detectors: pod patterns', () => {
  for (const { id, pods, scheme, entryPoints } of detectors) {
    if (pods === undefined) continue;
    it(`of ${id} have well-formed image names, flags and paths`, () => {
      for (const image of listed(pods.images)) expect(image).to.match(/^[a-z0-9][a-z0-9-]*\*?$/);
      const { pathFlags = [], urlFlags = [], ownPathFlags = [], tlsFlags = [], part, features } = pods;
      const flags = [
        ...pathFlags,
        ...urlFlags,
        ...ownPathFlags,
        ...tlsFlags,
        ...[part, features].flatMap((one) => one?.flag ?? []),
      ];
      for (const flag of flags) expect(flag).to.match(/^[a-z][A-Za-z.-]+$/);
      expect(new Set(flags)).to.have.length(flags.length);
      for (const path of pods.readiness ?? []) expect(path).to.match(/^(\/[\w.~-]+)+$/);
      expect(ownPathFlags.length === 0 || entryPoints.some(({ path }) => path !== undefined)).to.equal(true);
      if (!['http', 'https'].includes(scheme)) expect(Object.keys(pods)).to.deep.equal(['images']);
    });
  }

  it('exist for every product', () => {
    expect(detectors.filter(({ pods }) => pods === undefined).map(({ id }) => id)).to.deep.equal([]);
  });

  it('share no image with another product', () => {
    const owners = detectors.flatMap(({ id, pods }) => listed(pods?.images ?? []).map((image) => [image, id] as const));

    expect(new Map(owners)).to.have.length(owners.length);
  });
});

function listed(pattern: Pattern): readonly string[] {
  return [pattern].flat();
}
