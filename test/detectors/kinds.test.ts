import { expect } from 'chai';
import fc from 'fast-check';
import { outputFieldsOf } from '../../plugin/discovery/decision.ts';
import type { CorpusPort, CorpusService } from '../accuracy/corpus.ts';
import { decide } from '../accuracy/judge.ts';

interface Shape {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports: readonly CorpusPort[];
  readonly headless?: boolean;
  readonly owners?: CorpusService['metadata']['ownerReferences'];
}

function service(
  name: string,
  { labels = {}, annotations = {}, selector, ports, headless, owners }: Shape,
): CorpusService {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'obs', labels, annotations, ...(owners ? { ownerReferences: owners } : {}) },
    spec: {
      type: 'ClusterIP',
      ...(headless === true ? { clusterIP: 'None' } : {}),
      selector: selector ?? { run: name },
      ports,
    },
  };
}

/** What is taken, by name: `prometheus http://prom:9090`; with `!` where another product brought it. */
async function taken(...services: readonly CorpusService[]): Promise<Readonly<Record<string, string>>> {
  const selected = (await decide(services)).filter(({ decision }) => decision === 'selected');
  return Object.fromEntries(
    selected.map((one) => {
      const { scheme, port, path, specialPurpose = false } = outputFieldsOf(one);
      const mark = specialPurpose ? '!' : '';
      return [one.service.name, `${one.detector!.id} ${String(scheme)} ${String(port)}${path ?? ''}${mark}`];
    }),
  );
}

const products = [
  { id: 'prometheus', number: 9090 },
  { id: 'alertmanager', number: 9093 },
  { id: 'grafana', number: 3000 },
] as const;
const product = fc.constantFrom(...products);
/** What people call things, with no product in it. */
const word = fc.constantFrom('team-a', 'blue', 'shop', 'eu-west', 'main');

async function holds<T extends unknown[]>(
  ...[arbitraries, law]: [{ [K in keyof T]: fc.Arbitrary<T[K]> }, (...values: T) => Promise<void>]
): Promise<void> {
  await fc.assert(fc.asyncProperty(...(arbitraries as [fc.Arbitrary<unknown>]), law as never), { numRuns: 40 });
}

describe('detectors: custom label schemes', () => {
  const key = fc.constantFrom('application', 'name', 'kubernetes.io/name');

  it('identify the product when the port of the pods confirms it', async () => {
    await holds([key, product, word], async (label, { id, number }, name) => {
      const labels = { [label]: id };

      expect(await taken(service(name, { labels, ports: [{ port: 80, targetPort: number }] }))).to.deep.equal({
        [name]: `${id} http 80`,
      });
    });
  });

  it('do not override the usual labels', async () => {
    await holds([key, product, word], async (label, { id, number }, name) => {
      const ports = [{ name: 'web', port: number }];
      const own = service(name, { labels: { app: id, [label]: 'cache' }, ports });
      const other = service(`${name}-2`, { labels: { app: 'shop', [label]: id }, ports });

      expect(Object.keys(await taken(own, other))).to.deep.equal([name]);
    });
  });
});

describe('detectors: operator selectors', () => {
  const ports = [{ name: 'web', port: 9090, targetPort: 'web' }];
  const governing = (kind: string, port: number): CorpusService =>
    service(`${kind}-operated`, {
      labels: { [`operated-${kind}`]: 'true' },
      owners: [
        { apiVersion: 'monitoring.coreos.com/v1', kind: `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`, name: 'x' },
      ],
      selector: { 'app.kubernetes.io/name': kind },
      ports: [{ name: 'web', port }],
      headless: true,
    });

  it('identify Prometheus by the key with the name of its resource, together with its port', async () => {
    await holds([word, word], async (name, resource) => {
      const selector = { prometheus: resource };

      expect(await taken(service(name, { selector, ports }))).to.deep.equal({ [name]: 'prometheus http 9090' });
      expect(await taken(service(name, { selector, ports: [{ name: 'grpc', port: 10901 }] }))).to.deep.equal({});
    });
  });

  it('select the governing Service only when it is the only entry point', async () => {
    await holds([word, fc.constantFrom('prometheus', 'alertmanager')], async (name, kind) => {
      const port = kind === 'prometheus' ? 9090 : 9093;
      const usable = service(name, { selector: { [kind]: name }, ports: [{ name: 'web', port }] });

      expect(Object.keys(await taken(governing(kind, port), usable))).to.deep.equal([name]);
      expect(Object.keys(await taken(governing(kind, port)))).to.deep.equal([`${kind}-operated`]);
    });
  });
});

describe('detectors: arbitrary Service names', () => {
  const free = fc.constantFrom('cache', 'metrics-db', 'store', 'team-webhook', 'ui', 'index', 'telemetry-adapter');

  it("do not outweigh a label together with the product's own port", async () => {
    await holds([free, product, word], async (name, { id, number }, release) => {
      const labels = { 'app.kubernetes.io/name': id, 'app.kubernetes.io/instance': release };
      const ports = [{ name: 'http', port: number }];

      expect(Object.keys(await taken(service(`${release}-${name}`, { labels, ports })))).to.have.length(1);
    });
  });

  it("mark another component after the product's name, or without the product's own port", async () => {
    await holds(
      [fc.constantFrom('exporter', 'cache', 'operator', 'webhook'), product, word],
      async (part, { id, number }, release) => {
        const labels = { 'app.kubernetes.io/name': id, 'app.kubernetes.io/instance': release };

        expect(
          await taken(
            service(`${release}-${id}-${part}`, { labels, ports: [{ name: 'http', port: number }] }),
            service(`${release}-${part}`, { labels, ports: [{ name: 'http', port: 8080 }] }),
          ),
        ).to.deep.equal({});
      },
    );
  });
});

describe('detectors: product names with a vendor prefix', () => {
  const vendor = fc.constantFrom('grafana', 'acme', 'bitnami', 'my-company');
  const multi = fc.constantFrom(
    { id: 'loki', component: 'gateway', port: 80, path: '' },
    { id: 'loki', component: 'query-frontend', port: 3100, path: '' },
    { id: 'mimir', component: 'gateway', port: 80, path: '/prometheus' },
    { id: 'tempo', component: 'query-frontend', port: 3200, path: '' },
  );

  it('suffice together with a component that is an entry point', async () => {
    await holds([vendor, multi, word], async (before, { id, component, port, path }, name) => {
      const labels = { 'app.kubernetes.io/name': `${before}-${id}`, 'app.kubernetes.io/component': component };

      expect(await taken(service(name, { labels, ports: [{ name: 'http', port }] }))).to.deep.equal({
        [name]: `${id} http ${String(port)}${path}`,
      });
    });
  });

  it('do not suffice with another component, or as part of another word', async () => {
    await holds([vendor, multi, word], async (before, { id, component, port }, name) => {
      const ports = [{ name: 'http', port }];
      const labels = (own: string, part: string): object => ({
        labels: { 'app.kubernetes.io/name': own, 'app.kubernetes.io/component': part },
      });

      expect(
        await taken(
          service(name, { ...labels(`${before}-${id}`, 'ingester'), ports }),
          service(`${name}-2`, { ...labels(`${before}${id}ish`, component), ports }),
          service(`${name}-3`, { ...labels(`${before}-${id}-exporter`, component), ports }),
        ),
      ).to.deep.equal({});
    });
  });

  it('are not needed when the component is the product itself on its own port', async () => {
    await holds([product, fc.constantFrom('acme', 'my-company'), word], async ({ id, number }, vendorName, name) => {
      const labels = { 'app.kubernetes.io/name': `${vendorName}-monitoring`, 'app.kubernetes.io/component': id };

      expect(await taken(service(name, { labels, ports: [{ name: 'http', port: number }] }))).to.deep.equal({
        [name]: `${id} http ${String(number)}`,
      });
    });
  });

  it('does not take the server of a chart of another part, whatever its name labels are overridden with', async () => {
    const of = (chart: string, port: number): CorpusService => {
      const labels = {
        'app.kubernetes.io/name': 'eu',
        'app.kubernetes.io/component': 'server',
        'helm.sh/chart': chart,
      };
      return service('eu-server', { labels, ports: [{ name: 'http', port }] });
    };

    expect(await taken(of('victoria-metrics-alert-0.26.0', 8880))).to.deep.equal({});
    expect(await taken(of('victoria-metrics-single-0.26.0', 8428))).to.have.all.keys('eu-server');
  });
});

describe('detectors: authentication proxies', () => {
  const proxy = fc.constantFrom('oauth-proxy', 'https-oauth', 'oauth2-proxy', 'web-oauth');
  const annotation = fc.constantFrom(
    'service.beta.openshift.io/serving-cert-secret-name',
    'service.alpha.openshift.io/serving-cert-secret-name',
  );
  const number = fc.constantFrom(9095, 9443, 8443, 9091);

  it('are the entry point, over https, when theirs is the only port that is not for metrics', async () => {
    await holds([proxy, annotation, number, product, fc.boolean()], async (name, key, port, { id }, headless) => {
      const found = await taken(
        service(`multi-${id}`, {
          labels: { app: `multi-${id}` },
          annotations: { [key]: 'tls' },
          ports: [
            { name, port },
            { name: 'metrics', port: 9900 },
          ],
          headless,
        }),
      );

      expect(found).to.deep.equal({ [`multi-${id}`]: `${id} https ${String(port)}` });
    });
  });

  it("do not take precedence over the product's own port", async () => {
    await holds([proxy, product], async (name, { id, number: own }) => {
      const ports = [
        { name, port: 9443 },
        { name: 'web', port: own },
      ];

      expect(await taken(service(id, { labels: { app: id }, ports }))).to.deep.equal({
        [id]: `${id} http ${String(own)}`,
      });
    });
  });
});

describe("detectors: a sidecar's Service", () => {
  it('is not selected as the product whose pods it selects, and displaces no other Service', async () => {
    await holds(
      [fc.constantFrom('thanos-sidecar', 'side', 'proxy'), fc.constantFrom(10902, 8080, 19090), product],
      async (name, port, { id, number }) => {
        const selector = { app: id };
        const main = service(`the-${id}-main`, { labels: selector, selector, ports: [{ name: 'web', port: number }] });
        const beside = service(name, { selector, ports: [{ name: 'http', port }] });

        expect(Object.keys(await taken(main, beside))).to.deep.equal([`the-${id}-main`]);
      },
    );
  });

  it("is the entry point when it leads to the product's own port, unless it is named as a sidecar", async () => {
    await holds([word, product], async (name, { id, number }) => {
      const selector = { app: id };
      const ports = [{ port: 80, targetPort: number }];

      expect(Object.keys(await taken(service(name, { selector, ports })))).to.deep.equal([name]);
      expect(await taken(service(`${name}-sidecar`, { selector, ports }))).to.deep.equal({});
    });
  });
});

describe('detectors: node groups of one cluster', () => {
  const group = (cluster: string, role: string, chart = 'opensearch-3.6.0'): CorpusService =>
    service(`${cluster}-${role}`, {
      labels: {
        'helm.sh/chart': chart,
        'app.kubernetes.io/name': 'opensearch',
        'app.kubernetes.io/instance': `os-${role}`,
        'app.kubernetes.io/component': `${cluster}-${role}`,
      },
      ports: [{ name: 'http', port: 9200 }],
    });

  it('are one backend, with the coordinating group as entry point', async () => {
    await holds([word, fc.shuffledSubarray(['master', 'data', 'hot'], { minLength: 1 })], async (cluster, roles) => {
      const nodes = roles.map((role) => group(cluster, role));

      expect(Object.keys(await taken(...nodes, group(cluster, 'client')))).to.deep.equal([`${cluster}-client`]);
      expect(Object.keys(await taken(...nodes))).to.have.length(1);
    });
  });

  it('are separate backends when the clusters differ', async () => {
    expect(Object.keys(await taken(group('logs', 'data'), group('traces', 'data'))).sort()).to.deep.equal([
      'logs-data',
      'traces-data',
    ]);
  });
});

describe('detectors: port names', () => {
  it('identify the product on its own number, when the Service name contains the product as well', async () => {
    await holds([product, word], async ({ id, number }, name) => {
      const ports = [{ name: `http-${id}`, port: number }];

      expect(Object.keys(await taken(service(`${name}-${id}`, { labels: { app: 'db' }, ports })))).to.deep.equal([
        `${name}-${id}`,
      ]);
      expect(await taken(service(name, { ports }))).to.deep.equal({});
      expect(
        await taken(service(`${name}-${id}`, { ports: [{ name: `http-${id}`, port: number + 1 }] })),
      ).to.deep.equal({});
    });
  });

  it('identify Grafana in one pod together with its data sources', async () => {
    await holds(
      [word, fc.shuffledSubarray(['prometheus', 'loki', 'tempo'], { minLength: 1 })],
      async (name, others) => {
        const numbers: Readonly<Record<string, number>> = { prometheus: 9090, loki: 3100, tempo: 3200 };
        const ports = [...others.map((one) => ({ name: one, port: numbers[one]! })), { name: 'grafana', port: 3000 }];

        expect(await taken(service(name, { ports }))).to.deep.equal({ [name]: 'grafana http 3000' });
      },
    );
  });

  it('do not identify an application as Prometheus when its own metrics port has that name', async () => {
    await holds([word], async (name) => {
      const ports = [
        { name: 'http', port: 8080 },
        { name: 'prometheus', port: 9090 },
      ];

      expect(await taken(service(name, { labels: { app: name }, ports }))).to.deep.equal({});
    });
  });
});

describe('detectors: backends that another product bundles', () => {
  const host = fc.constantFrom('openfaas', 'sourcegraph', 'pulsar', 'chaos-mesh', 'a-product-of-tomorrow');

  it('are selected and marked special-purpose, whatever the product is called', async () => {
    await holds(
      [host, fc.constantFrom('app', 'app.kubernetes.io/name'), product, word],
      async (name, key, { id, number }, own) => {
        const labels = { [key]: name, component: id };

        expect(await taken(service(own, { labels, ports: [{ name: 'http', port: number }] }))).to.deep.equal({
          [own]: `${id} http ${String(number)}!`,
        });
      },
    );
  });

  it('are recognised by chart and part-of labels as well', async () => {
    await holds([host, product], async (name, { id, number }) => {
      const ports = [{ name: 'http', port: number }];
      const chart = service('a', { labels: { app: id, chart: `${name}-1.2.3` }, ports });
      const partOf = service('b', { labels: { component: id, 'app.kubernetes.io/part-of': name }, ports });

      expect(Object.values(await taken(chart)).join()).to.match(/!$/);
      expect(Object.values(await taken(partOf)).join()).to.match(/!$/);
    });
  });

  it('do not include those of a monitoring stack, whatever it is called', async () => {
    const stack = fc.constantFrom(
      'kube-prometheus-stack',
      'grafana',
      'monitoring',
      'acme-observability',
      'loki-stack',
      'platform',
    );
    await holds([stack, product], async (name, { id, number }) => {
      const labels = { app: id, component: id, 'app.kubernetes.io/part-of': name, 'helm.sh/chart': `${name}-1.0.0` };

      expect(
        Object.values(await taken(service(id, { labels, ports: [{ name: 'web', port: number }] }))).join(),
      ).not.to.match(/!$/);
    });
  });
});

describe('detectors: stores that an application bundles', () => {
  const stores = [
    { id: 'redis', scheme: 'redis', number: 6379 },
    { id: 'clickhouse', scheme: 'http', number: 8123 },
    { id: 'mongodb', scheme: 'mongodb', number: 27017 },
    { id: 'kafka', scheme: 'kafka', number: 9092 },
  ] as const;
  const store = fc.constantFrom(...stores);
  const app = fc.constantFrom('shop', 'billing', 'team-a');

  it("are identified by component or pod label, together with the product's own port", async () => {
    await holds([store, app], async ({ id, scheme, number }, name) => {
      const labels = { 'app.kubernetes.io/name': name };
      const ports = [{ name: 'main', port: number }];
      const byComponent = service(`${name}-data`, { labels: { ...labels, component: id }, ports });
      const byPods = service(`${name}-${id}`, { labels, selector: { ...labels, app: id }, ports });

      expect(await taken(byComponent)).to.deep.equal({ [`${name}-data`]: `${id} ${scheme} ${String(number)}!` });
      expect(await taken(byPods)).to.deep.equal({ [`${name}-${id}`]: `${id} ${scheme} ${String(number)}!` });
    });
  });

  it("are not identified without their own port, nor by the pods' label under another name", async () => {
    await holds([store, app], async ({ id, number }, name) => {
      const labels = { 'app.kubernetes.io/name': name };
      const exporter = service(`${name}-x`, {
        labels: { ...labels, component: id },
        ports: [{ name: 'http', port: 9100 }],
      });
      const sidecar = service(`${name}-agent`, {
        labels,
        selector: { ...labels, app: id },
        ports: [{ name: 'main', port: number }],
      });

      expect(await taken(exporter, sidecar)).to.deep.equal({});
    });
  });

  it('are not selected when they are labelled as part of a detected product', async () => {
    const labels = { 'app.kubernetes.io/name': 'mimir', 'app.kubernetes.io/component': 'kafka' };

    expect(await taken(service('mimir-kafka', { labels, ports: [{ name: 'kafka', port: 9092 }] }))).to.deep.equal({});
  });
});

describe('detectors: names of custom resources', () => {
  it('do not count as a component in the name of a Service', async () => {
    await holds([fc.constantFrom('cache', 'store', 'proxy', 'eu')], async (name) => {
      const prometheus = service(`prometheus-${name}`, {
        labels: { app: 'prometheus' },
        selector: { prometheus: name },
        ports: [{ name: 'web', port: 80, targetPort: 9090 }],
      });
      const thanos = service(`thanos-querier-${name}`, {
        owners: [{ apiVersion: 'monitoring.rhobs/v1alpha1', kind: 'ThanosQuerier', name }],
        ports: [{ name: 'http', port: 10902 }],
      });

      expect(await taken(prometheus)).to.deep.equal({ [`prometheus-${name}`]: 'prometheus http 80' });
      expect(await taken(thanos)).to.deep.equal({ [`thanos-querier-${name}`]: 'thanos http 10902' });
    });
  });

  it('leave the component that the operator appends: the primary is preferred to all nodes', async () => {
    const owners = [{ apiVersion: 'k8s.mariadb.com/v1alpha1', kind: 'MariaDB', name: 'repl' }];
    const selector = { 'app.kubernetes.io/name': 'mariadb', 'app.kubernetes.io/instance': 'repl' };
    const node = (name: string, more: Readonly<Record<string, string>> = {}): CorpusService =>
      service(name, { labels: selector, selector: { ...selector, ...more }, owners, ports: [{ port: 3306 }] });
    const primary = node('repl-primary', { 'statefulset.kubernetes.io/pod-name': 'repl-0' });

    expect(Object.keys(await taken(node('repl'), primary, node('repl-secondary')))).to.deep.equal(['repl-primary']);
  });
});

describe('detectors: labels that name only a component', () => {
  it('do not name another product', async () => {
    const thanos = service('x-query', {
      labels: { 'app.kubernetes.io/name': 'query' },
      owners: [{ apiVersion: 'monitoring.banzaicloud.io/v1alpha1', kind: 'Thanos', name: 'x' }],
      ports: [{ name: 'http', port: 10902 }],
    });

    expect(await taken(thanos)).to.deep.equal({ 'x-query': 'thanos http 10902' });
  });
});

describe("detectors: user-defined Services for an operator's pods", () => {
  const operators = [
    ['elasticsearch.k8s.elastic.co/cluster-name', 9200, 'elasticsearch https'],
    ['cnpg.io/cluster', 5432, 'postgresql postgresql'],
    ['clickhouse.altinity.com/chi', 8123, 'clickhouse http'],
    ['opensearch.org/opensearch-cluster', 9200, 'opensearch https'],
  ] as const;

  it("are identified by their selector together with the product's own port", async () => {
    await holds([fc.constantFrom(...operators), word], async ([key, port, expected], name) => {
      const selector = { [key]: 'logs' };

      expect(await taken(service(name, { selector, ports: [{ port }] }))).to.deep.equal({
        [name]: `${expected} ${String(port)}`,
      });
      expect(await taken(service(name, { selector, ports: [{ name: 'metrics', port: 9187 }] }))).to.deep.equal({});
    });
  });
});

describe('detectors: product names in two words', () => {
  it('identify the product on its own port, and no product on another port', async () => {
    const labels = { app: 'alert-manager' };
    const service9093 = service('alert-manager', { labels, ports: [{ name: 'http', port: 9093 }] });
    const another = service('alert-manager', { labels, ports: [{ name: 'http', port: 11210 }] });

    expect(await taken(service9093)).to.deep.equal({ 'alert-manager': 'alertmanager http 9093' });
    expect(await taken(another)).to.deep.equal({});
    const [decision] = await decide([another]);
    expect(decision?.message).to.equal('only the name contains "alert-manager"; no label, owner or port confirms it');
  });

  it('identify it when the Service name ends with the product and a label contains it', async () => {
    const selector = { app: 'alertmanager-server-armo' };

    expect(await taken(service('armo-alertmanager', { selector, ports: [{ port: 9093 }] }))).to.deep.equal({
      'armo-alertmanager': 'alertmanager http 9093',
    });
    expect(await taken(service('armo-alertmanager', { selector, ports: [{ port: 8080 }] }))).to.deep.equal({});
    const beside = { labels: { app: 'prometheus-auth' }, ports: [{ port: 9090 }] };
    expect(await taken(service('prometheus-auth', beside))).to.deep.equal({});
  });
});

describe('detectors: the port that identified the product', () => {
  it('is the entry point, whatever other port is named http', async () => {
    const ports = [
      { name: 'http', port: 80 },
      { name: 'prometheus', port: 9090, targetPort: 32001 },
      { name: 'grafana', port: 3000, targetPort: 32000 },
    ];

    expect(await taken(service('machine', { ports }))).to.deep.equal({ machine: 'grafana http 3000' });
    const [decision] = await decide([service('machine', { ports })]);
    expect(decision?.rule).to.equal('port names: port grafana 3000, port prometheus,loki,tempo');
  });

  it('takes precedence over an authentication proxy on https, and does not use its certificate', async () => {
    const annotations = { 'service.beta.openshift.io/serving-cert-secret-name': 'grafana-tls' };
    const ports = [
      { name: 'https', port: 9091, targetPort: 'https' },
      { name: 'http-grafana', port: 3000, targetPort: 'http-grafana' },
    ];

    expect(await taken(service('grafana', { labels: { app: 'grafana' }, annotations, ports }))).to.deep.equal({
      grafana: 'grafana http 3000',
    });
  });

  it('may be any port when pod labels and Service name agree on the component', async () => {
    const selector = { 'app.kubernetes.io/name': 'thanos', 'app.kubernetes.io/component': 'query-frontend' };
    const ports = [{ name: 'http', port: 80, targetPort: 'http' }];

    expect(await taken(service('query-frontend', { selector, ports }))).to.deep.equal({
      'query-frontend': 'thanos http 80',
    });
    expect(await taken(service('oauth', { selector, ports }))).to.deep.equal({});
  });
});

describe('detectors: custom resources that no detector lists', () => {
  const database = fc.constantFrom(
    { kinds: ['Postgres', 'PostgreSQL', 'PostgresCluster'], id: 'postgresql', number: 5432 },
    { kinds: ['MySQL', 'MysqlCluster', 'MariaDB'], id: 'mysql', number: 3306 },
    { kinds: ['MongoDB', 'MongoDBReplicaSet'], id: 'mongodb', number: 27_017 },
    { kinds: ['Redis', 'RedisFailover', 'Valkey'], id: 'redis', number: 6379 },
    { kinds: ['Kafka', 'KafkaCluster'], id: 'kafka', number: 9092 },
  );
  const owned = (name: string, kind: string, port: CorpusPort, more: Partial<Shape> = {}): CorpusService =>
    service(name, { owners: [{ apiVersion: 'data.example/v1', kind, name: 'main' }], ports: [port], ...more });

  it('identify the product by their kind and its own port together, and by neither alone', async () => {
    await holds([database, word, fc.nat(2)], async ({ kinds, id, number }, name, at) => {
      const kind = kinds[at % kinds.length] ?? '';

      expect(await taken(owned(name, kind, { name: 'primary', port: number }))).to.deep.equal({
        [name]: `${id} ${id} ${String(number)}`,
      });
      expect(await taken(owned(name, kind, { name: 'primary', port: 8080 }))).to.deep.equal({});
      expect(await taken(owned(name, `${kind}Exporter`, { name: 'primary', port: number }))).to.deep.equal({});
    });
  });

  it('are followed by a component in the names that operators derive from them', async () => {
    const ports = { name: 'controller', port: 9093 };

    expect(await taken(owned('main-controller', 'Kafka', ports))).to.deep.equal({});
    expect(Object.keys(await taken(owned('main-broker', 'Kafka', { name: 'broker', port: 9092 })))).to.deep.equal([
      'main-broker',
    ]);
  });

  it('have a headless Service that is selected only without a usual one of the same labels', async () => {
    const labels = { 'app.kubernetes.io/name': 'mysqls.data.example', 'app.kubernetes.io/instance': 'main' };
    const port = { name: 'db', port: 3306 };
    const primary = owned('main', 'MySQL', port, { labels, selector: { shard: 'a', mode: 'rw' } });
    const pods = owned('main-nodes', 'MySQL', port, { labels, selector: { shard: 'b' }, headless: true });
    const other = { ...labels, 'app.kubernetes.io/component': 'reporting' };

    expect(Object.keys(await taken(pods, primary))).to.deep.equal(['main']);
    expect(Object.keys(await taken(pods))).to.deep.equal(['main-nodes']);
    const reporting = owned('main-nodes', 'MySQL', port, { labels: other, selector: { shard: 'b' }, headless: true });
    expect(Object.keys(await taken(reporting, primary))).to.have.members(['main', 'main-nodes']);
  });
});

describe('detectors: a name that several programs share', () => {
  it("is Cortex only with one of Cortex's own ports or components", async () => {
    const labels = { app: 'cortex' };
    const cortex = async (port: CorpusPort, more = {}): Promise<string | undefined> =>
      (await taken(service('cortex', { labels: { ...labels, ...more }, ports: [port] }))).cortex;

    expect(await cortex({ name: 'http', port: 9009 })).to.equal('cortex http 9009/prometheus');
    expect(await cortex({ name: 'http-metrics', port: 80 })).to.equal('cortex http 80/prometheus');
    expect(await cortex({ name: 'http', port: 80 }, { component: 'query-frontend' })).to.equal(
      'cortex http 80/prometheus',
    );
    const grpc = { name: 'grpc', port: 9095 };
    expect(await taken(service('cortex', { labels, ports: [{ port: 8080 }, grpc] }))).to.deep.equal({
      cortex: 'cortex http 8080/prometheus',
    });
    // TheHive's, which analyzes, and an assistant.
    expect(await cortex({ name: 'http', port: 9001 })).to.equal(undefined);
    expect(await cortex({ name: 'http', port: 8080 })).to.equal(undefined);
    expect(await cortex({ name: 'http', port: 80 })).to.equal(undefined);
  });
});

describe('detectors: component labels of several words', () => {
  it('mean the entry point that their last words name, after the product', async () => {
    const component = async (value: string): Promise<Readonly<Record<string, string>>> =>
      taken(
        service('traces', {
          labels: { 'app.kubernetes.io/name': 'tempo-distributed', 'app.kubernetes.io/component': value },
          ports: [{ name: 'http', port: 3200 }],
        }),
      );

    expect(await component('prod-tempo-distributed-query-frontend')).to.deep.equal({ traces: 'tempo http 3200' });
    expect(await component('prod-tempo-distributed-distributor')).to.deep.equal({});
  });

  it('do not mean metrics when the program answers queries on that port', async () => {
    const labels = { application: 'prometheus', component: 'metrics' };
    const metrics = (port: number): CorpusService =>
      service('prom-metrics', { labels, ports: [{ name: 'prom-metrics', port }] });

    expect(await taken(metrics(9090))).to.deep.equal({ 'prom-metrics': 'prometheus http 9090' });
    expect(await taken(metrics(9115))).to.deep.equal({});
  });
});

describe('detectors: ports named after their function', () => {
  it('confirm Alertmanager by alerts on its number, and are the entry point of Grafana when named ui', async () => {
    const selector = { application: 'alertmanager' };
    const alerts = service('alerts-engine', { selector, ports: [{ name: 'alerts-api', port: 9093 }] });
    const ui = service('grafana', {
      selector: { app: 'grafana' },
      ports: [
        { name: 'ui-port', port: 8883 },
        { name: 'port-2003', port: 2003 },
      ],
    });

    expect(await taken(alerts)).to.deep.equal({ 'alerts-engine': 'alertmanager http 9093' });
    expect(await taken(ui)).to.deep.equal({ grafana: 'grafana http 8883' });
  });
});

describe('detectors: Services without product labels', () => {
  const database = fc.constantFrom(
    { text: 'postgresql', id: 'postgresql', number: 5432 },
    { text: 'mysql', id: 'mysql', number: 3306 },
    { text: 'mongodb', id: 'mongodb', number: 27_017 },
    { text: 'redis', id: 'redis', number: 6379 },
  );
  const named = (name: string, ...ports: readonly CorpusPort[]): CorpusService => service(name, { ports });

  it("are identified by the product in their name and in the name of a port with the product's number", async () => {
    await holds([database, word, fc.constantFrom('', 'tcp-')], async ({ text, id, number }, prefix, front) => {
      const name = `${prefix}-${text}`;

      expect(await taken(named(name, { name: `${front}${text}`, port: number }))).to.deep.equal({
        [name]: `${id} ${id} ${String(number)}`,
      });
      expect(await taken(named(name, { name: `${front}${text}`, port: number + 1 }))).to.deep.equal({});
      expect(await taken(named(`${name}-exporter`, { name: `${front}${text}`, port: number }))).to.deep.equal({});
    });
  });

  it('are identified by the product in their name and its number, despite a label of the application in the name', async () => {
    await holds([database, word, fc.constantFrom('', '-svc', '-blue')], async ({ text, id, number }, app, end) => {
      const name = `${app}-${text}${end}`;
      const labelled = (value: string): CorpusService =>
        service(name, { labels: { app: value }, selector: { app: value }, ports: [{ port: number }] });

      expect(await taken(named(name, { port: number }))).to.deep.equal({ [name]: `${id} ${id} ${String(number)}` });
      expect(await taken(labelled('db'))).to.deep.equal({ [name]: `${id} ${id} ${String(number)}!` });
      expect(await taken(labelled(app))).to.deep.equal({ [name]: `${id} ${id} ${String(number)}!` });
      expect(await taken(labelled('another'))).to.deep.equal({});
      expect(await taken(named(name, { port: number + 1 }))).to.deep.equal({});
      expect(await taken(named(`${app}-${text}-exporter`, { port: number }))).to.deep.equal({});
    });
  });

  it("are identified by a port with the product's name and number, unless there is an application port beside it", async () => {
    await holds([database, word], async ({ text, id, number }, name) => {
      const port = { name: `tcp-${text}`, port: number };

      expect(await taken(named(name, port, { name: 'metrics', port: 9121 }))).to.deep.equal({
        [name]: `${id} ${id} ${String(number)}`,
      });
      expect(await taken(named(name, port, { name: 'http', port: 8080 }))).to.deep.equal({});
      expect(await taken(named(name, { ...port, port: number + 1 }))).to.deep.equal({});
    });
  });

  it('are identified by a name that says database together with the port of a database', async () => {
    await holds([database, fc.constantFrom('db', 'orders-db', 'db-0', 'database')], async ({ id, number }, name) => {
      expect(await taken(named(name, { port: number }))).to.deep.equal({ [name]: `${id} ${id} ${String(number)}` });
      expect(await taken(named('orders', { port: number }), named(name, { port: 9200 }))).to.deep.equal({});
    });
  });

  it("are identified by the name of a compatible program together with the product's port", async () => {
    const program = fc.constantFrom(
      { label: 'timescaledb', id: 'postgresql', number: 5432 },
      { label: 'postgis', id: 'postgresql', number: 5432 },
      { label: 'patroni', id: 'postgresql', number: 5432 },
      { label: 'keydb', id: 'redis', number: 6379 },
      { label: 'dragonfly', id: 'redis', number: 6379 },
    );
    await holds([program, word], async ({ label, id, number }, name) => {
      const of = (port: number): CorpusService => service(name, { labels: { app: label }, ports: [{ port }] });

      expect(Object.values(await taken(of(number)))[0]).to.match(new RegExp(`^${id} ${id} ${String(number)}`));
      expect(await taken(of(number + 1))).to.deep.equal({});
    });
  });

  it('are identified by a label with the product and its use, such as redis-cache', async () => {
    await holds([fc.constantFrom('redis-cache', 'redis-store', 'valkey-cache'), word], async (app, name) => {
      const of = (label: string): CorpusService => service(name, { labels: { app: label }, ports: [{ port: 6379 }] });

      expect(await taken(of(app))).to.deep.equal({ [name]: 'redis redis 6379' });
      expect(await taken(of(`${app}-exporter`))).to.deep.equal({});
    });
  });

  it('are identified by the name of a Kafka-compatible program, at its client port', async () => {
    const admin = { name: 'admin', port: 9644 };
    const of = (name: string, port: CorpusPort, app = 'redpanda'): CorpusService =>
      service(name, { labels: { app }, ports: [admin, port] });

    expect(await taken(of('stream', { name: 'kafka', port: 19_093 }))).to.deep.equal({ stream: 'kafka kafka 19093' });
    expect(await taken(of('stream', { name: 'proxy', port: 8082 }))).to.deep.equal({});
    expect(await taken(of('stream', { name: 'kafka', port: 19_093 }, 'redpanda-console'))).to.deep.equal({});
  });

  it('are identified by two own ports together, one of another protocol, and by neither alone', async () => {
    const http = { name: 'http', port: 8123 };
    const management = { name: 'management', port: 15_672 };

    expect(await taken(named('olap', http, { name: 'tcp', port: 9000 }))).to.deep.equal({
      olap: 'clickhouse http 8123',
    });
    expect(await taken(named('bus', { name: 'amqp', port: 5672 }, management))).to.deep.equal({
      bus: 'rabbitmq http 15672',
    });
    expect(await taken(named('olap', http), named('bus', management))).to.deep.equal({});
    const other = (id: string, port: number): CorpusService => service(id, { labels: { app: id }, ports: [{ port }] });
    expect(await taken(other('clickhouse', 9000), other('rabbitmq', 5672))).to.deep.equal({});
  });

  it('are identified by any pod label that names the product or says database, except the release label', async () => {
    const of = (selector: Readonly<Record<string, string>>, port: number): CorpusService =>
      service('data', { labels: { team: 'a' }, selector, ports: [{ port }] });

    expect(await taken(of({ tier: 'mysql' }, 3306))).to.deep.equal({ data: 'mysql mysql 3306' });
    expect(await taken(of({ App: 'prometheus' }, 9090))).to.deep.equal({ data: 'prometheus http 9090' });
    expect(await taken(of({ app: 'shop', type: 'database' }, 5432))).to.deep.equal({
      data: 'postgresql postgresql 5432',
    });
    expect(await taken(of({ release: 'prometheus', tier: 'api' }, 9090))).to.deep.equal({});
    expect(await taken(of({ tier: 'mysql' }, 9104), of({ type: 'database' }, 9200))).to.deep.equal({});
  });

  it('are identified by common abbreviations of the product on its own port', async () => {
    const of = (app: string, ...ports: readonly CorpusPort[]): CorpusService =>
      service('x', { selector: { app }, ports });

    expect(await taken(of('es-single', { port: 9200 }))).to.deep.equal({ x: 'elasticsearch http 9200' });
    for (const app of ['orders-pg', 'psql'])
      expect(await taken(of(app, { port: 5432 }))).to.deep.equal({ x: 'postgresql postgresql 5432' });
    for (const other of [of('es-exporter', { port: 9200 }), of('es', { port: 9300 }), of('pages', { port: 9200 })])
      expect(await taken(other)).to.deep.equal({});
  });

  it('are identified as Redis by its usual uses on its own port, and Memcached is not', async () => {
    for (const name of ['cache', 'shop-cache', 'cache-headless', 'shop-kv'])
      expect(await taken(named(name, { port: 6379 }))).to.deep.equal({ [name]: 'redis redis 6379' });
    for (const [name, port] of [
      ['cache', 11_211],
      ['shop-cache', 80],
      ['shop-cache-exporter', 9121],
      ['cacheable', 6379],
    ] as const)
      expect(await taken(named(name, { port }))).to.deep.equal({});
  });

  it('are identified as Kafka by the name of a broker on its own port, and other brokers are not', async () => {
    for (const name of ['broker', 'orders-broker'])
      expect(await taken(named(name, { port: 9092 }))).to.deep.equal({ [name]: 'kafka kafka 9092' });
    for (const [name, port] of [
      ['broker', 61_616],
      ['broker-ingress', 80],
      ['brokerage', 9092],
    ] as const)
      expect(await taken(named(name, { port }))).to.deep.equal({});
  });

  it('are Grafana where the label of its Pods has the name of its program', async () => {
    const of = (app: string): CorpusService =>
      service('web', { selector: { app }, ports: [{ port: 8100, targetPort: 3000 }] });

    expect(await taken(of('grafana-server'))).to.deep.equal({ web: 'grafana http 8100' });
    expect(await taken(of('grafana-agent'))).to.deep.equal({});
  });

  it('are identified by the name of an external server when they have no selector', async () => {
    const outside = (name: string, port: number): CorpusService => {
      const { spec, ...more } = named(name, { port });
      return { ...more, spec: { ...(spec.type ? { type: spec.type } : {}), ports: spec.ports ?? [] } };
    };

    expect(await taken(outside('grafana-nas', 3000))).to.deep.equal({ 'grafana-nas': 'grafana http 3000' });
    expect(await taken(outside('nas-prometheus', 9090))).to.deep.equal({ 'nas-prometheus': 'prometheus http 9090' });
    for (const other of [
      outside('grafana-agent', 3000),
      outside('prometheus-node-exporter', 9100),
      outside('nas', 9090),
      named('grafana-nas', { port: 3000 }),
      named('nas-prometheus', { port: 9090 }),
    ])
      expect(await taken(other)).to.deep.equal({});
  });

  it("are Jaeger when a Tempo query frontend exposes only Jaeger's port", async () => {
    const labels = { 'app.kubernetes.io/name': 'tempo', 'app.kubernetes.io/component': 'query-frontend' };
    const jaeger = { name: 'jaeger-ui', port: 16_686 };
    const of = (...ports: readonly CorpusPort[]): CorpusService => service('x', { labels, ports });

    expect(await taken(of(jaeger))).to.deep.equal({ x: 'jaeger http 16686' });
    expect(await taken(of({ name: 'http', port: 3200 }, jaeger))).to.deep.equal({ x: 'tempo http 3200' });
  });

  it("are below the path of Istio's addon only when Jaeger runs all in one", async () => {
    const of = (selector: Readonly<Record<string, string>>): CorpusService =>
      service('tracing', { labels: { app: 'jaeger' }, selector, ports: [{ name: 'http-query', port: 80 }] });

    expect(await taken(of({ app: 'jaeger' }))).to.deep.equal({ tracing: 'jaeger http 80/jaeger' });
    expect(await taken(of({ app: 'jaeger', component: 'query' }))).to.deep.equal({ tracing: 'jaeger http 80' });
  });

  it('are identified despite a word after the product for how or where it runs', async () => {
    const of = (app: string, port: number): CorpusService => service(app, { selector: { app }, ports: [{ port }] });

    expect(await taken(of('jaeger-standalone', 16_686))).to.deep.equal({ 'jaeger-standalone': 'jaeger http 16686' });
    expect(await taken(of('kafka-dev', 9092))).to.deep.equal({ 'kafka-dev': 'kafka kafka 9092' });
    expect(await taken(of('kafka-connect-dev', 9092))).to.deep.equal({});
  });

  it('are represented by the one that is not headless when two lead to the same port of the same pods', async () => {
    const selector = { app: 'mysql' };
    const headless = service('mysql', { ports: [{ port: 3306 }], selector, headless: true });
    const read = (more: Partial<Shape>): CorpusService =>
      service('mysql-read', { ports: [{ port: 3306 }], selector, ...more });

    expect(Object.keys(await taken(headless, read({})))).to.deep.equal(['mysql-read']);
    // Another port of the pods, other pods, or a label that says the part.
    for (const more of [
      { ports: [{ port: 3306, targetPort: 3307 }] },
      { selector: { ...selector, disk: 'fast' } },
      { labels: { 'app.kubernetes.io/component': 'read' } },
    ])
      expect(Object.keys(await taken(headless, read(more)))).to.deep.equal(['mysql']);
  });

  it('give way, when headless, to the Service that they are named after', async () => {
    const port = { name: 'mongodb', port: 27_017 };
    const selector = { run: 'docs', disk: 'fast' };
    const headless = service('docs-mongodb-headless', { ports: [port], selector, headless: true });
    const main = service('docs-mongodb-main', { ports: [port], selector: { run: 'docs', role: 'primary' } });

    expect(Object.keys(await taken(headless, named('docs-mongodb', port)))).to.deep.equal(['docs-mongodb']);
    expect(Object.keys(await taken(headless, main))).to.deep.equal(['docs-mongodb-main']);
    for (const other of ['docs-mongodb2', 'docs-mongodb-main'])
      expect(Object.keys(await taken(headless, named(other, port)))).to.include('docs-mongodb-headless');
  });
});
