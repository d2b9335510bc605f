import { expect } from 'chai';
import { custom, mcp } from '../../../../detectors/annotated.ts';
import { detectors } from '../../../../detectors/index.ts';
import type { CredentialPolicy } from '../../../../plugin/consumers/consumer.ts';
import { holmesgpt } from '../../../../plugin/consumers/holmesgpt/index.ts';
import type { Candidate } from '../../../../plugin/discovery/decision.ts';
import type { DataMap } from '../../../../plugin/lib/json.ts';
import type { CredentialRule } from '../../../../plugin/settings/schema/credentials.ts';
import { candidate } from '../../../support/candidate.ts';

const access: CredentialPolicy = {
  credentials: {},
  isTrusted: () => true,
  certificates: 'public',
  clusterDomain: 'cluster.local',
};

/** A backend of a toolset, at a Service `obs/NAME`. */
function backend(
  toolset: string,
  name = 'web',
  at: Partial<Candidate['endpoint']> = {},
  change: Partial<Candidate> = {},
): Candidate {
  const detector = detectors.find((one) => one.toolset === toolset) ?? (toolset.startsWith('mcp/') ? mcp : custom);
  const endpoint = { scheme: 'http', port: 80, path: '', schemeFrom: 'default of X', ...at } as const;
  return candidate(`obs/${name}`, {
    toolset,
    detector,
    entryPoint: { name: 'server' },
    endpoint: { host: `${name}.obs.svc.cluster.local`, ...endpoint },
    ...change,
  });
}

const url = 'http://web.obs.svc.cluster.local:80';
const [https, certificate] = [
  { scheme: 'https', port: 443 },
  'serves https with a certificate that HolmesGPT does not trust',
] as const;

/** One of several credentials of a toolset, as the settings have it. */
function ruleFor(
  services: Partial<CredentialRule['services']>,
  config: CredentialRule['config'],
  instances = ['*'],
): CredentialRule {
  const every = { namespaces: ['*'], names: ['*'], selector: { matchLabels: {}, matchExpressions: [] } };
  return { services: { ...every, ...services }, instances, config };
}

interface Said {
  readonly toolsets: DataMap;
  readonly servers: DataMap;
  readonly unusable: readonly string[];
}

function generate(admitted: readonly Candidate[], version = '0.45', policy: Partial<CredentialPolicy> = {}): Said {
  const { file, unusable } = holmesgpt(version).generate(admitted, { ...access, ...policy });
  const { 'kubernetes/core': core, ...toolsets } = file.toolsets;
  expect(core).to.deep.equal({ enabled: true });
  return { toolsets, servers: file.mcp_servers, unusable: unusable.map(({ code, message }) => `${code} ${message}`) };
}

describe('plugin/consumers/holmesgpt/generate', () => {
  it('prints only kubernetes/core for an empty cluster', () => {
    expect(generate([])).to.deep.equal({ toolsets: {}, servers: {}, unusable: [] });
  });

  const [user, reference] = ['{{ env.USER }}', '{{ env.SECRET }}'];
  const entries: readonly {
    readonly title: string;
    readonly of: readonly Candidate[];
    readonly version?: string;
    readonly credentials?: CredentialPolicy['credentials'];
    readonly entries: DataMap;
  }[] = [
    {
      title: 'one backend',
      of: [backend('prometheus/metrics')],
      entries: { 'prometheus/metrics': { enabled: true, config: { prometheus_url: url } } },
    },
    {
      title: 'several backends as named instances',
      of: [backend('prometheus/metrics'), backend('prometheus/metrics', 'two', {}, { instance: 'obs/main' })],
      entries: {
        'prometheus/metrics': {
          enabled: true,
          config: {
            instances: [
              { name: 'obs/web', prometheus_url: url },
              { name: 'obs/main', prometheus_url: 'http://two.obs.svc.cluster.local:80' },
            ],
          },
        },
      },
    },
    {
      title: 'the current key of a URL',
      of: [backend('grafana/loki')],
      entries: { 'grafana/loki': { enabled: true, config: { api_url: url } } },
    },
    {
      title: 'the key of a URL before 0.20',
      of: [backend('grafana/loki')],
      version: '0.19',
      entries: { 'grafana/loki': { enabled: true, config: { url } } },
    },
    {
      title: 'the key of a URL in 0.20',
      of: [backend('grafana/loki')],
      version: '0.20',
      entries: { 'grafana/loki': { enabled: true, config: { api_url: url } } },
    },
    {
      title: 'the headers that a query needs',
      of: [backend('grafana/loki', 'web', {}, { entryPoint: { name: 'read', headers: { 'X-Scope-OrgID': 'a' } } })],
      entries: {
        'grafana/loki': { enabled: true, config: { api_url: url, additional_headers: { 'X-Scope-OrgID': 'a' } } },
      },
    },
    {
      title: 'headers before 0.20',
      of: [backend('grafana/loki', 'web', {}, { entryPoint: { name: 'read', headers: { 'X-Scope-OrgID': 'a' } } })],
      version: '0.19',
      entries: { 'grafana/loki': { enabled: true, config: { url, headers: { 'X-Scope-OrgID': 'a' } } } },
    },
    {
      title: "a health check for a backend that only implements Prometheus's API, before 0.18",
      of: [backend('prometheus/metrics', 'web', { path: '/prometheus' })],
      version: '0.17',
      entries: {
        'prometheus/metrics': {
          enabled: true,
          config: { prometheus_url: `${url}/prometheus`, healthcheck: 'api/v1/query?query=up' },
        },
      },
    },
    {
      title: 'no health check for Prometheus itself',
      of: [backend('prometheus/metrics')],
      version: '0.17',
      entries: { 'prometheus/metrics': { enabled: true, config: { prometheus_url: url } } },
    },
    {
      title: 'no health check from 0.18 on',
      of: [backend('prometheus/metrics', 'web', { path: '/p' })],
      version: '0.18',
      entries: { 'prometheus/metrics': { enabled: true, config: { prometheus_url: `${url}/p` } } },
    },
    {
      title: 'no health check for another toolset',
      of: [backend('grafana/loki', 'web', { path: '/p' })],
      version: '0.17',
      entries: { 'grafana/loki': { enabled: true, config: { url: `${url}/p` } } },
    },
    {
      title: 'both toolsets of Elasticsearch',
      of: [backend('elasticsearch/data')],
      entries: {
        'elasticsearch/data': { enabled: true, config: { api_url: url } },
        'elasticsearch/cluster': { enabled: true, config: { api_url: url } },
      },
    },
    {
      title: 'an HTTP API with its paths and a health check',
      of: [backend('jaeger/tracing', 'web', { path: '/jaeger' })],
      entries: {
        'jaeger/tracing': {
          enabled: true,
          description: 'Jaeger: traces of this cluster (obs/web)',
          type: 'http',
          config: {
            endpoints: [
              {
                hosts: [url],
                paths: ['/jaeger/api/*'],
                methods: ['GET'],
                health_check_url: `${url}/jaeger/api/services`,
              },
            ],
          },
        },
      },
    },
    {
      title: 'several backends of an HTTP API without a health check, as one could fail for all',
      of: [backend('jaeger/tracing'), backend('jaeger/tracing', 'two')],
      entries: {
        'jaeger/tracing': {
          enabled: true,
          description: 'Jaeger: traces of this cluster (obs/web, obs/two)',
          type: 'http',
          config: {
            endpoints: [
              { hosts: [url], paths: ['/api/*'], methods: ['GET'] },
              { hosts: ['http://two.obs.svc.cluster.local:80'], paths: ['/api/*'], methods: ['GET'] },
            ],
          },
        },
      },
    },
    {
      title: 'Kafka as a list of clusters',
      of: [backend('kafka/admin', 'web', { port: 9092 })],
      credentials: { 'kafka/admin': { username: user } },
      entries: {
        'kafka/admin': {
          enabled: true,
          config: { clusters: [{ name: 'obs/web', broker: 'web.obs.svc.cluster.local:9092', username: user }] },
        },
      },
    },
    {
      title: 'Kafka with the key names from before 0.20',
      of: [backend('kafka/admin', 'web', { port: 9092 })],
      version: '0.19',
      entries: {
        'kafka/admin': {
          enabled: true,
          config: { kafka_clusters: [{ name: 'obs/web', kafka_broker: 'web.obs.svc.cluster.local:9092' }] },
        },
      },
    },
    {
      title: 'RabbitMQ as a list of clusters',
      of: [backend('rabbitmq/core')],
      credentials: { 'rabbitmq/core': { username: user, password: reference } },
      entries: {
        'rabbitmq/core': {
          enabled: true,
          config: { clusters: [{ id: 'obs/web', api_url: url, username: user, password: reference }] },
        },
      },
    },
    {
      title: "a reference to the database URL in HolmesGPT's environment",
      of: [backend('postgresql', 'web', { scheme: 'postgresql' })],
      credentials: { postgresql: { connection_url: reference } },
      entries: {
        postgresql: {
          enabled: true,
          description: 'PostgreSQL of this cluster (obs/web)',
          type: 'database',
          config: { connection_url: reference },
        },
      },
    },
    {
      title: 'Argo CD, which needs no config',
      of: [backend('argocd/core')],
      credentials: { 'argocd/core': { token: user } },
      entries: { 'argocd/core': { enabled: true } },
    },
    ...(
      [
        ['alertmanager', 'Alertmanager: alerts and silences', '/api/v2/*', '/api/v2/status'],
        ['jaeger/tracing', 'Jaeger: traces', '/api/*', '/api/services'],
      ] as const
    ).map(([toolset, title, path, health]) => ({
      title: `the paths of ${title.split(':')[0]!} that the model may query, and its health check`,
      of: [backend(toolset)],
      entries: {
        [toolset]: {
          enabled: true,
          description: `${title} of this cluster (obs/web)`,
          type: 'http',
          config: {
            endpoints: [{ hosts: [url], paths: [path], methods: ['GET'], health_check_url: `${url}${health}` }],
          },
        },
      },
    })),
    {
      title: 'an HTTP API that is announced by annotation',
      of: [backend('custom/obs/web')],
      credentials: { 'custom/obs/web': { token: reference } },
      entries: {
        'custom/obs/web': {
          enabled: true,
          description: 'HTTP API of this cluster (obs/web)',
          type: 'http',
          config: {
            endpoints: [{ hosts: [url], paths: ['/*'], methods: ['GET'], auth: { type: 'bearer', token: reference } }],
          },
        },
      },
    },
  ];
  for (const { title, of, version, credentials = {}, entries: expected } of entries) {
    it(`prints ${title}`, () => {
      expect(generate(of, version, { credentials })).to.deep.equal({ toolsets: expected, servers: {}, unusable: [] });
    });
  }

  for (const [toolset, scheme, title, connection, type] of [
    ['postgresql', 'postgresql', 'PostgreSQL', 'postgresql://web.obs.svc.cluster.local:80/', 'database'],
    ['mysql', 'mysql', 'MySQL', 'mysql+pymysql://web.obs.svc.cluster.local:80/', 'database'],
    ['clickhouse', 'http', 'ClickHouse', 'clickhouse+http://web.obs.svc.cluster.local:80/', 'database'],
    ['mongodb', 'mongodb', 'MongoDB', 'mongodb://web.obs.svc.cluster.local:80/', 'mongodb'],
  ] as const) {
    it(`prints ${title} with the URL in its driver's format`, () => {
      expect(generate([backend(toolset, 'web', { scheme })]).toolsets).to.deep.equal({
        [toolset]: {
          enabled: false,
          description: `${title} of this cluster (obs/web)`,
          type,
          config: { connection_url: connection },
        },
      });
    });
  }

  for (const [credential, type] of [
    [{ token: reference }, 'bearer'],
    [{ username: user, password: reference }, 'basic'],
    [{ name: 'X-Key', value: reference }, 'header'],
  ] as const) {
    it(`sets the type ${type} for a credential with ${Object.keys(credential).join(' and ')}`, () => {
      const { toolsets } = generate([backend('alertmanager')], '0.45', { credentials: { alertmanager: credential } });

      expect(toolsets.alertmanager).to.deep.nested.include({ 'config.endpoints[0].auth': { type, ...credential } });
    });
  }

  it('prints MCP servers in their own section, with the mode that the path indicates', () => {
    const { toolsets, servers } = generate([
      backend('mcp/obs/web', 'web', { path: '/mcp' }),
      backend('mcp/obs/two', 'two', { path: '/v1/sse' }),
    ]);

    expect(toolsets).to.deep.equal({});
    expect(servers).to.deep.equal({
      'obs/web': {
        enabled: true,
        description: 'MCP server of this cluster (obs/web)',
        config: { url: `${url}/mcp`, mode: 'streamable-http' },
      },
      'obs/two': {
        enabled: true,
        description: 'MCP server of this cluster (obs/two)',
        config: { url: 'http://two.obs.svc.cluster.local:80/v1/sse', mode: 'sse' },
      },
    });
  });

  it("prints a user's own template, even an incomplete one", () => {
    const detector = {
      ...custom,
      id: 'own',
      template: {
        enabled: true,
        config: {
          at: '${url}',
          who: '${name}.${namespace}',
          port: '${port}',
          host: '${host}',
          other: '${x}',
          list: ['${name}', 1],
        },
      },
    };
    const own = backend('own', 'web', https, { detector, needsCredential: true });

    expect(generate([own])).to.deep.equal({
      toolsets: {
        own: {
          enabled: true,
          config: {
            at: 'https://web.obs.svc.cluster.local:443',
            who: 'web.obs',
            port: '443',
            other: '${x}',
            host: 'web.obs.svc.cluster.local',
            list: ['web', 1],
          },
        },
      },
      servers: {},
      unusable: [],
    });
  });

  describe('credentials of the settings', () => {
    const other = backend('grafana/loki', 'two', {}, { instance: 'logs/two' });
    const cases: readonly {
      readonly title: string;
      readonly of: readonly Candidate[];
      readonly version?: string;
      readonly credentials: CredentialPolicy['credentials'];
      readonly config: DataMap;
      readonly section?: 'toolsets' | 'servers';
      readonly entry?: string;
    }[] = [
      {
        title: 'are merged into the headers that the product needs',
        of: [
          backend('prometheus/metrics', 'web', {}, { entryPoint: { name: 'q', headers: { 'X-Scope-OrgID': 'a' } } }),
        ],
        credentials: { 'prometheus/metrics': { additional_headers: { Authorization: `Bearer ${reference}` } } },
        config: {
          prometheus_url: url,
          additional_headers: { 'X-Scope-OrgID': 'a', Authorization: `Bearer ${reference}` },
        },
      },
      {
        title: 'are printed under the key names of an older release',
        of: [backend('prometheus/metrics')],
        version: '0.19',
        credentials: { 'prometheus/metrics': { additional_headers: { 'X-Scope-OrgID': 'a' } } },
        config: { prometheus_url: url, headers: { 'X-Scope-OrgID': 'a' } },
      },
      {
        title: 'are printed under the key names of a newer release',
        of: [backend('prometheus/metrics')],
        credentials: { 'prometheus/metrics': { headers: { 'X-Scope-OrgID': 'a' } } },
        config: { prometheus_url: url, additional_headers: { 'X-Scope-OrgID': 'a' } },
      },
      {
        title: 'may be the path of a client certificate',
        of: [backend('elasticsearch/data')],
        credentials: { 'elasticsearch/data': { client_cert: '/certs/tls.crt', client_key: '/certs/tls.key' } },
        config: { api_url: url, client_cert: '/certs/tls.crt', client_key: '/certs/tls.key' },
      },
      {
        title: 'leave out a key that HolmesGPT would ignore',
        of: [backend('prometheus/metrics')],
        credentials: { 'prometheus/metrics': { bearer_token: reference } },
        config: { prometheus_url: url },
      },
      {
        title: 'may be named after the detector',
        of: [backend('elasticsearch/data')],
        credentials: { elasticsearch: { api_key: reference } },
        config: { api_url: url, api_key: reference },
      },
      {
        title: 'may be named after the second toolset of a backend',
        of: [backend('elasticsearch/data')],
        credentials: { 'elasticsearch/cluster': { api_key: reference } },
        config: { api_url: url, api_key: reference },
      },
      {
        title: 'come from the first rule that matches each Service, by name and by instance',
        of: [backend('grafana/loki'), other],
        credentials: {
          'grafana/loki': [
            ruleFor({ names: ['web'] }, { api_key: reference }),
            ruleFor({}, { username: 'holmes', password: reference }, ['logs/*']),
            ruleFor({}, { api_key: user }),
          ],
        },
        config: {
          instances: [
            { name: 'obs/web', api_url: url, api_key: reference },
            {
              name: 'logs/two',
              api_url: 'http://two.obs.svc.cluster.local:80',
              username: 'holmes',
              password: reference,
            },
          ],
        },
      },
      {
        title: 'may be headers of an MCP server',
        of: [backend('mcp/search')],
        credentials: { 'mcp/search': { headers: { Authorization: `Bearer ${reference}` } } },
        config: { url, mode: 'streamable-http', headers: { Authorization: `Bearer ${reference}` } },
        section: 'servers',
        entry: 'search',
      },
      {
        title: 'may be one header of an HTTP API, as the login of that endpoint only',
        of: [backend('custom/obs/web')],
        credentials: { 'custom/obs/web': { default_headers: { 'X-Api-Key': reference } } },
        config: {
          endpoints: [
            {
              hosts: [url],
              paths: ['/*'],
              methods: ['GET'],
              auth: { type: 'header', name: 'X-Api-Key', value: reference },
            },
          ],
        },
      },
    ];
    for (const { title, of, version, credentials, config, section = 'toolsets', entry } of cases) {
      it(title, () => {
        const said = generate(of, version, { credentials });

        expect(said[section][entry ?? of[0]!.toolset]).to.deep.include({ enabled: true, config });
        expect(said.unusable).to.deep.equal([]);
      });
    }

    it('are selected by the labels of a Service', () => {
      const selector = { matchLabels: { team: 'a' }, matchExpressions: [] };
      const credentials = { 'grafana/loki': [ruleFor({ selector }, { api_key: reference })] };
      const of = (labels: Readonly<Record<string, string>>): Candidate => {
        const one = backend('grafana/loki');
        return { ...one, service: { ...one.service, labels } };
      };

      expect(generate([of({ team: 'a' })], '0.45', { credentials }).toolsets).to.containSubset({
        'grafana/loki': { config: { api_key: reference } },
      });
      expect(JSON.stringify(generate([of({ team: 'b' })], '0.45', { credentials }))).to.not.include('env.');
    });
  });

  describe('a backend that HolmesGPT may be unable to use', () => {
    const missing = (toolset: string, advice: string): string =>
      `CREDENTIAL_MISSING ${toolset}: obs/web answers only with a credential; set spec.credentials: {"${toolset}": ${advice}}`;
    const header = '{additional_headers: {Authorization: "Bearer {{ env.LOKI_TOKEN }}"}}';
    const lacking: readonly {
      readonly title: string;
      readonly of: Candidate;
      readonly version?: string;
      readonly policy?: Partial<CredentialPolicy>;
      readonly unusable: string | null;
    }[] = [
      {
        title: 'requires a credential',
        of: backend('grafana/loki', 'web', {}, { needsCredential: true }),
        unusable: missing('grafana/loki', header),
      },
      {
        title: 'requires a credential that the settings provide',
        of: backend('grafana/loki', 'web', {}, { needsCredential: true }),
        policy: { credentials: { 'grafana/loki': { api_key: reference } } },
        unusable: null,
      },
      {
        title: 'requires a credential in an untrusted namespace',
        of: backend('grafana/loki', 'web', {}, { needsCredential: true }),
        policy: { credentials: { 'grafana/loki': { api_key: reference } }, isTrusted: () => false },
        unusable:
          'CREDENTIAL_MISSING grafana/loki: obs/web answers only with a credential, and the one in spec.credentials goes to trusted namespaces alone; add obs to spec.trust.namespaces',
      },
      {
        title: 'requires a credential on a foreign host',
        of: backend('grafana/loki', 'web', { foreign: true }, { needsCredential: true }),
        policy: { credentials: { 'grafana/loki': { api_key: reference } } },
        unusable:
          'CREDENTIAL_MISSING grafana/loki: obs/web answers only with a credential, and none is sent to the host that its annotation names; write its URL and its credential into overrides.yaml',
      },
      {
        title: 'requires a credential, and no namespace is trusted',
        of: backend('grafana/loki', 'web', {}, { needsCredential: true }),
        policy: { isTrusted: () => false },
        unusable: `${missing('grafana/loki', header)} and add obs to spec.trust.namespaces`,
      },
      {
        title: 'requires a credential, and the settings have a key that HolmesGPT ignores',
        of: backend('grafana/loki', 'web', {}, { needsCredential: true }),
        policy: { credentials: { 'grafana/loki': { bearer_token: reference } } },
        unusable: missing('grafana/loki', header),
      },
      {
        title: 'requires a credential, and the settings provide half of one',
        of: backend('grafana/loki', 'web', {}, { needsCredential: true }),
        policy: { credentials: { 'grafana/loki': { username: 'holmes' } } },
        unusable: missing('grafana/loki', header),
      },
      {
        title: 'requires a credential, and the settings provide one for other Services only',
        of: backend('grafana/loki', 'web', {}, { needsCredential: true }),
        policy: { credentials: { 'grafana/loki': [ruleFor({ names: ['other'] }, { api_key: reference })] } },
        unusable: `CREDENTIAL_MISSING grafana/loki: obs/web answers only with a credential; no rule of spec.credentials.grafana/loki fits it: add {services: {namespaces: [obs], names: [web]}, config: ${header}}`,
      },
      {
        title: 'never works without a credential',
        of: backend('argocd/core'),
        unusable: missing('argocd/core', '{token: "{{ env.ARGOCD_AUTH_TOKEN }}"}'),
      },
      {
        title: 'is Grafana, before 0.32',
        of: backend('grafana/dashboards'),
        version: '0.31',
        unusable: missing('grafana/dashboards', '{api_key: "{{ env.GRAFANA_TOKEN }}"}'),
      },
      { title: 'is Grafana, from 0.32 on', of: backend('grafana/dashboards'), version: '0.32', unusable: null },
      {
        title: 'is in a list of clusters with a credential, before 0.25',
        of: backend('rabbitmq/core'),
        version: '0.24',
        policy: { credentials: { 'rabbitmq/core': { username: user, password: reference } } },
        unusable:
          'CREDENTIAL_MISSING rabbitmq/core: obs/web answers only with a credential, and HolmesGPT before 0.25 fills in none in a list of clusters; a newer HolmesGPT does',
      },
      {
        title: 'is in a list of clusters with a credential, from 0.25 on',
        of: backend('rabbitmq/core'),
        version: '0.25',
        policy: { credentials: { 'rabbitmq/core': { username: user, password: reference } } },
        unusable: null,
      },
      {
        title: 'is in a list of clusters without a credential, before 0.25',
        of: backend('kafka/admin'),
        version: '0.24',
        unusable: null,
      },
      {
        title: 'serves https in the cluster',
        of: backend('grafana/loki', 'web', https),
        unusable: `CERTIFICATE_UNTRUSTED grafana/loki: obs/web ${certificate}; give it the cluster's CA and set spec.target.certificates: private, or set unverified`,
      },
      {
        title: 'serves https on an external host',
        of: backend('grafana/loki', 'web', { ...https, host: 'loki.example' }),
        unusable: null,
      },
      {
        title: 'serves https in the cluster under its short .svc name',
        of: backend('grafana/loki', 'web', { ...https, host: 'web.obs.svc' }),
        unusable: `CERTIFICATE_UNTRUSTED grafana/loki: obs/web ${certificate}; give it the cluster's CA and set spec.target.certificates: private, or set unverified`,
      },
      {
        title: 'serves https and certificates are private',
        of: backend('grafana/loki', 'web', https),
        policy: { certificates: 'private' },
        unusable: null,
      },
      {
        title: 'serves https and certificates are not verified',
        of: backend('grafana/loki', 'web', https),
        policy: { certificates: 'unverified' },
        unusable: null,
      },
      {
        title: 'serves https, and the release has no key to skip verification',
        of: backend('grafana/loki', 'web', https),
        version: '0.17',
        policy: { certificates: 'unverified' },
        unusable: `CERTIFICATE_UNTRUSTED grafana/loki: obs/web ${certificate}; give it the cluster's CA and set spec.target.certificates: private, or set unverified`,
      },
      {
        title: 'is Argo CD over https, whose config has no certificate',
        of: backend('argocd/core', 'web', https),
        policy: { credentials: { 'argocd/core': { token: reference } } },
        unusable: null,
      },
    ];
    for (const { title, of, version, policy, unusable } of lacking) {
      it(`is printed ${unusable === null ? 'enabled' : 'disabled'} when it ${title}`, () => {
        const said = generate([of], version, policy);

        expect(said.unusable).to.deep.equal(unusable === null ? [] : [unusable]);
        expect(said.toolsets[of.toolset]).to.include({ enabled: unusable === null });
      });
    }

    it('is left out beside a usable one, while all are printed when none is usable', () => {
      const [good, bad] = [backend('grafana/loki'), backend('grafana/loki', 'two', {}, { needsCredential: true })];

      expect(generate([bad, good]).toolsets['grafana/loki']).to.deep.equal({ enabled: true, config: { api_url: url } });
      const none = generate([bad, { ...bad, service: { ...bad.service, name: 'three' }, instance: 'obs/three' }]);
      expect(none.toolsets['grafana/loki']).to.nested.include({ enabled: false, 'config.instances.length': 2 });
      expect(none.unusable).to.have.length(2);
    });

    it('lists all entries that it belongs to', () => {
      const { unusable } = holmesgpt('0.45').generate(
        [backend('elasticsearch/data', 'web', {}, { needsCredential: true })],
        access,
      );

      expect(unusable.map(({ entries }) => entries)).to.deep.equal([['elasticsearch/data', 'elasticsearch/cluster']]);
      expect(unusable[0]).to.include({ service: 'obs/web', severity: 'warning' });
    });
  });

  describe('when certificates are not verified', () => {
    const unverified = { certificates: 'unverified' } as const;
    const verified: readonly (readonly [toolset: string, at: Partial<Candidate['endpoint']>, path: string])[] = [
      ['grafana/loki', https, 'config.verify_ssl'],
      ['jaeger/tracing', https, 'config.verify_ssl'],
      ['rabbitmq/core', https, 'config.clusters[0].verify_ssl'],
      ['clickhouse', https, 'config.verify_ssl'],
      ['mcp/obs/web', https, 'config.verify_ssl'],
    ];
    for (const [toolset, at, path] of verified) {
      it(`disables verification for ${toolset}, but not without https or for an external host`, () => {
        const entryOf = (endpoint: Partial<Candidate['endpoint']>): unknown => {
          const { toolsets, servers } = generate([backend(toolset, 'web', endpoint)], '0.45', unverified);
          return toolsets[toolset] ?? servers['obs/web'];
        };

        expect(entryOf(at)).to.have.nested.property(path, false);
        expect(entryOf({ ...at, host: 'web.obs.svc' })).to.have.nested.property(path, false);
        expect(entryOf({})).to.not.have.nested.property(path);
        expect(entryOf({ ...at, host: 'example.org' })).to.not.have.nested.property(path);
      });
    }

    it('tells the ClickHouse driver to use https', () => {
      expect(generate([backend('clickhouse', 'web', https)], '0.45', unverified).toolsets.clickhouse).to.nested.include(
        {
          'config.connection_url': 'clickhouse+http://web.obs.svc.cluster.local:443/?protocol=https',
        },
      );
    });
  });
});

describe('plugin/consumers/holmesgpt', () => {
  const claim = (toolset: string): Candidate => backend(toolset);

  it('supports only the toolsets that a release has', () => {
    const has = (version: string, toolset: string): boolean => holmesgpt(version).supports(claim(toolset));

    expect([has('0.25', 'victorialogs'), has('0.26', 'victorialogs')]).to.deep.equal([false, true]);
    expect([has('0.45', 'redis'), has('1.0', 'victorialogs')]).to.deep.equal([false, true]);
  });

  it('supports several backends only for toolsets whose release allows it', () => {
    const several = (version: string, toolset: string): boolean => holmesgpt(version).supportsMultiple(claim(toolset));

    expect([several('0.31', 'grafana/loki'), several('0.32', 'grafana/loki')]).to.deep.equal([false, true]);
    expect([several('0.20', 'jaeger/tracing'), several('0.20', 'kafka/admin')]).to.deep.equal([true, true]);
    expect(['mysql', 'argocd/core', 'mcp/a/b'].map((toolset) => several('0.45', toolset))).to.deep.equal([
      false,
      false,
      false,
    ]);
  });

  it('drops the instances when an override sets the URL, and nothing otherwise', () => {
    const entry = { enabled: true, config: { instances: [{ name: 'a' }], x: 1 } };
    const { withoutDisplaced } = holmesgpt('0.45');

    expect(withoutDisplaced('grafana/loki', entry, { config: { api_url: 'http://x' } })).to.deep.equal({
      enabled: true,
      config: { x: 1 },
    });
    const others = [
      undefined,
      null,
      {},
      { config: null },
      { config: {} },
      { config: { api_url: null } },
      { config: { url: 'x' } },
    ];
    for (const other of [...others, { config: { api_url: 'x', instances: [] } }])
      expect(withoutDisplaced('grafana/loki', entry, other)).to.equal(entry);
    for (const plain of [null, 'text', { enabled: true }, { config: 1 }])
      expect(withoutDisplaced('grafana/loki', plain, { config: { api_url: 'x' } })).to.equal(plain);
  });

  it('reads back its own file, with a missing section as empty, and rejects any other format', () => {
    const { read, data } = holmesgpt('0.45');
    const file = { toolsets: { a: { enabled: true } }, mcp_servers: { m: { config: {} } } };

    expect(read(data(file, 'k', null), 'k')).to.deep.equal(file);
    expect(read({ k: 'toolsets: {a: {}}' }, 'k')).to.deep.equal({ toolsets: { a: {} }, mcp_servers: {} });
    expect(read({ k: 'mcp_servers: {a: {}}' }, 'k')).to.deep.equal({ toolsets: {}, mcp_servers: { a: {} } });
    for (const text of ['- a', 'toolsets: 1', 'mcp_servers: [a]', 'text'])
      expect(read({ k: text }, 'k')).to.equal(null);
    expect(read({ other: 'toolsets: {}' }, 'k')).to.equal(null);
  });

  it('recognises its toolsets and those that are on by default, but not as MCP servers', () => {
    const { isKnown, isOnByDefault } = holmesgpt('0.45');

    expect([
      isKnown('toolsets', 'grafana/loki'),
      isKnown('toolsets', 'own'),
      isKnown('mcp_servers', 'grafana/loki'),
    ]).to.deep.equal([true, false, false]);
    expect([isOnByDefault('toolsets', 'kubernetes/logs'), isOnByDefault('toolsets', 'grafana/loki')]).to.deep.equal([
      true,
      false,
    ]);
    expect(holmesgpt('0.23').isOnByDefault('toolsets', 'kubernetes/logs')).to.equal(false);
    expect([isOnByDefault('mcp_servers', 'kubernetes/logs'), isOnByDefault('toolsets', 'own')]).to.deep.equal([
      false,
      false,
    ]);
  });

  describe('toolsets that are on without a backend', () => {
    const toolsetsOf = (version: string, isSwitchedOff: (name: string) => boolean): DataMap =>
      holmesgpt(version, isSwitchedOff).generate([], access).file.toolsets;
    const [on, off] = [{ enabled: true }, { enabled: false }];

    it('are only kubernetes/core when nothing is switched off', () => {
      expect(toolsetsOf('0.45', () => false)).to.deep.equal({ 'kubernetes/core': on });
    });

    it('are disabled when switched off, as far as the release has them', () => {
      expect(toolsetsOf('0.16', () => true)).to.deep.equal({ 'kubernetes/core': off, core_investigation: off });
      expect(toolsetsOf('0.24', () => true)).to.deep.equal({
        'kubernetes/core': off,
        bash: off,
        connectivity_check: off,
        core_investigation: off,
        internet: off,
        'kubernetes/logs': off,
        runbook: off,
      });
      expect(toolsetsOf('0.45', (name) => name !== 'kubernetes/core')).to.deep.equal({
        'kubernetes/core': on,
        bash: off,
        connectivity_check: off,
        core_investigation: off,
        internet: off,
        'kubernetes/logs': off,
        skills: off,
      });
    });

    it('are listed when a file does not mention them, also by their old names', () => {
      const { implicitlyEnabled } = holmesgpt('0.45');
      const toolsets = { bash: off, internet: on, runbook: off, connectivity_check: {} };

      expect(implicitlyEnabled({ toolsets, mcp_servers: {} })).to.deep.equal(['core_investigation', 'kubernetes/logs']);
    });
  });
});
