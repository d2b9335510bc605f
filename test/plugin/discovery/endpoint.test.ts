import { expect } from 'chai';
import { prometheus } from '../../../detectors/prometheus.ts';
import type { Detector, PortRule, ServicePort, ServiceView } from '../../../detectors/types.ts';
import { urlOf } from '../../../plugin/discovery/decision.ts';
import type { Endpoint } from '../../../plugin/discovery/decision.ts';
import { endpointOf, isHeadless, withPodPort } from '../../../plugin/discovery/endpoint.ts';
import { factsOf } from '../../../plugin/discovery/match/service-facts.ts';
import { serviceView } from '../../support/service-view.ts';

type Port = Partial<ServicePort>;

function serviceWith(ports: readonly Port[], change: Partial<ServiceView> = {}): ServiceView {
  return serviceView({
    ports: ports.map(({ port = 80, ...rest }) => ({
      name: '',
      port,
      protocol: 'TCP',
      appProtocol: '',
      targetPort: port,
      ...rest,
    })),
    ...change,
  });
}

function endpoint(service: ServiceView, change: Partial<Detector> = {}): Endpoint | null {
  const detector: Detector = { ...prometheus, scheme: 'http', title: 'Product', ports, ...change };
  return endpointOf(factsOf(service), detector, { name: 'server' }, 'cluster.local');
}

const ports: PortRule = { names: ['query', 'http-*'], numbers: [9090, 80] };

describe('plugin/discovery/endpoint', () => {
  const chosen: readonly { title: string; of: readonly Port[]; port: number | null; rule?: PortRule }[] = [
    {
      title: 'the port with the most preferred name',
      of: [
        { name: 'http-x', port: 9090 },
        { name: 'query', port: 1 },
      ],
      port: 1,
    },
    {
      title: 'a matching name over a matching number',
      of: [
        { name: 'x', port: 9090 },
        { name: 'http-x', port: 2 },
      ],
      port: 2,
    },
    {
      title: 'a matching number over a matching target port',
      of: [
        { port: 3, targetPort: 9090 },
        { port: 9090, targetPort: 4 },
      ],
      port: 9090,
    },
    { title: 'the most preferred number', of: [{ port: 80 }, { port: 9090 }], port: 9090 },
    {
      title: 'a port with a matching target port',
      of: [
        { name: 'x', port: 5, targetPort: 9090 },
        { name: 'y', port: 6 },
      ],
      port: 5,
    },
    {
      title: 'no port by a generic target port',
      of: [
        { name: 'x', port: 5, targetPort: 80 },
        { name: 'y', port: 6 },
      ],
      port: null,
    },
    {
      title: 'a generic number whose port name allows it',
      of: [
        { name: 'x', port: 80 },
        { name: 'y', port: 6 },
      ],
      port: 80,
    },
    {
      title: 'no generic number whose port name denotes something else',
      of: [{ name: 'grpc', port: 80 }, { port: 6 }],
      port: null,
    },
    {
      title: "the product's own number, whatever the port name",
      of: [{ name: 'grpc', port: 9090 }, { port: 6 }],
      port: 9090,
    },
    { title: 'a lone port with a generic name', of: [{ name: 'web', port: 7 }], port: 7 },
    { title: 'a lone port without a name', of: [{ port: 7 }], port: 7 },
    { title: 'no lone port with a specific name', of: [{ name: 'carbon', port: 7 }], port: null },
    { title: 'no lone port that never serves queries', of: [{ name: 'metrics', port: 7 }], port: null },
    { title: "no lone port with Alertmanager's gossip number", of: [{ name: 'web', port: 9094 }], port: null },
    {
      title: 'neither of two uninformative ports',
      of: [
        { name: 'web', port: 7 },
        { name: 'api', port: 8 },
      ],
      port: null,
    },
    { title: 'no UDP port', of: [{ name: 'query', port: 7, protocol: 'UDP' }], port: null },
    {
      title: "no lone port whose number belongs to another of the product's protocols",
      of: [{ name: 'http', port: 7 }],
      port: null,
      rule: { ...ports, others: [7] },
    },
    { title: 'a lone TCP port beside a UDP port', of: [{ port: 7 }, { port: 8, protocol: 'UDP' }], port: 7 },
    { title: 'no ingest port, whatever its name', of: [{ name: 'query', port: 4317 }], port: null },
    {
      title: 'an ingest port that the user names',
      of: [{ name: 'query', port: 4317 }],
      port: 4317,
      rule: { ...ports, exact: true },
    },
    {
      title: 'a generic target port that the user names',
      of: [
        { name: 'x', port: 5, targetPort: 80 },
        { name: 'y', port: 6 },
      ],
      port: 5,
      rule: { names: [], numbers: [80], exact: true },
    },
  ];
  for (const { title, of, port, rule = ports } of chosen) {
    it(`chooses ${title}`, () => {
      expect(endpoint(serviceWith(of), { ports: rule })?.port ?? null).to.equal(port);
    });
  }

  const common = [
    '',
    'http',
    'https',
    'http-a',
    'https-a',
    'a-http',
    'a-https',
    'web',
    'api',
    'tcp',
    'main',
    'default',
  ];
  for (const name of [...common, 'server', 'service', 'ui', 'public', 'app']) {
    it(`chooses a lone port named ${JSON.stringify(name)}`, () => {
      expect(endpoint(serviceWith([{ name, port: 7 }]), { ports: { names: ['query'], numbers: [] } })?.port).to.equal(
        7,
      );
    });
  }

  it('prefers the ports of the entry point to those of the product', () => {
    const service = serviceWith([
      { name: 'query', port: 1 },
      { name: 'gateway', port: 2 },
    ]);
    const entryPoint = { name: 'gateway', ports: { names: ['gateway'], numbers: [] } };

    expect(endpointOf(factsOf(service), { ...prometheus, ports }, entryPoint, 'cluster.local')?.port).to.equal(2);
  });

  const annotations = { 'service.beta.openshift.io/serving-cert-secret-name': 'tls' };
  const schemes: readonly (readonly [title: string, Port, Partial<ServiceView>, scheme: string, from: string])[] = [
    ['an HTTP appProtocol', { name: 'https', appProtocol: 'HTTP' }, {}, 'http', 'appProtocol'],
    ['an HTTP appProtocol', { appProtocol: 'https' }, {}, 'https', 'appProtocol'],
    ['another appProtocol', { appProtocol: 'grpc' }, {}, 'http', 'default of Product'],
    ['a port name', { name: 'https' }, {}, 'https', 'port name https'],
    ['a port name', { name: 'https-web' }, {}, 'https', 'port name https-web'],
    ['a port name', { name: 'web-https' }, {}, 'https', 'port name web-https'],
    ['a port number', { port: 443 }, {}, 'https', 'port 443'],
    ['a port number', { port: 8443 }, {}, 'https', 'port 8443'],
    ['a serving certificate', {}, { annotations }, 'https', 'serving certificate annotation'],
    ['a serving certificate', {}, { annotations, clusterIP: 'None' }, 'http', 'default of Product'],
    ['no hint', {}, {}, 'http', 'default of Product'],
    ['a chart', {}, { labels: { chart: 'secure-1.2.3' } }, 'https', 'default of secure'],
  ];
  for (const [title, port, change, scheme, schemeFrom] of schemes) {
    it(`uses ${scheme} (${schemeFrom}) given ${title}: ${JSON.stringify([port, change])}`, () => {
      const detector = { schemes: [{ when: { chart: 'secure' }, scheme: 'https', chart: 'secure' }] } as const;

      expect(endpoint(serviceWith([port], change), detector)).to.include({ scheme, schemeFrom });
    });
  }

  it("uses the product's own protocol, whatever the port suggests", () => {
    const service = serviceWith([{ name: 'https', port: 443, appProtocol: 'https' }]);

    expect(endpoint(service, { scheme: 'mysql', ports: { names: ['https'], numbers: [] } })).to.include({
      scheme: 'mysql',
      schemeFrom: 'protocol of Product',
    });
  });

  it('uses the path of the entry point, else that of the chart, else none', () => {
    const paths = [{ when: { chart: 'sub' }, path: '/sub' }];
    const [plain, charted] = [serviceWith([{}]), serviceWith([{}], { labels: { chart: 'sub-1.0' } })];
    const url = (service: ServiceView, path?: string): string =>
      urlOf(
        endpointOf(
          factsOf(service),
          { ...prometheus, ports, paths, scheme: 'http' },
          { name: 'server', ...(path === undefined ? {} : { path }) },
          'example.org',
        )!,
      );

    expect(url(charted, '/own')).to.equal('http://web.obs.svc.example.org:80/own');
    expect(url(charted)).to.equal('http://web.obs.svc.example.org:80/sub');
    expect(url(plain)).to.equal('http://web.obs.svc.example.org:80');
  });

  describe('with a headless Service', () => {
    const headless = (port: Port): ServiceView =>
      serviceWith([port, { name: 'other', port: 1 }], { clusterIP: 'None' });
    const resolved = (service: ServiceView, podPorts: Readonly<Record<string, number>>): number | undefined => {
      const found = endpoint(service);
      return found ? withPodPort(found, service, new Map(Object.entries(podPorts))).port : undefined;
    };

    it('uses the numeric target port', () => {
      expect(resolved(headless({ name: 'query', targetPort: 9090 }), { query: 1234 })).to.equal(9090);
    });

    it('resolves a named target port through its EndpointSlices', () => {
      expect(resolved(headless({ name: 'query', targetPort: 'web' }), { query: 9090, other: 1 })).to.equal(9090);
    });

    it('uses the pod port behind the chosen port, and no other', () => {
      const ports = [
        { name: 'other', port: 1, targetPort: 'x' },
        { name: 'query', port: 2, targetPort: 'web' },
      ];

      expect(resolved(serviceWith(ports, { clusterIP: 'None' }), { other: 7, query: 9090 })).to.equal(9090);
    });

    it("falls back to the Service's own port when the pod port is unknown", () => {
      expect(resolved(headless({ name: 'query', port: 81, targetPort: 'web' }), { other: 1 })).to.equal(81);
    });

    it("recognises it by its clusterIP, and keeps the Service's own port for any other Service", () => {
      const usual = serviceWith([{ name: 'query', targetPort: 9090 }]);
      const named = serviceWith([{ name: 'query', targetPort: 'web' }]);

      expect([usual, headless({})].map(isHeadless)).to.deep.equal([false, true]);
      expect([resolved(usual, {}), resolved(named, { query: 9090 })]).to.deep.equal([80, 80]);
    });
  });
});
