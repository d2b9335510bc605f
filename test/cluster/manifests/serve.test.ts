import { expect } from 'chai';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { parse } from 'yaml';
import { parseServeFlags } from '../../../plugin/commands/flags/serve-flags.ts';
import { startServe } from '../../e2e/support/serve.ts';
import { until } from '../../support/until.ts';
import { missingTools, toolPaths } from '../../tools/build.ts';
import type { ToolName } from '../../tools/build.ts';
import { yamlBlock } from '../../support/guide.ts';
import { realPart } from '../../support/real-part.ts';
import { askedBy, grantedBy } from '../support/access.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { isAllowed } from '../parts/access-review.ts';
import { define } from '../parts/definitions.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { refreshedOnce, syncedOnce } from '../support/managed.ts';
import { dryRun, expandedArgs, kustomize, manifests, podOf, readManifest } from './manifests.ts';
import type { Container, Deployment, PodSpec } from './manifests.ts';
import type { KubeObject } from '../parts/objects.ts';
import { acquireCluster } from '../parts/pool.ts';
import { buildProgram } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { applyManifests, applyRbac, repoServer, untilRolesHold, userOf } from '../support/rbac.ts';
import type { Account, Role } from '../support/rbac.ts';
import { flagsOf, installServe, serveAccount, serveVariants } from './serve.ts';

const crds = ['applicationCrd', 'appProjectCrd', 'prometheusRuleCrd', 'serviceMonitorCrd'] as const;
const tools: readonly ToolName[] = [...clusterTools, ...crds];
const components = readdirSync(join(manifests, 'serve/components'));

describe('cluster/manifests/serve', () => {
  let cluster: Cluster;
  let program: Program;
  /** The base alone, as kustomize prints it. */
  let base: string;

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(tools).length === 0, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    program = await buildProgram(cluster.folder);
    base = await withComponents();
    const paths = toolPaths();
    await define(cluster, ...crds.map((name) => paths[name]));
    const namespaces = ['monitoring', 'logging', 'argocd', 'openshift-gitops', 'holmesgpt', 'team-a'];
    await cluster.apply([...namespaces.map(namespace), defaultProject]);
    await installServe(cluster, 'kubernetes');
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  async function withComponents(...some: readonly string[]): Promise<string> {
    const folder = await mkdtemp(join(cluster.folder, 'kustomize-'));
    return kustomize(cluster, folder, relative(folder, join(manifests, 'serve/base')), some);
  }

  for (const component of components) {
    it(`has a component ${component} that the API server accepts with the base, and that changes it`, async () => {
      const rendered = await withComponents(`serve/components/${component}`);

      const objects = await dryRun(cluster, rendered);
      expect(rendered).to.not.equal(base);
      const deployment = objects.find(({ kind }) => kind === 'Deployment');
      expect(unreadable(podOf(deployment as Deployment))).to.deep.equal([]);
    });
  }

  for (const variant of serveVariants) {
    describe(variant, () => {
      let objects: readonly KubeObject[];
      let pod: PodSpec;
      let labels: object;
      let container: Container;

      before(async () => {
        objects = await dryRun(cluster, await cluster.kubectl(['kustomize', join(manifests, 'serve', variant)]));
        const { spec } = only('Deployment') as Deployment;
        pod = spec.template.spec;
        labels = (spec.template as unknown as { readonly metadata: { readonly labels: object } }).metadata.labels;
        container = pod.containers[0]!;
      });

      it('starts the program of the image with valid flags', async () => {
        const sidecar = (await readManifest('sidecar/patch.yaml')) as {
          readonly spec: { readonly template: Deployment };
        };
        const [command, subcommand] = container.command ?? [];

        expect(readFileSync(join(manifests, '../Dockerfile'), 'utf8')).to.include(`/usr/local/bin/${command}\n`);
        expect(subcommand).to.equal('serve');
        expect(container.image).to.equal((sidecar.spec.template.spec as unknown as PodSpec).containers[0]?.image);
        const flags = parseServeFlags(expandedArgs(only('Deployment') as Deployment));
        expect(flags).to.deep.include({ listen: { host: null, port: 8080 }, configMaps: ['holmesgpt'] });
        expect(flags.lease).to.include(serveAccount);
      });

      it('passes the restricted Pod Security Standard, which rejects it without its securityContext', async () => {
        const one = { apiVersion: 'v1', kind: 'Pod', metadata: { ...serveAccount, labels }, spec: pod };
        const { securityContext, ...careless } = container;

        expect(securityContext).to.include({ readOnlyRootFilesystem: true });
        expect(await dryRun(cluster, JSON.stringify(one))).to.have.length(1);
        const refused = await dryRun(
          cluster,
          JSON.stringify({ ...one, spec: { ...pod, containers: [careless] } }),
        ).catch(String);
        expect(refused).to.include('violates PodSecurity "restricted');
      });

      it('has a Service, a disruption budget and a network policy that select its Pods', () => {
        const selectors = [
          (only('Service').spec as { readonly selector: object }).selector,
          ...['PodDisruptionBudget', 'Deployment'].map(
            (kind) => (only(kind).spec as { readonly selector: { readonly matchLabels: object } }).selector.matchLabels,
          ),
          (only('NetworkPolicy').spec as { readonly podSelector: { readonly matchLabels: object } }).podSelector
            .matchLabels,
        ];

        for (const selector of selectors) expect(labels).to.deep.include(selector);
      });

      it('mounts exactly the files that its flags name', () => {
        expectMountsOfFlags(container);
      });

      it('mounts files that its user may read', () => {
        expect(unreadable(pod)).to.deep.equal([]);
      });

      it('combines with policy, monitoring, TLS and OpenShift', async () => {
        const more = ['policy', 'monitoring', 'tls', 'openshift'].map((component) => `serve/components/${component}`);
        const folder = await mkdtemp(join(cluster.folder, 'kustomize-'));
        const resource = relative(folder, join(manifests, 'serve', variant));

        const all = await dryRun(cluster, await kustomize(cluster, folder, resource, more));

        const combined = podOf(all.find(({ kind }) => kind === 'Deployment') as Deployment);
        const [serve] = combined.containers;
        const flags = flagsOf(serve);
        expect(flags.tls).to.deep.equal({ certFile: '/etc/serve-tls/tls.crt', keyFile: '/etc/serve-tls/tls.key' });
        expect(flags).to.deep.include({ applications: ['openshift-gitops'] });
        expectMountsOfFlags(serve!);
        expect(unreadable(combined)).to.deep.equal([]);
        expect(probeSchemes(serve!)).to.deep.equal(['HTTPS', 'HTTPS', 'HTTPS']);
        expect(combined.securityContext).to.have.property('runAsNonRoot', true);
        expect(combined.securityContext).to.not.have.any.keys('runAsUser', 'runAsGroup', 'fsGroup');
        expect(all.filter(({ metadata }) => metadata.namespace === 'argocd')).to.deep.equal([]);
        const { endpoints } = all.find(({ kind }) => kind === 'ServiceMonitor')!.spec as ServiceMonitor;
        const { secret } = combined.volumes.find(({ name }) => name === 'serve-tls') as unknown as TlsVolume;
        const { name, namespace } = only('Service').metadata;
        expect(endpoints).to.have.length(1);
        expect(endpoints[0]).to.deep.include({
          scheme: 'https',
          tlsConfig: {
            ca: { secret: { name: secret.secretName, key: 'ca.crt' } },
            serverName: `${name}.${String(namespace)}.svc`,
          },
        });
      });

      it('has HTTP probes while serve uses HTTP', () => {
        expect(flagsOf(container).tls).to.equal(null);
        expect(probeSchemes(container)).to.deep.equal(['HTTP', 'HTTP', 'HTTP']);
      });

      it('allows DNS requests to any address', () => {
        const { egress } = only('NetworkPolicy').spec as { readonly egress: readonly object[] };

        const [anywhere] = egress.filter((rule) => !('to' in rule));
        expect(anywhere).to.deep.equal({
          ports: [
            { port: 53, protocol: 'UDP' },
            { port: 53, protocol: 'TCP' },
          ],
        });
      });

      it('can be installed without the network policy, as its comment says', async () => {
        const comment = readFileSync(join(manifests, 'serve/components/network-policy/kustomization.yaml'), 'utf8');
        const more = parse(
          comment
            .match(/^# {5}.*$/gm)!
            .map((line) => line.slice(6))
            .join('\n'),
        ) as object;
        const folder = await mkdtemp(join(cluster.folder, 'kustomize-'));
        const resource = relative(folder, join(manifests, 'serve', variant));

        const kinds = (await dryRun(cluster, await kustomize(cluster, folder, resource, [], more))).map(
          ({ kind }) => kind,
        );

        expect(kinds).to.deep.equal(objects.map(({ kind }) => kind).filter((kind) => kind !== 'NetworkPolicy'));
      });

      it('grants exactly what serve requests', async () => {
        await cluster.apply(['monitoring', 'logging'].flatMap((one) => [service(one, 'prometheus', 9090), ready(one)]));
        const { roles, args, kubeconfig } = await installServe(cluster, variant);
        await syncedOnce(cluster, program, 'toolsets', scopes[variant]);
        const before = (await cluster.auditEvents()).length;
        const serve = await startServe(program, ['--kubeconfig', kubeconfig, ...args, ...elsewhere[variant]]);
        try {
          await serve.until('leader-elected');
          await cluster.apply([service('logging', 'loki', 3100), ready('logging', 'loki')]);
          await serve.until(variant === 'argocd-api' ? 'request-failed' : 'refresh-requested');
          if (variant !== 'argocd-api') {
            await refreshedOnce(cluster, 'toolsets');
            await serve.until('sync-requested');
          }
          // Without a ClusterRole it could not ask whose the token is.
          if (variant !== 'namespaced') await readApi(serve.url, cluster.adminToken);
          const granted = grantedBy(roles);
          const asked = async (): Promise<readonly string[]> => askedBy(await ownEvents(before), granted);

          // The Lease is renewed some seconds later: until then its `update` has not been asked for.
          await until('every right is used', async () => (await asked()).length >= granted.length);
          expect(await asked()).to.deep.equal(granted);
        } finally {
          await serve.stop();
          await cluster.kubectl(['delete', 'service', 'loki', '-n', 'logging']);
          await cluster.kubectl(['delete', 'lease', '--all', '-n', 'dynamic-toolset']);
          // The next variant starts without what only this one has.
          for (const { kind, metadata } of roles) {
            await cluster.kubectl(['delete', kind, metadata.name, '-n', metadata.namespace ?? 'default']);
          }
        }
        expect(serve.events.filter(({ event }) => event === 'watch-failed')).to.deep.equal([]);
      });

      function only(kind: string): KubeObject {
        return objects.find((one) => one.kind === kind)!;
      }
    });
  }

  describe('example', () => {
    let objects: readonly KubeObject[];

    before(async () => {
      objects = await dryRun(cluster, await cluster.kubectl(['kustomize', join(manifests, 'serve/example')]));
    });

    it('is serve with another image, a policy, monitoring and a second target', () => {
      const [serve] = podOf(objects.find(({ kind }) => kind === 'Deployment') as Deployment).containers;

      expect(serve?.image).to.equal('registry.example.com/dynamic-toolset:0.1.0');
      expect(flagsOf(serve)).to.deep.include({
        configMaps: ['holmesgpt', 'team-a'],
        policy: '/etc/dynamic-toolset/policy.yaml',
      });
      expect(objects.map(({ kind }) => kind)).to.include.members(['ServiceMonitor', 'PrometheusRule', 'ConfigMap']);
    });

    it('grants the same in the second target as in the first', () => {
      const text = (file: string): string =>
        readFileSync(join(manifests, 'serve', file), 'utf8').replace(/^#.*\n/gm, '');

      expect(text('example/targets.yaml')).to.equal(
        text('base/targets.yaml').replaceAll('namespace: holmesgpt', 'namespace: team-a'),
      );
    });

    it('has more components to enable, in a working order', async () => {
      const file = readFileSync(join(manifests, 'serve/example/kustomization.yaml'), 'utf8');
      const { resources, components: named, ...more } = parse(file.replace(/^ {2}# - /gm, '  - ')) as Kustomization;
      const folder = await mkdtemp(join(cluster.folder, 'kustomize-'));
      await writeFile(
        join(folder, 'targets.yaml'),
        readFileSync(join(manifests, 'serve/example/targets.yaml'), 'utf8'),
      );
      const variant = relative(folder, join(manifests, 'serve/example', resources[0]!));

      const rendered = await kustomize(
        cluster,
        folder,
        variant,
        named.map((one) => join('serve/example', one)),
        { ...more, resources: [variant, ...resources.slice(1)] },
      );

      expect(named.map((one) => basename(one))).to.deep.equal(['policy', 'monitoring', 'tls', 'openshift']);
      expect(await dryRun(cluster, rendered)).to.have.length(objects.length);
    });
  });

  describe('under other names', () => {
    const installations = {
      'a prefix': { ...labelled('edge'), namePrefix: 'edge-' },
      'a suffix': { ...labelled('hub'), nameSuffix: '-hub' },
      'the names of the guide': { ...(parse(yamlBlock('docs/serve.md', 'names')) as object), resources: undefined },
    };
    const deployments = new Map<string, Deployment>();

    for (const [what, more] of Object.entries(installations)) {
      it(`runs with its own rights and becomes the leader of its own Lease, with ${what}`, async () => {
        const folder = await mkdtemp(join(cluster.folder, 'kustomize-'));
        const variant = relative(folder, join(manifests, 'serve/kubernetes'));
        const input = await kustomize(cluster, folder, variant, [], { ...more, resources: [variant] });
        const objects = await applyManifests(cluster, input);

        const deployment = objects.find(({ kind }) => kind === 'Deployment') as Deployment;
        deployments.set(what, deployment);
        const { lease } = parseServeFlags(expandedArgs(deployment));
        const [, named] = (objects.find(({ metadata }) => metadata.name.includes('-lease')) as Role).rules;
        expect(named?.resourceNames).to.deep.equal([lease?.name]);
        expect(lease?.namespace).to.equal(deployment.metadata.namespace);

        const { name = '', namespace = '' } = lease ?? {};
        await untilRolesHold(cluster, objects.filter(isOfServe), { namespace, name });
        const token = await cluster.serviceAccountToken(namespace, name);
        const args = expandedArgs(deployment).filter((arg) => !arg.startsWith('--listen='));
        const serve = await startServe(program, ['--kubeconfig', await cluster.kubeconfig({ token }), ...args]);
        try {
          await serve.until('leader-elected');
        } finally {
          await serve.stop();
        }
      });
    }

    it('selects only its own Pods where two installations share a namespace', () => {
      const [one, other] = ['a prefix', 'a suffix'].map((what) => deployments.get(what)?.spec as unknown as Selecting);

      expect(one?.template.metadata.labels).to.deep.include(one?.selector.matchLabels);
      expect(one?.template.metadata.labels).to.not.deep.include(other?.selector.matchLabels);
    });
  });

  it('lets serve read the same Secrets of other clusters as the plugin, and no others', async () => {
    await applyRbac(cluster, 'clusters');
    const get = async (account: Account, name: string): Promise<boolean> =>
      isAllowed(cluster.request, userOf(account), { resource: 'secrets', verb: 'get', namespace: 'argocd', name });

    for (const account of [repoServer, serveAccount]) {
      expect(await get(account, 'cluster-spoke'), account.name).to.equal(true);
      expect(await get(account, 'argocd-secret'), account.name).to.equal(false);
    }
  });

  it('gives serve the same policy as the plugin', () => {
    const [ours, plugins] = ['serve/components/policy', 'policy'].map((folder) =>
      readFileSync(join(manifests, folder, 'policy.yaml'), 'utf8'),
    );

    expect(ours).to.equal(plugins);
  });

  async function ownEvents(from: number): ReturnType<Cluster['auditEvents']> {
    return (await cluster.auditEvents()).slice(from).filter(({ user }) => user.username === userOf(serveAccount));
  }
});

interface Selecting {
  readonly selector: { readonly matchLabels: object };
  readonly template: { readonly metadata: { readonly labels: object } };
}

function labelled(instance: string): object {
  return { labels: [{ pairs: { 'app.kubernetes.io/instance': instance }, includeSelectors: true }] };
}

/** What is granted to serve, and not to readers of its API. */
function isOfServe({ metadata }: KubeObject): boolean {
  return metadata.name.includes(serveAccount.name);
}

/** Each file that a flag names is in a volume, and there is no other. */
function expectMountsOfFlags({ args = [], volumeMounts = [] }: Container): void {
  const files = args.flatMap((arg) => /=(\/.*)\/[^/]+$/.exec(arg)?.[1] ?? []);
  const mounts = volumeMounts.filter(({ name }) => !name.startsWith('kube-api-access'));

  expect(mounts.map(({ mountPath }) => mountPath)).to.have.members([...new Set(files)]);
  expect(mounts.every(({ readOnly }) => readOnly)).to.equal(true);
}

function probeSchemes({ startupProbe, livenessProbe, readinessProbe }: Container): readonly unknown[] {
  return [startupProbe, livenessProbe, readinessProbe].map((probe) => probe?.httpGet?.scheme);
}

interface ServiceMonitor {
  readonly endpoints: readonly object[];
}

interface TlsVolume {
  readonly secret: { readonly secretName: string };
}

interface Kustomization {
  readonly resources: readonly string[];
  readonly components: readonly string[];
}

/** Volumes of files that the kubelet makes as root's: without an fsGroup, others have to be let read them. */
function unreadable({ volumes = [], securityContext }: Partial<PodSpec>): readonly string[] {
  if (securityContext?.fsGroup !== undefined) return [];
  const forOthers = 0o004;
  return volumes.flatMap(({ name, secret, configMap }) => {
    const source = (secret ?? configMap) as { readonly defaultMode: number } | undefined;
    return source === undefined || (source.defaultMode & forOthers) !== 0 ? [] : name;
  });
}

/** No wildcard where there is no ClusterRole. */
const scopes = {
  kubernetes: {},
  'argocd-api': {},
  namespaced: { discovery: { namespaces: { include: ['monitoring', 'logging'] } } },
} as const;

/** Argo CD's API is not here: a right at the API server is not needed for it. */
const elsewhere = {
  kubernetes: [],
  namespaced: [],
  'argocd-api': [
    ...['--argocd-server', 'https://127.0.0.1:1', '--argocd-token-file', '/dev/null'],
    ...['--argocd-ca-file', '/dev/null'],
  ],
} as const;

async function readApi(url: string, token: string): Promise<void> {
  const { status } = await fetch(`${url}/api/v1/services`, { headers: { authorization: `Bearer ${token}` } });
  expect(status).to.equal(200);
}

function namespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** The project of every Application that names no other, as Argo CD makes it at its first start. */
const defaultProject: KubeObject = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { namespace: 'argocd', name: 'default' },
  spec: { destinations: [{ namespace: '*', server: '*' }], sourceRepos: ['*'] },
};

function ready(namespace: string, name = 'prometheus'): KubeObject {
  return endpointSlice(namespace, name, { ready: 1 });
}
