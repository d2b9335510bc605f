import { expect } from 'chai';
import { prometheus } from '../../../../detectors/prometheus.ts';
import type { Detector, Evidence, ServicePort, ServiceView } from '../../../../detectors/types.ts';
import { commonEvidenceOf } from '../../../../plugin/discovery/match/common-evidence.ts';
import { factsOf } from '../../../../plugin/discovery/match/service-facts.ts';
import { serviceView } from '../../../support/service-view.ts';

/** Its own number is 7000; 9000 is one that any server may have, 80 says nothing. */
const detector: Detector = {
  ...prometheus,
  words: ['prod', 'product-x'],
  abbreviations: ['px'],
  purposes: ['memory'],
  otherParts: ['feeder'],
  evidence: [
    { rule: 'product label', tier: 2, when: { product: ['prod', 'prod-server'] } },
    { rule: 'product and component', tier: 2, when: { product: 'suite', component: 'gateway' } },
    { rule: 'product label and port', tier: 3, when: { product: 'like-*', port: '7000' } },
    { rule: 'owner', tier: 2, when: { owner: 'Prod.example.com' } },
    { rule: 'weak product label', tier: 3, when: { product: 'weak' } },
  ],
  entryPoints: [
    { name: 'gateway', part: 'gateway' },
    { name: 'server', part: ['', 'server'] },
  ],
  ports: { names: ['http', 'prod-api'], numbers: [7000, 9000, 80], others: [7001] },
};

/** The same with a protocol of its own. */
const database: Detector = { ...detector, scheme: 'postgresql' };

/** Words that any program's port for its metrics has are no name of this one. */
const metrics: Detector = {
  ...database,
  words: ['prometheus'],
  evidence: [{ rule: 'product label', tier: 2, when: { product: 'prometheus' } }],
};

function port(number: number, change: Partial<ServicePort> = {}): ServicePort {
  return { name: 'http', port: number, protocol: 'TCP', appProtocol: '', targetPort: number, ...change };
}

const component = 'app.kubernetes.io/component';
const own = [port(7000)];
const owner = { apiVersion: 'example.com/v1', kind: 'Blog', name: 'blog' };

describe('plugin/discovery/match/common-evidence', () => {
  const found: readonly (readonly [title: string, Partial<ServiceView>, Evidence])[] = [
    [
      'the product within a longer label, with the component of an entry point',
      { labels: { app: 'acme-prod-ha', [component]: 'gateway' } },
      { rule: 'product in label and component', tier: 4, when: { product: 'acme-prod-ha', component: 'gateway' } },
    ],
    [
      'any of several product labels and components',
      {
        labels: { 'app.kubernetes.io/name': 'acme', app: 'acme-product-x', [component]: 'edge', component: 'server' },
      },
      { rule: 'product in label and component', tier: 4, when: { product: 'acme-product-x', component: 'server' } },
    ],
    [
      "the product at the end of a vendor's chart, on its own number",
      { labels: { app: 'acme', chart: 'acme-prod-1.0' }, ports: [port(7000)] },
      { rule: 'product in chart and port', tier: 4, when: { chart: 'acme-prod' } },
    ],
    [
      "the product in a vendor's chart, with the component of an entry point",
      { labels: { app: 'acme', 'helm.sh/chart': 'acme-prod-1.2.3', [component]: 'gateway' } },
      { rule: 'product in chart and component', tier: 4, when: { chart: 'acme-prod', component: 'gateway' } },
    ],
    [
      'the product followed by its entry point in the name, and that entry point as component, on any port',
      { name: 'prod-gateway-internal', selector: { [component]: 'gateway' }, ports: [port(80)] },
      { rule: 'name and component', tier: 5, when: { name: 'prod-gateway-internal', component: 'gateway' } },
    ],
    [
      'the product as the component of an application, on its own port',
      { labels: { app: 'shop', [component]: 'Prod' }, ports: [port(80), port(7000)] },
      { rule: 'component label and port', tier: 4, when: { component: 'Prod' } },
    ],
    [
      'another of its names as a component',
      { labels: { app: 'shop', [component]: 'prod-server' }, ports: [port(7000)] },
      { rule: 'component label and port', tier: 4, when: { component: 'prod-server' } },
    ],
    [
      "the product in the pods' label and in the name, on its own port",
      { name: 'shop-prod-a', labels: { app: 'shop' }, selector: { 'k8s-app': 'prod' }, ports: [port(7000)] },
      { rule: 'label of its pods, name and port', tier: 4, when: { selector: { 'k8s-app': '*' } } },
    ],
    [
      "the product in the pods' name label and in the name, on its own target port",
      {
        name: 'shop-prod',
        labels: { app: 'shop' },
        selector: { name: 'prod' },
        ports: [port(80, { targetPort: 7000 })],
      },
      { rule: 'label of its pods, name and port', tier: 4, when: { selector: { name: '*' } } },
    ],
    [
      'the product at the end of a pod label and in the name, on a number that no other product has',
      { name: 'prod-0', labels: { app: 'shop' }, selector: { app: 'shop-prod' }, ports: own },
      { rule: 'label of its pods, name and port', tier: 4, when: { selector: { app: '*' } } },
    ],
    [
      'the abbreviation at the start of a label, on its own number',
      { labels: { app: 'px-cluster' }, ports: own },
      { rule: 'abbreviation in label and port', tier: 4, when: { product: 'px-cluster' } },
    ],
    [
      'the abbreviation at the end of a pod label, on its own target port',
      { selector: { app: 'logs-px' }, ports: [port(80, { targetPort: 7000 })] },
      { rule: 'abbreviation in label and port', tier: 4, when: { product: 'logs-px' } },
    ],
    [
      'the abbreviation followed by a number in a label, on its own number',
      { labels: { app: 'px01' }, ports: own },
      { rule: 'abbreviation in label and port', tier: 4, when: { product: 'px01' } },
    ],
    [
      'the abbreviation followed by an entry point',
      { labels: { app: 'px-gateway' }, ports: own },
      { rule: 'abbreviation in label and port', tier: 4, when: { product: 'px-gateway' } },
    ],
    [
      'the abbreviation in the names of both Service and port, whatever owns it',
      {
        name: 'a-px-b',
        labels: { app: 'blog' },
        owners: [{ apiVersion: 'example.com/v1', kind: 'Blog', name: 'blog' }],
        ports: [port(7000, { name: 'http-px' })],
      },
      { rule: 'name and port name', tier: 5, when: { name: 'a-px-b', namedPort: { name: 'http-px', number: '7000' } } },
    ],
    [
      'the product followed by a number in a label, on a generic port',
      { labels: { app: 'prod-01' }, ports: [port(9000)] },
      { rule: 'product label and port', tier: 4, when: { product: 'prod-01' } },
    ],
    [
      'the product followed by a version in a pod label',
      { selector: { app: 'prod-8.0-1' }, ports: own },
      { rule: 'product label and port', tier: 4, when: { product: 'prod-8.0-1' } },
    ],
    [
      'an owner kind with other words before the product',
      { owners: [{ apiVersion: 'example.com/v1', kind: 'DistributedProdCluster', name: 'a' }], ports: own },
      { rule: 'owner and port', tier: 2, when: { owner: 'DistributedProdCluster.example.com' } },
    ],
    [
      'the product after a release that the app label starts with too',
      { name: 'eu-prod', labels: { app: 'eu-shop', release: 'eu' }, ports: own },
      { rule: 'name and number of a port', tier: 5, when: { name: 'eu-prod' } },
    ],
    [
      'the product in the name of a Service without a selector',
      { name: 'prod-example-com', selector: null, ports: [port(9000)] },
      { rule: 'name without a selector, and port', tier: 5, when: { name: 'prod-example-com' } },
    ],
    [
      'the abbreviation in the name of a Service without a selector',
      { name: 'eu-px-pool', selector: null, ports: own },
      { rule: 'name without a selector, and port', tier: 5, when: { name: 'eu-px-pool' } },
    ],
    [
      'the product as any pod label when none names another product, on its own number',
      { name: 'shop', labels: { env: 'x' }, selector: { release: 'prod', Tier: 'Prod-Server' }, ports: own },
      { rule: 'term of the pod selector and port', tier: 5, when: { selector: { Tier: '*' } } },
    ],
    [
      'the product as any pod label beside the app label, on its own number',
      { name: 'shop', labels: { app: 'blog' }, selector: { app: 'blog', tier: 'prod' }, ports: own },
      { rule: 'term of the pod selector and port', tier: 5, when: { selector: { tier: '*' } } },
    ],
    [
      'another word for the product in the name of a Service without a selector',
      { name: 'eu-product-x-1', selector: null, ports: own },
      { rule: 'name without a selector, and port', tier: 5, when: { name: 'eu-product-x-1' } },
    ],
    [
      'the abbreviation in the name when no label names anything',
      { name: 'eu-px', selector: { run: 'px' }, ports: own },
      { rule: 'name and number of a port', tier: 5, when: { name: 'eu-px' } },
    ],
    [
      'the abbreviation after the app label in the name',
      { name: 'shop-px', labels: { app: 'shop' }, selector: { run: 'a' }, ports: own },
      { rule: 'name and number of a port', tier: 5, when: { name: 'shop-px' } },
    ],
    [
      'the product within a longer label, and in the name before a word such as "service"',
      { name: 'prod-service', labels: { app: 'shop-prod-a' }, ports: own },
      { rule: 'product in label, name and port', tier: 5, when: { name: 'prod-service' } },
    ],
    [
      'the product within a longer label and at the end of the name, on a number that no other product has',
      { name: 'shop-prod', labels: { app: 'shop-prod-a' }, ports: [port(80), port(7000)] },
      { rule: 'product in label, name and port', tier: 5, when: { name: 'shop-prod' } },
    ],
    [
      'the product within any longer label when it is the whole name',
      { name: 'prod', labels: { app: 'shop', 'k8s-app': 'shop-prod' }, ports: [port(7000)] },
      { rule: 'product in label, name and port', tier: 5, when: { name: 'prod' } },
    ],
    [
      'the product within a longer pod label and at the end of the name',
      { name: 'shop-prod', labels: { app: 'blog' }, selector: { app: 'shop-prod-a' }, ports: [port(7000)] },
      { rule: 'product in label, name and port', tier: 5, when: { name: 'shop-prod' } },
    ],
    [
      'the product after the app label in the name, on a number that no other product has',
      { name: 'shop-prod', labels: { app: 'shop' }, ports: [port(7000, { name: '' })] },
      { rule: 'name and number of a port', tier: 5, when: { name: 'shop-prod' } },
    ],
    [
      'the product in the name of a Service without labels, on a number that no other product has',
      { name: 'a-prod-blue', ports: [port(7000)] },
      { rule: 'name and number of a port', tier: 5, when: { name: 'a-prod-blue' } },
    ],
    [
      'the product as the name apart from words such as "service", whatever the labels',
      { name: 'prod-db-service', labels: { app: 'blog' }, ports: [port(7000)] },
      { rule: 'name and number of a port', tier: 5, when: { name: 'prod-db-service' } },
    ],
    [
      'the port name of its charts on its own number, beside ports that serve no queries',
      {
        name: 'blog',
        labels: { app: 'blog' },
        ports: [
          port(4317),
          port(8080, { name: 'metrics' }),
          port(53, { protocol: 'UDP' }),
          port(7000, { name: 'prod-api' }),
        ],
      },
      { rule: 'port name and number', tier: 5, when: { namedPort: { name: 'prod-api', number: '7000' } } },
    ],
    [
      'the product as the name apart from a word such as "lb", on a generic port',
      { name: 'prod-lb', ports: [port(9000)] },
      { rule: 'name and number of a port', tier: 5, when: { name: 'prod-lb' } },
    ],
    [
      'two of its port numbers, one of them for another protocol',
      { name: 'blog', labels: { app: 'blog' }, ports: [port(7001), port(8080), port(7000, { name: 'x' })] },
      { rule: 'numbers of ports', tier: 5, when: { namedPort: { name: 'x', number: '7000' } } },
    ],
    [
      'the product in the name of the target port behind a generic port',
      { name: 'blog', labels: { app: 'blog' }, ports: [port(80, { targetPort: 'prod-api' })] },
      { rule: 'port name and number', tier: 5, when: { namedPort: { name: 'http', number: '80' } } },
    ],
  ];
  for (const [title, change, evidence] of found) {
    it(`finds evidence in ${title}`, () => {
      expect(commonEvidenceOf(factsOf(serviceView(change)), detector)).to.deep.equal(evidence);
    });
  }

  const missing: readonly (readonly [title: string, Partial<ServiceView>])[] = [
    ['an entry point alone', { labels: { app: 'acme', [component]: 'gateway' } }],
    ['a label with the product inside another word', { labels: { app: 'acmeprod', [component]: 'gateway' } }],
    ["a vendor's chart on a generic port", { labels: { app: 'acme', chart: 'acme-prod-1.0' }, ports: [port(9000)] }],
    [
      'a chart that ends in another word, on its own number',
      { labels: { app: 'acme', chart: 'acme-prod-exporter-1.0' }, ports: [port(7000)] },
    ],
    ['a chart with the product inside another word', { labels: { chart: 'products-1.0', [component]: 'gateway' } }],
    ['a longer label with another component', { labels: { app: 'acme-prod', [component]: 'edge' } }],
    ['a longer label without a component', { labels: { app: 'acme-prod' } }],
    ['the product as a component without its port', { labels: { [component]: 'prod' }, ports: [port(80)] }],
    [
      'the product as a component on a port of another protocol',
      { labels: { [component]: 'prod' }, ports: [port(7000, { protocol: 'UDP' })] },
    ],
    ['a component that is not a name of the product', { labels: { [component]: 'product' }, ports: own }],
    [
      'a component that names the product only together with another label',
      { labels: { [component]: 'suite' }, ports: own },
    ],
    ['a component that names the product only together with a port', { labels: { [component]: 'like-a' }, ports: own }],
    ['a component that is only weak evidence of the product', { labels: { [component]: 'weak' }, ports: own }],
    ['a pod label without the port', { name: 'shop-prod', labels: { app: 'shop' }, selector: { app: 'prod' } }],
    ['a pod label without the name', { name: 'shop', labels: { app: 'shop' }, selector: { app: 'prod' }, ports: own }],
    [
      'the end of a pod label and the name, on a generic port',
      { name: 'prod-0', labels: { app: 'shop' }, selector: { app: 'shop-prod' }, ports: [port(9000)] },
    ],
    [
      'the product inside another word at the end of a pod label',
      { name: 'prod-0', labels: { app: 'shop' }, selector: { app: 'shopprod' }, ports: own },
    ],
    [
      'a pod label beside the app label that contains more than the product',
      { name: 'shop', labels: { app: 'blog' }, selector: { tier: 'prod-2' }, ports: own },
    ],
    [
      "the pods' name label beside the app label",
      { name: 'shop', labels: { app: 'blog' }, selector: { name: 'prod' }, ports: own },
    ],
    ['a name without pod labels', { name: 'shop-prod', labels: { app: 'blog' }, ports: own }],
    ['the abbreviation on a generic port', { labels: { app: 'px' }, ports: [port(9000)] }],
    ['the abbreviation inside another word', { labels: { app: 'pxy' }, ports: own }],
    ['the abbreviation in the middle of a label', { labels: { app: 'a-px-b' }, ports: own }],
    [
      'the abbreviation in the name, on a generic port',
      { name: 'eu-px', selector: { run: 'px' }, ports: [port(9000)] },
    ],
    ['an exporter with the abbreviation in its name', { name: 'px-exporter', selector: { run: 'px' }, ports: own }],
    [
      'a numbered exporter with the abbreviation in its name',
      { name: 'px-exporter2', selector: { run: 'a' }, ports: own },
    ],
    [
      'the abbreviation as the name, beside another app label',
      { name: 'px', labels: { app: 'shop' }, selector: { run: 'a' }, ports: own },
    ],
    [
      'the abbreviation as the name, owned by an operator',
      { name: 'px', owners: [owner], selector: { run: 'a' }, ports: own },
    ],
    ['an exporter with the abbreviation in its label', { labels: { app: 'px-exporter' }, ports: own }],
    [
      'a part that only this product has, with the abbreviation in its label',
      { labels: { app: 'px-feeder' }, ports: own },
    ],
    ['a numbered exporter with the abbreviation in its label', { labels: { app: 'px-exporter-1' }, ports: own }],
    [
      'an exporter with the abbreviation in the names of Service and port',
      { name: 'px-exporter', labels: { app: 'blog' }, ports: [port(7000, { name: 'px' })] },
    ],
    [
      'the abbreviation in a port name only',
      { name: 'blog', labels: { app: 'blog' }, ports: [port(7000, { name: 'px' })] },
    ],
    ['the product followed by a number in a label, without its port', { labels: { app: 'prod-01' } }],
    ['the product followed by a number and a word in a label', { labels: { app: 'prod-01-x' }, ports: own }],
    [
      'an owner kind with the product inside another word',
      { owners: [{ apiVersion: 'example.com/v1', kind: 'Subprod', name: 'a' }], ports: own },
    ],
    [
      'an owner kind with the product before another word',
      { owners: [{ apiVersion: 'example.com/v1', kind: 'ProdExporter', name: 'a' }], ports: own },
    ],
    [
      'the product after a release that the app label does not start with',
      { name: 'eu-prod', labels: { app: 'shop', release: 'eu' }, ports: own },
    ],
    [
      'the product after a different release',
      { name: 'us-prod', labels: { app: 'eu-shop', release: 'eu' }, ports: own },
    ],
    ...(
      [
        ['the name of a Service without a selector, on another number', { ports: [port(7002)] }],
        ['the name of a Service without a selector, beside another port', { ports: [port(9000), port(81)] }],
        ['the name of a Service without a selector, labelled as something else', { labels: { app: 'blog' } }],
        ['the name of a Service without a selector, owned by an operator', { owners: [owner] }],
        ['the name of a Service of type ExternalName', { type: 'ExternalName' }],
        ['the name of a Service without a selector, with the product inside another word', { name: 'myprod-example' }],
        ['the name of a Service without a selector, for an exporter', { name: 'px-exporter' }],
      ] as const
    ).map(
      ([title, change]) => [title, { name: 'prod-example', selector: null, ports: [port(9000)], ...change }] as const,
    ),
    ['any pod label on a generic port', { selector: { tier: 'prod' }, ports: [port(9000)] }],
    ['the release label of the pods', { selector: { release: 'prod' }, ports: own }],
    ['the custom resource label of the pods', { selector: { prometheus: 'prod' }, ports: own }],
    ['any pod label of a Service that an operator owns', { owners: [owner], selector: { tier: 'prod' }, ports: own }],
    ['any label of the Service itself', { labels: { tier: 'prod' }, ports: own }],
    [
      'a longer label and the name, on a generic port',
      { name: 'shop-prod', labels: { app: 'shop-prod-a' }, ports: [port(9000)] },
    ],
    [
      'a longer label and the name, on a gRPC port',
      { name: 'shop-prod', labels: { app: 'shop-prod-a' }, ports: [port(7000, { name: 'grpc' })] },
    ],
    [
      'a longer label and a name that starts with the product',
      { name: 'prod-shop', labels: { app: 'shop-prod-a' }, ports: own },
    ],
    [
      'a longer label and a name with the product inside another word',
      { name: 'shopprod', labels: { app: 'shop-prod-a' }, ports: own },
    ],
    ['the name of a Service that an operator owns', { name: 'shop-prod', owners: [owner], ports: own }],
    ['the name on a metrics port', { name: 'shop-prod', ports: [port(7000, { name: 'metrics' })] }],
    ['the name on a generic port', { name: 'shop-prod', selector: { run: 'a' }, ports: [port(9000)] }],
    ['the product inside another word of the name', { name: 'shop-prods', labels: { app: 'shop' }, ports: own }],
    [
      'a port named after the product, which its charts name differently',
      { name: 'blog', ports: [port(7000, { name: 'prod' })] },
    ],
    ['a port named after the product, on another number', { name: 'blog', ports: [port(7001, { name: 'prod-api' })] }],
    [
      'a port named after the product, beside an unrelated port',
      { name: 'blog', ports: [port(7000, { name: 'prod-api' }), port(8080)] },
    ],
    [
      'a port named after the product, of a Service that an operator owns',
      { name: 'blog', owners: [owner], ports: [port(7000, { name: 'prod-api' })] },
    ],
    [
      'the name of the target port behind a metrics port',
      { name: 'blog', ports: [port(80, { name: 'metrics', targetPort: 'prod-api' })] },
    ],
    [
      'the name of the target port behind another number',
      { name: 'blog', ports: [port(81, { targetPort: 'prod-api' })] },
    ],
    ['two port numbers, neither of which is for another protocol', { name: 'blog', ports: [port(8080), ...own] }],
    ['a name that says database, over HTTP', { name: 'blog-db', ports: own }],
    ['the name beside another app label', { name: 'shop-prod', labels: { app: 'blog' }, ports: own }],
    [
      'the product and its entry point in the name, of a component that is another one',
      { name: 'prod-gateway-internal', selector: { [component]: 'server' }, ports: [port(80)] },
    ],
    [
      'the product and its entry point in the name of what an operator owns',
      { name: 'prod-gateway-internal', selector: { [component]: 'gateway' }, owners: [owner], ports: [port(80)] },
    ],
    [
      'the product in the name apart from its entry point',
      { name: 'prod-eu-gateway', selector: { [component]: 'gateway' }, ports: [port(80)] },
    ],
  ];
  for (const [title, change] of missing) {
    it(`finds no evidence in ${title}`, () => {
      expect(commonEvidenceOf(factsOf(serviceView(change)), detector)).to.equal(undefined);
    });
  }

  describe('for a product with its own protocol', () => {
    const evidenceOf = (change: Partial<ServiceView>, of = database): Evidence | undefined =>
      commonEvidenceOf(factsOf(serviceView(change)), of);

    it('finds evidence in a name that says database, on a number that no other product has', () => {
      for (const name of ['db', 'blog-db', 'blog-db-svc', 'database', 'blog-database', 'blogdb', 'wpdb-eu'])
        expect(evidenceOf({ name, labels: { app: 'blog' }, ports: own })).to.deep.equal({
          rule: 'name of a database and port',
          tier: 5,
          when: { name },
        });
    });

    it('finds evidence in a pod label that says database, whatever its key, on a number that no other product has', () => {
      for (const [key, value] of [
        ['tier', 'database'],
        ['type', 'db'],
        ['app', 'Database'],
      ] as const)
        expect(
          evidenceOf({ name: 'blog-x', labels: { app: 'blog' }, selector: { [key]: value }, ports: own }),
        ).to.deep.equal({ rule: 'label of a database and port', tier: 5, when: { selector: { [key]: '*' } } });
      expect(evidenceOf({ name: 'blog-x', selector: { tier: 'databases' }, ports: own })).to.equal(undefined);
      expect(evidenceOf({ name: 'blog-x', selector: { tier: 'db' }, ports: [port(9000)] })).to.equal(undefined);
      expect(evidenceOf({ name: 'blog-x', selector: { tier: 'db' }, owners: [owner], ports: own })).to.equal(undefined);
      expect(evidenceOf({ name: 'blog-x', selector: { tier: 'db' }, ports: own }, detector)).to.equal(undefined);
    });

    it('finds evidence in a name or pod label that states its purpose', () => {
      expect(evidenceOf({ name: 'blog-memory-0', labels: { app: 'blog' }, ports: own })?.rule).to.equal(
        'name of a database and port',
      );
      expect(evidenceOf({ name: 'blog-x', selector: { app: 'memory' }, ports: own })?.rule).to.equal(
        'label of a database and port',
      );
      for (const change of [
        { name: 'blog-memory', ports: [port(9000)] },
        { name: 'blog-memory', ports: [port(7000), port(8080)] },
        { name: 'blog-memory', owners: [owner], ports: own },
        { name: 'blogmemory', ports: own },
      ])
        expect(evidenceOf({ selector: { run: 'a' }, ...change })).to.equal(undefined);
      expect(evidenceOf({ name: 'blog-memory', selector: { run: 'a' }, ports: own }, detector)).to.equal(undefined);
    });

    it('finds evidence of a database beside an SSH port', () => {
      expect(evidenceOf({ name: 'blog-db', ports: [port(2022, { name: 'sshd' }), ...own] })?.rule).to.equal(
        'name of a database and port',
      );
    });

    it('finds evidence in any port name that contains the product, on its own number', () => {
      const named = { name: 'tcp-prod', number: '7000' };

      expect(evidenceOf({ name: 'blog', ports: [port(7000, { name: 'tcp-prod' })] })).to.deep.equal({
        rule: 'port name and number',
        tier: 5,
        when: { namedPort: named },
      });
    });

    it("finds evidence in the name or port name of a Service that an application's operator owns", () => {
      for (const change of [
        { name: 'blog-prod', ports: own },
        { name: 'blog-prod-svc', ports: own },
        { name: 'blog-data', ports: [port(7000, { name: 'prod' })] },
      ])
        expect(evidenceOf({ labels: { app: 'acme' }, owners: [owner], ...change })).to.deep.equal({
          rule: 'name of what an application brings',
          tier: 5,
          when: { name: change.name },
        });
    });

    it("finds none in an operator's Service over HTTP, headless, on or beside another port, or with a suffix", () => {
      const brought: Partial<ServiceView> = { name: 'blog-prod', owners: [owner], ports: own };
      expect(evidenceOf(brought, detector)).to.equal(undefined);
      for (const change of [
        { clusterIP: 'None' },
        { ports: [port(9000)] },
        { ports: [...own, port(8080)] },
        { name: 'blog-prod-listener' },
        { owners: [], labels: { app: 'acme' } },
      ])
        expect(evidenceOf({ ...brought, ...change })).to.equal(undefined);
    });

    it('finds none in a database name with an owner, on or beside another port, or inside another word', () => {
      expect(evidenceOf({ name: 'blog-db', owners: [owner], ports: own })).to.equal(undefined);
      expect(evidenceOf({ name: 'blog-db', ports: [port(9000)] })).to.equal(undefined);
      expect(evidenceOf({ name: 'blog-db', ports: [...own, port(8080)] })).to.equal(undefined);
      expect(evidenceOf({ name: 'blogdbs', ports: own })).to.equal(undefined);
    });

    it('finds none in the name of another product that speaks its protocol', () => {
      for (const name of ['ferretdb', 'eu-cratedb', 'tidb-0'])
        expect(evidenceOf({ name, labels: { app: 'blog' }, ports: own })).to.equal(undefined);
    });

    it('finds none in the word Prometheus, which metrics ports of any program have', () => {
      expect(evidenceOf({ name: 'blog', ports: [port(7000, { name: 'prometheus' })] }, metrics)).to.equal(undefined);
      const named = { name: 'blog-prometheus', selector: { run: 'a' }, ports: own };
      expect(evidenceOf(named, metrics)).to.equal(undefined);
    });
  });
});
