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
      title: 'the port of the best name',
      of: [
        { name: 'http-x', port: 9090 },
        { name: 'query', port: 1 },
      ],
      port: 1,
    },
    {
      title: 'a name before a number',
      of: [
        { name: 'x', port: 9090 },
        { name: 'http-x', port: 2 },
      ],
      port: 2,
    },
    {
      title: 'a number before a target port',
      of: [
        { port: 3, targetPort: 9090 },
        { port: 9090, targetPort: 4 },
      ],
      port: 9090,
    },
    { title: 'the best number', of: [{ port: 80 }, { port: 9090 }], port: 9090 },
    {
      title: 'the number of the pods',
      of: [
        { name: 'x', port: 5, targetPort: 9090 },
        { name: 'y', port: 6 },
      ],
      port: 5,
    },
    {
      title: 'no common number of the pods',
      of: [
        { name: 'x', port: 5, targetPort: 80 },
        { name: 'y', port: 6 },
      ],
      port: null,
    },
    {
      title: 'a common number where its name allows it',
      of: [
        { name: 'x', port: 80 },
        { name: 'y', port: 6 },
      ],
      port: 80,
    },
    {
      title: 'no common number whose name is of something else',
      of: [{ name: 'grpc', port: 80 }, { port: 6 }],
      port: null,
    },
    { title: 'a number of its own whatever its name', of: [{ name: 'grpc', port: 9090 }, { port: 6 }], port: 9090 },
    { title: 'a lone port with a common name', of: [{ name: 'web', port: 7 }], port: 7 },
    { title: 'a lone port without a name', of: [{ port: 7 }], port: 7 },
    { title: 'no lone port with a name of its own', of: [{ name: 'carbon', port: 7 }], port: null },
    { title: 'no lone port that is never for queries', of: [{ name: 'metrics', port: 7 }], port: null },
    { title: "no lone port with the number of Alertmanager's gossip", of: [{ name: 'web', port: 9094 }], port: null },
    {
      title: 'none of two ports that say nothing',
      of: [
        { name: 'web', port: 7 },
        { name: 'api', port: 8 },
      ],
      port: null,
    },
    { title: 'no port of UDP', of: [{ name: 'query', port: 7, protocol: 'UDP' }], port: null },
    {
      title: "no lone port with the number of another of the product's protocols",
      of: [{ name: 'http', port: 7 }],
      port: null,
      rule: { ...ports, others: [7] },
    },
    { title: 'a lone port of TCP beside one of UDP', of: [{ port: 7 }, { port: 8, protocol: 'UDP' }], port: 7 },
    { title: 'no port that takes data in, whatever its name', of: [{ name: 'query', port: 4317 }], port: null },
    {
      title: 'such a port where a user names it',
      of: [{ name: 'query', port: 4317 }],
      port: 4317,
      rule: { ...ports, exact: true },
    },
    {
      title: 'a common number of the pods where a user names it',
      of: [
        { name: 'x', port: 5, targetPort: 80 },
        { name: 'y', port: 6 },
      ],
      port: 5,
      rule: { names: [], numbers: [80], exact: true },
    },
  ];
  for (const { title, of, port, rule = ports } of chosen) {
    it(`takes ${title}`, () => {
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
    it(`takes a lone port that is called ${JSON.stringify(name)}`, () => {
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
    ['its appProtocol', { name: 'https', appProtocol: 'HTTP' }, {}, 'http', 'appProtocol'],
    ['its appProtocol', { appProtocol: 'https' }, {}, 'https', 'appProtocol'],
    ['another appProtocol', { appProtocol: 'grpc' }, {}, 'http', 'default of Product'],
    ['its name', { name: 'https' }, {}, 'https', 'port name https'],
    ['its name', { name: 'https-web' }, {}, 'https', 'port name https-web'],
    ['its name', { name: 'web-https' }, {}, 'https', 'port name web-https'],
    ['its number', { port: 443 }, {}, 'https', 'port 443'],
    ['its number', { port: 8443 }, {}, 'https', 'port 8443'],
    ['a serving certificate', {}, { annotations }, 'https', 'serving certificate annotation'],
    ['a serving certificate', {}, { annotations, clusterIP: 'None' }, 'http', 'default of Product'],
    ['nothing', {}, {}, 'http', 'default of Product'],
    ['its chart', {}, { labels: { chart: 'secure-1.2.3' } }, 'https', 'default of secure'],
  ];
  for (const [title, port, change, scheme, schemeFrom] of schemes) {
    it(`speaks ${scheme} by ${schemeFrom}, where a port has ${title}: ${JSON.stringify([port, change])}`, () => {
      const detector = { schemes: [{ when: { chart: 'secure' }, scheme: 'https', chart: 'secure' }] } as const;

      expect(endpoint(serviceWith([port], change), detector)).to.include({ scheme, schemeFrom });
    });
  }

  it("speaks the product's own protocol, whatever the port says", () => {
    const service = serviceWith([{ name: 'https', port: 443, appProtocol: 'https' }]);

    expect(endpoint(service, { scheme: 'mysql', ports: { names: ['https'], numbers: [] } })).to.include({
      scheme: 'mysql',
      schemeFrom: 'protocol of Product',
    });
  });

  it('has the path of the entry point, else that of the chart, else none', () => {
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

  describe('of a headless Service', () => {
    const headless = (port: Port): ServiceView =>
      serviceWith([port, { name: 'other', port: 1 }], { clusterIP: 'None' });
    const resolved = (service: ServiceView, podPorts: Readonly<Record<string, number>>): number | undefined => {
      const found = endpoint(service);
      return found ? withPodPort(found, service, new Map(Object.entries(podPorts))).port : undefined;
    };

    it('has the port of its pods by number', () => {
      expect(resolved(headless({ name: 'query', targetPort: 9090 }), { query: 1234 })).to.equal(9090);
    });

    it('has the port of its pods by name, as its EndpointSlices tell', () => {
      expect(resolved(headless({ name: 'query', targetPort: 'web' }), { query: 9090, other: 1 })).to.equal(9090);
    });

    it('has the port of the pods behind the chosen port, and of no other', () => {
      const ports = [
        { name: 'other', port: 1, targetPort: 'x' },
        { name: 'query', port: 2, targetPort: 'web' },
      ];

      expect(resolved(serviceWith(ports, { clusterIP: 'None' }), { other: 7, query: 9090 })).to.equal(9090);
    });

    it("has the Service's own port where nothing tells the pods'", () => {
      expect(resolved(headless({ name: 'query', port: 81, targetPort: 'web' }), { other: 1 })).to.equal(81);
    });

    it('is told by its address, and no other Service has the port of its pods', () => {
      const usual = serviceWith([{ name: 'query', targetPort: 9090 }]);
      const named = serviceWith([{ name: 'query', targetPort: 'web' }]);

      expect([usual, headless({})].map(isHeadless)).to.deep.equal([false, true]);
      expect([resolved(usual, {}), resolved(named, { query: 9090 })]).to.deep.equal([80, 80]);
    });
  });
});
