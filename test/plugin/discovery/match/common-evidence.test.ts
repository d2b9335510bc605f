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
      'the product in a longer product label, beside one of its entry points',
      { labels: { app: 'acme-prod-ha', [component]: 'gateway' } },
      { rule: 'product in label and component', tier: 4, when: { product: 'acme-prod-ha', component: 'gateway' } },
    ],
    [
      'any of the product labels and components',
      {
        labels: { 'app.kubernetes.io/name': 'acme', app: 'acme-product-x', [component]: 'edge', component: 'server' },
      },
      { rule: 'product in label and component', tier: 4, when: { product: 'acme-product-x', component: 'server' } },
    ],
    [
      "the product at the end of a vendor's chart, beside its own number",
      { labels: { app: 'acme', chart: 'acme-prod-1.0' }, ports: [port(7000)] },
      { rule: 'product in chart and port', tier: 4, when: { chart: 'acme-prod' } },
    ],
    [
      'the product in the chart of a vendor, beside one of its entry points',
      { labels: { app: 'acme', 'helm.sh/chart': 'acme-prod-1.2.3', [component]: 'gateway' } },
      { rule: 'product in chart and component', tier: 4, when: { chart: 'acme-prod', component: 'gateway' } },
    ],
    [
      'the product as a component of an application, on its own port',
      { labels: { app: 'shop', [component]: 'Prod' }, ports: [port(80), port(7000)] },
      { rule: 'component label and port', tier: 4, when: { component: 'Prod' } },
    ],
    [
      'another of its own names as a component',
      { labels: { app: 'shop', [component]: 'prod-server' }, ports: [port(7000)] },
      { rule: 'component label and port', tier: 4, when: { component: 'prod-server' } },
    ],
    [
      "the product in the pods' label and in the name, on its own port",
      { name: 'shop-prod-a', labels: { app: 'shop' }, selector: { 'k8s-app': 'prod' }, ports: [port(7000)] },
      { rule: 'label of its pods, name and port', tier: 4, when: { selector: { 'k8s-app': '*' } } },
    ],
    [
      "the product in a house label of the pods and in the name, on the pods' own port",
      {
        name: 'shop-prod',
        labels: { app: 'shop' },
        selector: { name: 'prod' },
        ports: [port(80, { targetPort: 7000 })],
      },
      { rule: 'label of its pods, name and port', tier: 4, when: { selector: { name: '*' } } },
    ],
    [
      "the product at the end of the pods' label and in the name, on a number that no other product has",
      { name: 'prod-0', labels: { app: 'shop' }, selector: { app: 'shop-prod' }, ports: own },
      { rule: 'label of its pods, name and port', tier: 4, when: { selector: { app: '*' } } },
    ],
    [
      'what people call the product for short in front of a label, on its own number',
      { labels: { app: 'px-cluster' }, ports: own },
      { rule: 'abbreviation in label and port', tier: 4, when: { product: 'px-cluster' } },
    ],
    [
      "the same behind a label of the pods, on the pods' own number",
      { selector: { app: 'logs-px' }, ports: [port(80, { targetPort: 7000 })] },
      { rule: 'abbreviation in label and port', tier: 4, when: { product: 'logs-px' } },
    ],
    [
      'what people call the product for short with a number behind it in a label, on its own number',
      { labels: { app: 'px01' }, ports: own },
      { rule: 'abbreviation in label and port', tier: 4, when: { product: 'px01' } },
    ],
    [
      'what people call the product for short before one of its entry points',
      { labels: { app: 'px-gateway' }, ports: own },
      { rule: 'abbreviation in label and port', tier: 4, when: { product: 'px-gateway' } },
    ],
    [
      'what people call the product for short in the names of both the Service and a port, regardless of their owner',
      {
        name: 'a-px-b',
        labels: { app: 'blog' },
        owners: [{ apiVersion: 'example.com/v1', kind: 'Blog', name: 'blog' }],
        ports: [port(7000, { name: 'http-px' })],
      },
      { rule: 'name and port name', tier: 5, when: { name: 'a-px-b', namedPort: { name: 'http-px', number: '7000' } } },
    ],
    [
      'the product with a number behind it in a label, on its own port that any server may have',
      { labels: { app: 'prod-01' }, ports: [port(9000)] },
      { rule: 'product label and port', tier: 4, when: { product: 'prod-01' } },
    ],
    [
      'the product with a version behind it in a label of the pods',
      { selector: { app: 'prod-8.0-1' }, ports: own },
      { rule: 'product label and port', tier: 4, when: { product: 'prod-8.0-1' } },
    ],
    [
      "the resource of an operator that has words of its own before the product's",
      { owners: [{ apiVersion: 'example.com/v1', kind: 'DistributedProdCluster', name: 'a' }], ports: own },
      { rule: 'owner and port', tier: 2, when: { owner: 'DistributedProdCluster.example.com' } },
    ],
    [
      'the product behind the release that the label of the application begins with as well',
      { name: 'eu-prod', labels: { app: 'eu-shop', release: 'eu' }, ports: own },
      { rule: 'name and number of a port', tier: 5, when: { name: 'eu-prod' } },
    ],
    [
      'the product in the name of what a person leads to a server elsewhere',
      { name: 'prod-example-com', selector: null, ports: [port(9000)] },
      { rule: 'name without a selector, and port', tier: 5, when: { name: 'prod-example-com' } },
    ],
    [
      'what people call the product for short in such a name',
      { name: 'eu-px-pool', selector: null, ports: own },
      { rule: 'name without a selector, and port', tier: 5, when: { name: 'eu-px-pool' } },
    ],
    [
      'the product as any label of the pods, where none names another, on its own number',
      { name: 'shop', labels: { env: 'x' }, selector: { release: 'prod', Tier: 'Prod-Server' }, ports: own },
      { rule: 'term of the pod selector and port', tier: 5, when: { selector: { Tier: '*' } } },
    ],
    [
      "the product as any label of the pods beside the application's, on its own number",
      { name: 'shop', labels: { app: 'blog' }, selector: { app: 'blog', tier: 'prod' }, ports: own },
      { rule: 'term of the pod selector and port', tier: 5, when: { selector: { tier: '*' } } },
    ],
    [
      'another word for the product in the name of what a person leads to a server elsewhere',
      { name: 'eu-product-x-1', selector: null, ports: own },
      { rule: 'name without a selector, and port', tier: 5, when: { name: 'eu-product-x-1' } },
    ],
    [
      'what people call the product for short in its name, where no label names anything',
      { name: 'eu-px', selector: { run: 'px' }, ports: own },
      { rule: 'name and number of a port', tier: 5, when: { name: 'eu-px' } },
    ],
    [
      'what people call the product for short beside the application of the labels',
      { name: 'shop-px', labels: { app: 'shop' }, selector: { run: 'a' }, ports: own },
      { rule: 'name and number of a port', tier: 5, when: { name: 'shop-px' } },
    ],
    [
      'the product in a longer label and before a word for Services in the name',
      { name: 'prod-service', labels: { app: 'shop-prod-a' }, ports: own },
      { rule: 'product in label, name and port', tier: 5, when: { name: 'prod-service' } },
    ],
    [
      'the product in a longer label and at the end of the name, on a number that no other product has',
      { name: 'shop-prod', labels: { app: 'shop-prod-a' }, ports: [port(80), port(7000)] },
      { rule: 'product in label, name and port', tier: 5, when: { name: 'shop-prod' } },
    ],
    [
      'the product in any longer label, where it is the whole name',
      { name: 'prod', labels: { app: 'shop', 'k8s-app': 'shop-prod' }, ports: [port(7000)] },
      { rule: 'product in label, name and port', tier: 5, when: { name: 'prod' } },
    ],
    [
      'the product in a longer label of the pods and at the end of the name',
      { name: 'shop-prod', labels: { app: 'blog' }, selector: { app: 'shop-prod-a' }, ports: [port(7000)] },
      { rule: 'product in label, name and port', tier: 5, when: { name: 'shop-prod' } },
    ],
    [
      'the product behind the application of the labels in the name, on a number that no other product has',
      { name: 'shop-prod', labels: { app: 'shop' }, ports: [port(7000, { name: '' })] },
      { rule: 'name and number of a port', tier: 5, when: { name: 'shop-prod' } },
    ],
    [
      'the product in the name of a Service without labels, on a number that no other product has',
      { name: 'a-prod-blue', ports: [port(7000)] },
      { rule: 'name and number of a port', tier: 5, when: { name: 'a-prod-blue' } },
    ],
    [
      'the product as the name but for words for Services, whatever its labels are',
      { name: 'prod-db-service', labels: { app: 'blog' }, ports: [port(7000)] },
      { rule: 'name and number of a port', tier: 5, when: { name: 'prod-db-service' } },
    ],
    [
      "the product in a port's name that its charts give, with its own number, beside ports that answer no queries",
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
      'the product as the name but for a word for Services, on its own number that any server may have',
      { name: 'prod-lb', ports: [port(9000)] },
      { rule: 'name and number of a port', tier: 5, when: { name: 'prod-lb' } },
    ],
    [
      'two numbers, one of them of another protocol of the product',
      { name: 'blog', labels: { app: 'blog' }, ports: [port(7001), port(8080), port(7000, { name: 'x' })] },
      { rule: 'numbers of ports', tier: 5, when: { namedPort: { name: 'x', number: '7000' } } },
    ],
    [
      "the product in the name of the pods' port behind one that anything may listen on",
      { name: 'blog', labels: { app: 'blog' }, ports: [port(80, { targetPort: 'prod-api' })] },
      { rule: 'port name and number', tier: 5, when: { namedPort: { name: 'http', number: '80' } } },
    ],
  ];
  for (const [title, change, evidence] of found) {
    it(`is ${title}`, () => {
      expect(commonEvidenceOf(factsOf(serviceView(change)), detector)).to.deep.equal(evidence);
    });
  }

  const missing: readonly (readonly [title: string, Partial<ServiceView>])[] = [
    ['an entry point alone', { labels: { app: 'acme', [component]: 'gateway' } }],
    ['a label that has the word within another', { labels: { app: 'acmeprod', [component]: 'gateway' } }],
    [
      "a vendor's chart beside a number that any server may have",
      { labels: { app: 'acme', chart: 'acme-prod-1.0' }, ports: [port(9000)] },
    ],
    [
      'a chart that ends with another word, beside the own number',
      { labels: { app: 'acme', chart: 'acme-prod-exporter-1.0' }, ports: [port(7000)] },
    ],
    ['a chart that has the word within another', { labels: { chart: 'products-1.0', [component]: 'gateway' } }],
    ['a longer label beside another component', { labels: { app: 'acme-prod', [component]: 'edge' } }],
    ['a longer label beside no component', { labels: { app: 'acme-prod' } }],
    ['the product as a component without its port', { labels: { [component]: 'prod' }, ports: [port(80)] }],
    [
      'the product as a component on a port of another protocol',
      { labels: { [component]: 'prod' }, ports: [port(7000, { protocol: 'UDP' })] },
    ],
    ['a component that is no name of the product', { labels: { [component]: 'product' }, ports: own }],
    ['a component that is the product with more beside it alone', { labels: { [component]: 'suite' }, ports: own }],
    ['a component that is the product by its port alone', { labels: { [component]: 'like-a' }, ports: own }],
    ['a component that is the product on weak evidence alone', { labels: { [component]: 'weak' }, ports: own }],
    ["the pods' label without the port", { name: 'shop-prod', labels: { app: 'shop' }, selector: { app: 'prod' } }],
    [
      "the pods' label without the name",
      { name: 'shop', labels: { app: 'shop' }, selector: { app: 'prod' }, ports: own },
    ],
    [
      "the end of the pods' label and the name on a number of any server",
      { name: 'prod-0', labels: { app: 'shop' }, selector: { app: 'shop-prod' }, ports: [port(9000)] },
    ],
    [
      "the product within another word at the end of the pods' label",
      { name: 'prod-0', labels: { app: 'shop' }, selector: { app: 'shopprod' }, ports: own },
    ],
    [
      "any label of the pods beside the application's that has more in it",
      { name: 'shop', labels: { app: 'blog' }, selector: { tier: 'prod-2' }, ports: own },
    ],
    [
      "a label of the pods for names beside the application's",
      { name: 'shop', labels: { app: 'blog' }, selector: { name: 'prod' }, ports: own },
    ],
    ['a name without labels of the pods', { name: 'shop-prod', labels: { app: 'blog' }, ports: own }],
    [
      'what people call the product for short on a number of any server',
      { labels: { app: 'px' }, ports: [port(9000)] },
    ],
    ['what people call the product for short within another word', { labels: { app: 'pxy' }, ports: own }],
    ['what people call the product for short in the middle', { labels: { app: 'a-px-b' }, ports: own }],
    [
      'what people call the product for short in its name on a number of any server',
      { name: 'eu-px', selector: { run: 'px' }, ports: [port(9000)] },
    ],
    ['another part of what the name calls so', { name: 'px-exporter', selector: { run: 'px' }, ports: own }],
    [
      'what people call the product for short beside something else',
      { name: 'px', labels: { app: 'shop' }, selector: { run: 'a' }, ports: own },
    ],
    [
      'what people call so in its name, owned by an operator',
      { name: 'px', owners: [owner], selector: { run: 'a' }, ports: own },
    ],
    ['another part of what people call so', { labels: { app: 'px-exporter' }, ports: own }],
    ['a part of its own of what people call so', { labels: { app: 'px-feeder' }, ports: own }],
    ['another part of what people call so, with a number behind it', { labels: { app: 'px-exporter-1' }, ports: own }],
    [
      'another part in names that have what people call the product for short',
      { name: 'px-exporter', labels: { app: 'blog' }, ports: [port(7000, { name: 'px' })] },
    ],
    [
      'what people call the product for short in the name of a port alone',
      { name: 'blog', labels: { app: 'blog' }, ports: [port(7000, { name: 'px' })] },
    ],
    ['the product with a number behind it in a label without its port', { labels: { app: 'prod-01' } }],
    ['the product with a word behind its number in a label', { labels: { app: 'prod-01-x' }, ports: own }],
    [
      'a kind with the product at the end of another word',
      { owners: [{ apiVersion: 'example.com/v1', kind: 'Subprod', name: 'a' }], ports: own },
    ],
    [
      'a kind with the product before another word',
      { owners: [{ apiVersion: 'example.com/v1', kind: 'ProdExporter', name: 'a' }], ports: own },
    ],
    [
      'the product behind a release that the label of the application has not',
      { name: 'eu-prod', labels: { app: 'shop', release: 'eu' }, ports: own },
    ],
    ['the product behind another release', { name: 'us-prod', labels: { app: 'eu-shop', release: 'eu' }, ports: own }],
    ...(
      [
        ['a name of a Service elsewhere on another number', { ports: [port(7002)] }],
        ['a name of a Service elsewhere beside another port', { ports: [port(9000), port(81)] }],
        ['a name of a Service elsewhere that a label gives to something else', { labels: { app: 'blog' } }],
        ['a name of a Service elsewhere that an operator owns', { owners: [owner] }],
        ['a name of a Service elsewhere for which DNS alone answers', { type: 'ExternalName' }],
        ['a name of a Service elsewhere with the product within another word', { name: 'myprod-example' }],
        ['a name of a Service elsewhere for a part of what people call so', { name: 'px-exporter' }],
      ] as const
    ).map(
      ([title, change]) => [title, { name: 'prod-example', selector: null, ports: [port(9000)], ...change }] as const,
    ),
    ['any label of the pods on a number of any server', { selector: { tier: 'prod' }, ports: [port(9000)] }],
    ['the release of the pods', { selector: { release: 'prod' }, ports: own }],
    ['the resource of the pods', { selector: { prometheus: 'prod' }, ports: own }],
    ['any label of the pods of what an operator owns', { owners: [owner], selector: { tier: 'prod' }, ports: own }],
    ['any label of the Service itself', { labels: { tier: 'prod' }, ports: own }],
    [
      'a longer label and the name on a number of any server',
      { name: 'shop-prod', labels: { app: 'shop-prod-a' }, ports: [port(9000)] },
    ],
    [
      'a longer label and the name on a port of another kind',
      { name: 'shop-prod', labels: { app: 'shop-prod-a' }, ports: [port(7000, { name: 'grpc' })] },
    ],
    [
      'a longer label and a name with the word in front',
      { name: 'prod-shop', labels: { app: 'shop-prod-a' }, ports: own },
    ],
    [
      'a longer label and a name with the word within another',
      { name: 'shopprod', labels: { app: 'shop-prod-a' }, ports: own },
    ],
    ['the name of what an operator owns', { name: 'shop-prod', owners: [owner], ports: own }],
    ['the name on a port for metrics', { name: 'shop-prod', ports: [port(7000, { name: 'metrics' })] }],
    ['the name on a number of any server', { name: 'shop-prod', selector: { run: 'a' }, ports: [port(9000)] }],
    ['the product within another word of the name', { name: 'shop-prods', labels: { app: 'shop' }, ports: own }],
    [
      'a port named for the product that its charts call otherwise',
      { name: 'blog', ports: [port(7000, { name: 'prod' })] },
    ],
    ['a port named for the product on another number', { name: 'blog', ports: [port(7001, { name: 'prod-api' })] }],
    [
      'a port named for the product beside one of something else',
      { name: 'blog', ports: [port(7000, { name: 'prod-api' }), port(8080)] },
    ],
    [
      'a port named for the product of what an operator owns',
      { name: 'blog', owners: [owner], ports: [port(7000, { name: 'prod-api' })] },
    ],
    [
      "the name of the pods' port behind one for metrics",
      { name: 'blog', ports: [port(80, { name: 'metrics', targetPort: 'prod-api' })] },
    ],
    [
      "the name of the pods' port behind another number",
      { name: 'blog', ports: [port(81, { targetPort: 'prod-api' })] },
    ],
    ['two numbers of which none is that of another protocol', { name: 'blog', ports: [port(8080), ...own] }],
    ['a database by its name', { name: 'blog-db', ports: own }],
    ['another label and the name', { name: 'shop-prod', labels: { app: 'blog' }, ports: own }],
  ];
  for (const [title, change] of missing) {
    it(`is not ${title}`, () => {
      expect(commonEvidenceOf(factsOf(serviceView(change)), detector)).to.equal(undefined);
    });
  }

  describe('of a product with a protocol of its own', () => {
    const evidenceOf = (change: Partial<ServiceView>, of = database): Evidence | undefined =>
      commonEvidenceOf(factsOf(serviceView(change)), of);

    it('is a name that says database, on a number that no other product has', () => {
      for (const name of ['db', 'blog-db', 'blog-db-svc', 'database', 'blog-database', 'blogdb', 'wpdb-eu'])
        expect(evidenceOf({ name, labels: { app: 'blog' }, ports: own })).to.deep.equal({
          rule: 'name of a database and port',
          tier: 5,
          when: { name },
        });
    });

    it('is a label of the pods that says database, whatever its key is, on a number that no other product has', () => {
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

    it('is a name or a label of the pods that says what people use it for', () => {
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

    it('is a database beside a port for a shell', () => {
      expect(evidenceOf({ name: 'blog-db', ports: [port(2022, { name: 'sshd' }), ...own] })?.rule).to.equal(
        'name of a database and port',
      );
    });

    it('is a port with its number that is named for it in any way', () => {
      const named = { name: 'tcp-prod', number: '7000' };

      expect(evidenceOf({ name: 'blog', ports: [port(7000, { name: 'tcp-prod' })] })).to.deep.equal({
        rule: 'port name and number',
        tier: 5,
        when: { namedPort: named },
      });
    });

    it('is what the operator of an application brings, by the end of the name or by the name of the port', () => {
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

    it('is nothing that an operator brings over HTTP, headless, on another number, beside another port, or with more behind', () => {
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

    it('is no database that an operator owns, on another number, beside another port, or that has the word within another', () => {
      expect(evidenceOf({ name: 'blog-db', owners: [owner], ports: own })).to.equal(undefined);
      expect(evidenceOf({ name: 'blog-db', ports: [port(9000)] })).to.equal(undefined);
      expect(evidenceOf({ name: 'blog-db', ports: [...own, port(8080)] })).to.equal(undefined);
      expect(evidenceOf({ name: 'blogdbs', ports: own })).to.equal(undefined);
    });

    it('is no product that speaks the protocol of another one', () => {
      for (const name of ['ferretdb', 'eu-cratedb', 'tidb-0'])
        expect(evidenceOf({ name, labels: { app: 'blog' }, ports: own })).to.equal(undefined);
    });

    it('is nothing by the word Prometheus, which ports for metrics of any program have', () => {
      expect(evidenceOf({ name: 'blog', ports: [port(7000, { name: 'prometheus' })] }, metrics)).to.equal(undefined);
      const named = { name: 'blog-prometheus', selector: { run: 'a' }, ports: own };
      expect(evidenceOf(named, metrics)).to.equal(undefined);
    });
  });
});
