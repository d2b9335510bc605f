import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kubernetesVersion, missingTools } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { clusterTools, startCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { applyText } from './objects.ts';
import type { KubeObject } from './objects.ts';
import { isAlive } from './process.ts';
import { patienceMs } from '../../support/until.ts';

const metadata = { namespace: 'monitoring', name: 'reader' };
const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata };
const role = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata,
  rules: [{ apiGroups: [''], resources: ['services'], verbs: ['list'] }],
};
const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata,
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
  subjects: [{ kind: 'ServiceAccount', namespace: 'monitoring', name: 'reader' }],
};
const services = '/api/v1/namespaces/monitoring/services';

describe('cluster/parts/cluster', () => {
  let cluster: Cluster;

  before(async function () {
    const available = missingTools(clusterTools).length === 0;
    if (!realPart('kube-apiserver', available, 'node test/tools/build.ts')) this.skip();
    cluster = await startCluster();
  });

  after(async () => {
    // Unset if the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  it('runs the release that go.mod names', async () => {
    const lines = (await cluster.kubectl(['version'])).split('\n');
    expect(lines).to.include(`Server Version: ${kubernetesVersion()}`);
  });

  it('gives each Service a loopback address, and creates its namespace', async () => {
    const [created] = await cluster.apply([service('prometheus', 'monitoring', 9090)]);

    expect(clusterIp(created)).to.match(/^127\.100\./);
    expect(await cluster.kubectl(['-n', 'monitoring', 'get', 'service', '-o', 'name'])).to.equal(
      'service/prometheus\n',
    );
  });

  it('replaces existing objects', async () => {
    const [before] = await cluster.apply([service('replaced', 'monitoring', 80)]);

    const [after] = await cluster.apply([service('replaced', 'monitoring', 81)]);

    expect(after).to.have.nested.property('spec.ports[0].port', 81);
    expect(clusterIp(after)).to.equal(clusterIp(before));
  });

  it('passes objects to kubectl on standard input', async () => {
    const input = JSON.stringify(service('piped', 'monitoring', 80));

    expect(await cluster.kubectl(['apply', '-f', '-'], { input })).to.equal('service/piped created\n');
  });

  it('applies several manifests as kubectl does, and rejects unknown and duplicate fields', async () => {
    const head = '# A comment.\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: text\n';
    const json = JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'json', namespace: 'default' },
    });
    const refused = (more: string): Promise<unknown> => applyText(cluster.request, head + more).catch(String);

    const applied = await applyText(cluster.request, `---\n${head}data: {a: b}\n---\n---\n${json}\n`);
    const dry = await applyText(cluster.request, `${head}data: {a: c}\n`, { isDryRun: true });

    expect(applied.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`)).to.deep.equal([
      'default/text',
      'default/json',
    ]);
    expect([...dry, ...applied].map(({ data }) => data)).to.deep.equal([{ a: 'c' }, { a: 'b' }, undefined]);
    expect(await cluster.kubectl(['get', 'configmap', 'text', '-o', 'jsonpath={.data}'])).to.equal('{"a":"b"}');
    expect(await refused('dats: {}\n')).to.include('dats');
    expect(await refused('data: {a: b}\ndata: {a: c}\n')).to.include('data');
  });

  it('denies a service account until a Role allows it', async () => {
    await cluster.apply([account]);
    const token = await cluster.serviceAccountToken('monitoring', 'reader');
    const denied = await cluster.request('GET', services, undefined, { token });

    await cluster.apply([role, binding]);

    expect(denied.status).to.equal(403);
    // The authorizer learns of a role shortly after it is written.
    const deadline = performance.now() + patienceMs;
    let allowed = denied;
    while (allowed.status === 403 && performance.now() < deadline) {
      allowed = await cluster.request('GET', services, undefined, { token });
    }
    expect(allowed.status).to.equal(200);
  });

  it('refuses requests without a token', async () => {
    expect((await cluster.request('GET', services, undefined, { token: null })).status).to.equal(403);
  });

  it('writes the files that a Pod finds mounted', async () => {
    await cluster.apply([account]);

    const folder = await cluster.serviceAccountFolder('monitoring', 'reader');

    expect(await readFile(join(folder, 'namespace'), 'utf8')).to.equal('monitoring');
    expect(await readFile(join(folder, 'ca.crt'), 'utf8')).to.equal(cluster.ca);
    expect((await readFile(join(folder, 'token'), 'utf8')).split('.')).to.have.length(3);
  });

  it('records who requested what', async () => {
    await cluster.apply([account]);
    const token = await cluster.serviceAccountToken('monitoring', 'reader');
    await cluster.request('GET', `${services}?limit=7`, undefined, { token });

    const events = await cluster.auditEvents();

    const own = events.filter((event) => event.requestURI === `${services}?limit=7`);
    expect(own.map(({ user, verb }) => [user.username, verb])).to.deep.equal([
      ['system:serviceaccount:monitoring:reader', 'list'],
    ]);
  });

  it('seeds thousands of Services that look like applied ones', async () => {
    const many = Array.from({ length: 1000 }, (_, index) => service(`s${index}`, `seeded-${index % 10}`, 80));
    await cluster.apply([service('applied', 'seeded-0', 80)]);

    await cluster.seedServices(many);

    const { items } = (await cluster.request('GET', '/api/v1/namespaces/seeded-0/services')).body as ServiceList;
    expect(items).to.have.length(101);
    expect(new Set(items.map(clusterIp)).size).to.equal(101);
    expect(Object.keys(items.find(isNamed('s0'))!.metadata)).to.deep.equal(
      Object.keys(items.find(isNamed('applied'))!.metadata),
    );
  });

  // Last, because it ends the cluster.
  it('leaves nothing behind when it is stopped', async () => {
    await cluster.stop();

    expect(existsSync(cluster.folder)).to.be.false;
    expect(cluster.components.filter(({ pid }) => isAlive(pid))).to.be.empty;
  });
});

interface ServiceList {
  readonly items: readonly KubeObject[];
}

function service(name: string, namespace: string, port: number): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { ports: [{ port }] } };
}

function clusterIp(object: KubeObject | undefined): string | undefined {
  return (object?.spec as { readonly clusterIP?: string } | undefined)?.clusterIP;
}

function isNamed(name: string): (object: KubeObject) => boolean {
  return (object) => object.metadata.name === name;
}
