import { expect } from 'chai';
import { join } from 'node:path';
import { customResources } from '../../../detectors/index.ts';
import type { Explanation } from '../../../plugin/commands/explain/explanation.ts';
import { connect } from '../../../plugin/cluster/connection/connect.ts';
import { evidenceOf, runTimeouts } from '../../../plugin/cluster/http/evidence.ts';
import { customResourceDefinition, applicationDefinition } from '../parts/definitions.ts';
import { startServe } from '../../e2e/support/serve.ts';
import { manifests } from '../manifests/manifests.ts';
import { realPart } from '../../support/real-part.ts';
import { missingTools } from '../../tools/build.ts';
import type { AuditEvent } from '../parts/audit.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import type { KubeObject } from '../parts/objects.ts';
import { acquireCluster } from '../parts/pool.ts';
import { askedBy, grantedBy } from '../support/access.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { syncedOnce } from '../support/managed.ts';
import { buildProgram, gitFolder, outputOf, toolsetYaml } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { applyRbac, pluginKubeconfig, untilHolds } from '../support/rbac.ts';
import type { Role } from '../support/rbac.ts';

const namespace = 'monitoring';
const group = 'monitoring.coreos.com';
const spec = { health: { check: 'readiness' } };
const secret = 'hunter2';

/** What a real API server says of custom resources and Pods, with and without the right to read them. */
describe('cluster/generate/evidence', () => {
  let cluster: Cluster;
  let program: Program;
  let shared: readonly string[];
  let roles: readonly Role[] = [];

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(clusterTools).length === 0, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    program = await buildProgram(cluster.folder);
    await applyRbac(cluster, 'cluster');
    await cluster.apply([
      customResourceDefinition(`${group}/v1`, 'Prometheus', 'prometheuses'),
      customResourceDefinition(`${group}/v1`, 'Alertmanager', 'alertmanagers'),
    ]);
    await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'holmesgpt' } }]);
    await operated('Prometheus', 'prometheus', 9090, '/prometheus');
    await operated('Alertmanager', 'alertmanager', 9093, '/alertmanager');
    const image = 'quay.io/prometheus/prometheus:v3.4.0';
    await behind(service(namespace, 'plain', 9090, 'prometheus'), image, ['--web.route-prefix=/plain']);
    await behind(service(namespace, 'metrics', 9090, 'own'), image, []);
    const folder = await gitFolder(cluster.folder, { 'toolset.yaml': toolsetYaml(spec) });
    shared = ['--path', folder, '--kubeconfig', await pluginKubeconfig(cluster)];
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  it('uses only what the Services say when nothing else may be read, with a single warning', async () => {
    const { services, warnings } = await explained();

    expect(pathsOf(services)).to.deep.equal({ alertmanager: '', plain: '', prometheus: '' });
    expect(warnings.map(({ code }) => code)).to.deep.equal(['EVIDENCE_FORBIDDEN']);
    expect(await generate()).to.match(/EVIDENCE_FORBIDDEN/);
  });

  it('uses them in selected namespaces with the Roles of manifests/rbac/evidence-namespaced alone', async () => {
    const granted = await applyRbac(cluster, 'evidence-namespaced');
    const selected = toolsetYaml({ ...spec, discovery: { namespaces: { include: [namespace] } } });
    const folder = await gitFolder(cluster.folder, { 'toolset.yaml': selected });

    const output = await program.run(['explain', '-o', 'json', ...shared, '--path', folder]);
    await cluster.kubectl(['delete', '-k', join(manifests, 'rbac/evidence-namespaced')]);
    for (const role of granted) await untilHolds(cluster, role, role.rules[0]!, false);

    const { services, warnings } = JSON.parse(outputOf(output)) as Explanation;
    expect(granted.map(({ kind }) => kind)).to.deep.equal(['Role', 'Role']);
    expect(pathsOf(services)).to.include({ plain: '/plain', prometheus: '/prometheus' });
    expect(warnings).to.deep.equal([]);
  });

  it('uses route prefixes and proof from Pods once manifests/rbac/evidence is applied', async () => {
    roles = await applyRbac(cluster, 'evidence');

    const { services, warnings } = await explained();

    const metrics = '/metrics-prefix';
    expect(pathsOf(services)).to.deep.equal({
      alertmanager: '/alertmanager',
      metrics,
      plain: '/plain',
      prometheus: '/prometheus',
    });
    expect(warnings).to.deep.equal([]);
  });

  it('requests exactly what manifests/rbac/evidence grants', async () => {
    const before = (await cluster.auditEvents()).length;
    const connection = await connect({ kubeconfig: shared.at(-1) });
    const reader = evidenceOf(connection, new AbortController().signal, runTimeouts);
    for (const type of customResources) await reader.customResource({ type, namespace, name: 'none', uid: null });
    const keys = { commands: new Set<string>(), flags: new Map() };
    await reader.pod({ namespace, name: 'none', selector: { app: 'none' } }, keys);
    connection.close();

    const grants = grantedBy(roles);
    expect(askedBy(await evidenceEvents(before), grants)).to.deep.equal(grants);
  });

  it('explains the same from a snapshot, which contains no secret of these objects', async () => {
    const text = outputOf(await program.run(['snapshot', ...shared]));
    const [, folder = ''] = shared;

    const again = await program.run(['explain', '-o', 'json', '--path', folder, '--snapshot', '-'], { input: text });

    expect(text).not.to.include(secret);
    expect(JSON.parse(outputOf(again))).to.deep.equal(await explained());
  });

  it('requests no evidence in the next run, and requests it again after the endpoints have changed', async () => {
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: await generate() });
    const applied = await generate();
    const before = (await cluster.auditEvents()).length;
    expect(await generate()).to.equal(applied);
    expect(await evidenceEvents(before)).to.deep.equal([]);

    await operated('Prometheus', 'prometheus', 9090, '/changed', new Date());
    const changed = await generate();

    expect(changed).to.include(`prometheus.${namespace}.svc.cluster.local:9090/changed`);
    expect((await evidenceEvents(before)).map(({ requestURI }) => requestURI)).to.deep.equal([
      `/apis/${group}/v1/namespaces/${namespace}/prometheuses/prometheus`,
    ]);
  });

  it('has serve read evidence again only after a change, without a watch of its own', async () => {
    await cluster.apply([applicationDefinition]);
    await operated('Prometheus', 'prometheus', 9090, '/changed');
    await syncedOnce(cluster, program, 'toolsets', spec, 'server-side');
    const before = (await cluster.auditEvents()).length;
    const serve = await startServe(program, ['--kubeconfig', await cluster.kubeconfig()]);
    try {
      await operated('Prometheus', 'prometheus', 9090, '/served', new Date());
      await serve.until('refresh-requested');

      const asked = (await evidenceEvents(before)).map(({ verb, requestURI }) => `${verb} ${requestURI}`);
      expect(asked).to.deep.equal([`get /apis/${group}/v1/namespaces/${namespace}/prometheuses/prometheus`]);
    } finally {
      await serve.stop();
    }
  });

  /** Requests for Pods and custom resources since so many events, but for those of the test itself. */
  async function evidenceEvents(since: number): Promise<readonly AuditEvent[]> {
    const groups = new Set(['', ...customResources.map((one) => one.group)]);
    return (await cluster.auditEvents()).slice(since).filter(({ userAgent, objectRef }) => {
      const { apiGroup = '', resource = '' } = objectRef ?? {};
      const isEvidence = apiGroup === '' ? resource === 'pods' : groups.has(apiGroup);
      return isEvidence && userAgent === 'dynamic-toolset';
    });
  }

  async function generate(): Promise<string> {
    return (await program.run(['generate', ...shared])).stdout;
  }

  async function explained(): Promise<Explanation> {
    return JSON.parse((await program.run(['explain', '-o', 'json', ...shared])).stdout) as Explanation;
  }

  /** A Service that an operator made of a custom resource with this route prefix. */
  async function operated(
    kind: string,
    name: string,
    port: number,
    routePrefix: string,
    changed?: Date,
  ): Promise<void> {
    const own = {
      apiVersion: `${group}/v1`,
      kind,
      metadata: { namespace, name },
      spec: { routePrefix, token: secret },
    };
    const [created] = await cluster.apply([own]);
    const reference = { apiVersion: own.apiVersion, kind, name, uid: created!.metadata.uid };
    const one = service(namespace, name, port);
    const owned = { ...one, metadata: { ...one.metadata, ownerReferences: [reference] } };
    await behind(owned, name, [], changed);
  }

  /** A Service, the Pod behind it and an EndpointSlice that names it; unless told otherwise, of a minute ago. */
  async function behind(
    one: KubeObject,
    image: string,
    args: readonly string[],
    changed = new Date(Date.now() - 60_000),
  ): Promise<void> {
    const { name } = one.metadata;
    const labels = { app: name };
    const port = (one.spec as { ports: { port: number }[] }).ports[0]!.port;
    const httpGet = { path: `/${name}-prefix/-/ready`, port };
    const container = {
      name: 'main',
      image,
      args: [`--token=${secret}`, ...args],
      env: [{ name: 'TOKEN', value: secret }],
      ports: [{ containerPort: port }],
      readinessProbe: { httpGet },
    };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name: `${name}-0`, labels } };
    const slice = endpointSlice(namespace, name, { ready: 1, changed }) as KubeObject & {
      readonly endpoints: readonly object[];
    };
    const targetRef = { kind: 'Pod', namespace, name: `${name}-0` };
    await cluster.apply([
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'default' } },
      { ...one, spec: { ...(one.spec as object), selector: labels } },
      {
        ...slice,
        ports: [{ name: 'http', port, protocol: 'TCP' }],
        endpoints: slice.endpoints.map((endpoint) => ({ ...endpoint, targetRef })),
      },
    ]);
    const { status } = await cluster.request('GET', `/api/v1/namespaces/${namespace}/pods/${name}-0`);
    if (status === 404) await cluster.apply([{ ...pod, spec: { containers: [container] } }]);
  }
});

/** The paths of those that are taken, by name. */
function pathsOf(services: Explanation['services']): Readonly<Record<string, string | null>> {
  return Object.fromEntries(
    services.filter(({ decision }) => decision === 'selected').map(({ name, path }) => [name, path] as const),
  );
}
