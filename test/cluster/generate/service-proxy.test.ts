import { expect } from 'chai';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Explanation } from '../../../plugin/commands/explain/explanation.ts';
import { applicationDefinition, define, projectDefinition } from '../parts/definitions.ts';
import { startServe } from '../../e2e/support/serve.ts';
import type { Serve } from '../../e2e/support/serve.ts';
import { until } from '../../support/until.ts';
import { missingTools } from '../../tools/build.ts';
import { selfSigned } from '../../support/certificate.ts';
import { realPart } from '../../support/real-part.ts';
import { service } from '../support/backends.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { applicationOf } from '../parts/objects.ts';
import type { KubeObject } from '../parts/objects.ts';
import { acquireCluster } from '../parts/pool.ts';
import { kubeconfigOf } from '../support/hub-scene.ts';
import { buildProgram, failureOf, gitFolder, outputOf, toolsetYaml } from '../support/program.ts';
import type { Program, Result } from '../support/program.ts';
import { applyRbac, untilHolds, userOf } from '../support/rbac.ts';
import { askedBy, grantedBy } from '../support/access.ts';
import type { Role } from '../support/rbac.ts';

const account = { namespace: 'holmesgpt', name: 'dynamic-toolset' };
const allowed = '--allow-service-proxy';
const buildinfo = '{"status":"success","data":{"version":"3.0.0"}}';

/** The API server refuses endpoints on loopback: an address of this machine that is another. */
const ownAddress = Object.values(networkInterfaces())
  .flatMap((some) => some ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

/** Backends of another cluster, asked through the proxy of its real API server. */
describe('cluster/generate/service-proxy', () => {
  let spoke: Cluster;
  let program: Program;
  let clusters: string;
  let token: string;
  let roles: readonly Role[];
  let own: string;
  const servers: Server[] = [];
  const requests: IncomingMessage[] = [];

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(clusterTools).length === 0, 'node test/tools/build.ts')) this.skip();
    if (!realPart('an address besides loopback', ownAddress !== undefined, 'ip address add')) this.skip();
    spoke = await acquireCluster();
    program = await buildProgram(spoke.folder);
    roles = [...(await applyRbac(spoke, 'spoke', account)), ...(await applyRbac(spoke, 'service-proxy', account))];
    token = await spoke.serviceAccountToken(account.namespace, account.name);
    own = await spoke.kubeconfig({ token });
    clusters = await mkdtemp(join(spoke.folder, 'clusters-'));
    await writeFile(join(clusters, 'spoke.yaml'), kubeconfigOf(spoke, token));
    await spoke.apply([
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'monitoring', name: 'default' } },
    ]);
    const [plain, tls, prefixed] = [createServer(), createTlsServer(selfSigned('test')), createServer()];
    for (const server of [plain, tls]) server.on('request', (_request, response) => response.end(buildinfo));
    prefixed.on('request', ({ url }, response) => {
      if (url === '/') response.writeHead(302, { location: '/metrics-of/graph' }).end();
      else if (url === '/metrics-of/api/v1/status/buildinfo') response.end(buildinfo);
      else response.writeHead(404).end('not here');
    });
    await expose('prometheus', plain);
    await expose('prometheus-tls', tls, { name: 'https' });
    await expose('prometheus-prefix', prefixed);
    await expose('prometheus-down', null);
  });

  after(async () => {
    for (const server of servers) server.close();
    // Unset when the suite was skipped.
    await (spoke as Cluster | undefined)?.stop();
  });

  afterEach(() => {
    requests.length = 0;
  });

  /** A Service whose one Pod is a server of this process; the API server passes requests on to addresses of Pods alone. */
  async function expose(name: string, server: Server | null, { name: portName = 'http' } = {}): Promise<void> {
    const namespace = 'monitoring';
    let port = 1;
    if (server) {
      servers.push(server);
      server.on('request', (request: IncomingMessage) => requests.push(request));
      server.listen(0, ownAddress);
      await once(server, 'listening');
      port = (server.address() as AddressInfo).port;
    }
    const metadata = { namespace, name };
    const pod = `${name}-0`;
    const target = { kind: 'Pod', namespace, name: pod };
    const slice = { 'kubernetes.io/service-name': name };
    const ports = [{ name: portName, port, protocol: 'TCP' }];
    const owned: KubeObject[] = [
      {
        ...service(namespace, name, 9090, 'prometheus'),
        spec: { ports: [{ name: portName, port: 9090 }], selector: { app: name } },
      },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { namespace, name: pod },
        spec: { containers: [{ name: 'a', image: 'a' }] },
      },
      {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata,
        subsets: [{ addresses: [{ ip: ownAddress, targetRef: target }], ports }],
      },
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { ...metadata, labels: slice },
        addressType: 'IPv4',
        endpoints: [{ addresses: [ownAddress], conditions: { ready: true }, targetRef: target }],
        ports,
      },
    ];
    await spoke.apply(owned);
    const status = { status: { podIPs: [{ ip: ownAddress }], podIP: ownAddress } };
    const patch = ['-n', namespace, 'patch', 'pod', pod, '--subresource=status', '-p', JSON.stringify(status)];
    await spoke.kubectl(patch);
  }

  async function run(command: string, ...args: readonly string[]): Promise<Result> {
    const settings = {
      cluster: 'spoke',
      discovery: { evidence: 'off' },
      health: { otherClusters: 'proxy', attempts: 1 },
    };
    const path = await gitFolder(spoke.folder, { 'toolset.yaml': toolsetYaml(settings) });
    const access = ['--clusters', clusters, '--allow-any-cluster', '--path', path, '--kubeconfig', own];
    return program.run([command, ...access, ...args]);
  }

  async function explained(): Promise<Readonly<Record<string, Explanation['services'][number]>>> {
    const { services } = JSON.parse(outputOf(await run('explain', allowed, '-o', 'json'))) as Explanation;
    return Object.fromEntries(services.map((one) => [one.name, one]));
  }

  it('selects backends that answer as their product does, and leaves out one that does not answer', async () => {
    const found = await explained();

    expect(found.prometheus).to.include({ decision: 'selected', reason: 'Answered' });
    expect(found['prometheus-tls']).to.include({ decision: 'selected', scheme: 'https' });
    expect(found['prometheus-prefix']).to.include({ decision: 'selected', path: '/metrics-of' });
    expect(found['prometheus-down']).to.include({ decision: 'unhealthy', reason: 'ConnectionRefused' });
  });

  it('sends no credential of the cluster to a backend', async () => {
    await run('generate', allowed);

    expect(requests.length).to.be.greaterThan(2);
    for (const { headers, method } of requests) {
      expect(method).to.equal('GET');
      expect(headers).to.not.have.any.keys('authorization', 'cookie', 'impersonate-user', 'x-remote-user');
      expect(JSON.stringify(headers)).to.not.include(token);
    }
  });

  it('needs only get on services/proxy, besides the other permissions of the account', async () => {
    const user = userOf(account);
    const before = (await spoke.auditEvents()).length;
    await run('generate', allowed);

    const events = (await spoke.auditEvents()).slice(before).filter((event) => event.user.username === user);
    const granted = grantedBy(roles);
    const [proxied, others] = [true, false].map((isProxied) =>
      events.filter(({ objectRef }) => (objectRef?.subresource === 'proxy') === isProxied),
    );
    expect(askedBy(others!, granted).filter((one) => !granted.includes(one))).to.deep.equal([]);
    expect(new Set(proxied!.map(({ verb, objectRef }) => `${verb} ${objectRef!.resource!}`))).to.deep.equal(
      new Set(['get services']),
    );
    expect(proxied!.length).to.be.greaterThan(2);
  });

  it('probes no backend unless the platform allows it, and reports POLICY_DENIED', async () => {
    const result = await run('generate');

    expect(result).to.include({ stdout: '' });
    expect(failureOf(result)).to.include({ code: 'POLICY_DENIED' });
    expect(failureOf(result).message).to.include('health.otherClusters is proxy');
    expect(requests).to.deep.equal([]);
  });

  it('does not follow a health path annotation to the API server itself', async () => {
    const metadata = service('monitoring', 'prometheus-escape', 9090, 'prometheus').metadata;
    const annotations = { 'kubernaut.io/toolset-health-path': '/../../../../secrets' };
    await expose('prometheus-escape', null);
    await spoke.apply([
      { ...service('monitoring', 'prometheus-escape', 9090, 'prometheus'), metadata: { ...metadata, annotations } },
    ]);
    const before = (await spoke.auditEvents()).length;

    const found = await explained();

    const events = (await spoke.auditEvents()).slice(before);
    expect(found['prometheus-escape']?.decision).to.not.equal('selected');
    expect(events.filter(({ objectRef }) => objectRef?.resource === 'secrets')).to.deep.equal([]);
  });

  describe('with several clusters', () => {
    const urls = 'https://gateway.example.com/${cluster}/${namespace}/${name}${path}';
    const discovery = { evidence: 'off' };
    const health = { otherClusters: 'proxy', attempts: 1 };
    let access: readonly string[];
    let serve: Serve | undefined;

    before(async () => {
      const watched = await mkdtemp(join(spoke.folder, 'watched-'));
      await writeFile(join(watched, 'spoke.yaml'), kubeconfigOf(spoke, spoke.adminToken));
      access = ['--kubeconfig', await spoke.kubeconfig(), '--clusters', watched, '--allow-any-cluster', allowed];
    });

    after(async () => {
      await serve?.stop();
    });

    /** The API server stands for the hub as well. */
    async function manifestOf(name: string, spec: object): Promise<KubeObject> {
      const target = { urls, configMap: { namespace: 'holmesgpt', name } };
      const path = await gitFolder(spoke.folder, {
        'toolset.yaml': toolsetYaml({ ...spec, discovery, health, target }),
      });
      return parse(outputOf(await program.run(['generate', ...access, '--path', path]))) as KubeObject;
    }

    it('selects backends that answer, and lets serve follow changes', async () => {
      const several = await manifestOf('several', { clusters: ['spoke'] });
      const single = await manifestOf('single', { cluster: 'spoke' });
      for (const { data } of [several, single]) {
        const text = JSON.stringify(data);
        expect(text).to.include('/monitoring/prometheus-prefix/metrics-of').and.not.include('prometheus-down');
      }

      const permitted = { destinations: [{ server: '*', namespace: '*' }], sourceRepos: ['*'] };
      const project = { namespace: 'argocd', name: 'default' };
      await define(spoke, applicationDefinition, projectDefinition);
      await spoke.apply([
        { apiVersion: 'argoproj.io/v1alpha1', kind: 'AppProject', metadata: project, spec: permitted },
      ]);
      await spoke.apply([several, single, applicationOf('several', several), applicationOf('single', single)]);
      serve = await startServe(program, [...access, '--metrics-access', 'anonymous']);
      await until('both are up to date', async () => {
        const metrics = await (await fetch(`${serve!.url}/metrics`)).text();
        return metrics.includes('toolset_configmaps{state="up-to-date"} 2');
      });
      expect(serve.events.filter(({ event }) => event === 'refresh-requested')).to.deep.equal([]);

      const server = createServer((_request, response) => response.end(buildinfo));
      await expose('prometheus-new', server);
      await serve.until('refresh-requested', { application: 'argocd/several' });
      await serve.until('refresh-requested', { application: 'argocd/single' });
    });
  });

  it('marks a backend as unhealthy when the account may not use the proxy', async () => {
    const [role] = roles.filter(({ rules }) => rules.some(({ resources }) => resources.includes('services/proxy')));
    await spoke.kubectl(['-n', 'monitoring', 'delete', 'rolebinding', 'dynamic-toolset-service-proxy']);
    await untilHolds(
      spoke,
      { ...role!, metadata: { ...role!.metadata, namespace: 'monitoring' } },
      role!.rules[0]!,
      false,
      account,
    );

    const found = await explained();

    expect(found.prometheus).to.include({ decision: 'unhealthy', reason: 'ProxyForbidden' });
  });
});
