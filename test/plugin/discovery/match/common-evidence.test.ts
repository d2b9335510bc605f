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
  ports: { names: ['http'], numbers: [7000, 9000, 80] },
};

function port(number: number, change: Partial<ServicePort> = {}): ServicePort {
  return { name: 'http', port: number, protocol: 'TCP', appProtocol: '', targetPort: number, ...change };
}

const component = 'app.kubernetes.io/component';

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
      'the product in a longer label and at the end of the name, on a number that no other product has',
      { name: 'shop-prod', labels: { app: 'shop-prod-a' }, ports: [port(80), port(7000)] },
      { rule: 'product in label, name and port', tier: 5, when: { name: 'shop-prod' } },
    ],
    [
      'the product in any longer label, where it is the whole name',
      { name: 'prod', labels: { app: 'shop', 'k8s-app': 'shop-prod' }, ports: [port(7000)] },
      { rule: 'product in label, name and port', tier: 5, when: { name: 'prod' } },
    ],
  ];
  for (const [title, change, evidence] of found) {
    it(`is ${title}`, () => {
      expect(commonEvidenceOf(factsOf(serviceView(change)), detector)).to.deep.equal(evidence);
    });
  }

  const own = [port(7000)];
  const missing: readonly (readonly [title: string, Partial<ServiceView>])[] = [
    ['an entry point alone', { labels: { app: 'acme', [component]: 'gateway' } }],
    ['a label that has the word within another', { labels: { app: 'acmeprod', [component]: 'gateway' } }],
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
      'another label of the pods',
      { name: 'shop-prod', labels: { app: 'shop' }, selector: { tier: 'prod' }, ports: own },
    ],
    ['a name without labels of the pods', { name: 'shop-prod', labels: { app: 'shop' }, ports: own }],
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
    ['another label and the name', { name: 'shop-prod', labels: { app: 'shop' }, ports: own }],
  ];
  for (const [title, change] of missing) {
    it(`is not ${title}`, () => {
      expect(commonEvidenceOf(factsOf(serviceView(change)), detector)).to.equal(undefined);
    });
  }
});
