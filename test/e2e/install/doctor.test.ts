import { expect } from 'chai';
import { isDeepStrictEqual } from 'node:util';
import { applyRbac } from '../../cluster/support/rbac.ts';
import type { Check, Reason } from '../../../plugin/doctor/reasons.ts';
import { endpointSlice, service } from '../../cluster/support/backends.ts';
import {
  installConsumer,
  installRepoServer,
  installServe,
  paste,
  remove,
  runRepoServer,
} from '../../cluster/manifests/installation.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { buildProgram } from '../../cluster/support/program.ts';
import type { Program } from '../../cluster/support/program.ts';
import { hasArgoCd, startArgoCd } from '../parts/argo-cd.ts';
import type { ArgoCd } from '../parts/argo-cd.ts';
import { patienceMs, untilSeen } from '../../support/until.ts';

const name = 'holmesgpt-toolsets';

interface Broken {
  readonly title: string;
  readonly break: () => Promise<unknown>;
  /** Every fault that it shows as: reason, and what the message names of Argo CD's or the plugin's own error. */
  readonly found: readonly (readonly [reason: Reason, message?: RegExp])[];
  /** What a person changes besides running the commands: a commit, a setting. */
  readonly repair?: () => Promise<unknown>;
}

/** A customization of differences to ignore, and a change that it hides. */
interface Ignoring {
  readonly what: string;
  /** What follows `resource.customizations.ignoreDifferences.`, and its value. */
  readonly key: string;
  readonly text: string;
  readonly change: () => Promise<unknown>;
  /** In the data only once Argo CD has compared it again. */
  readonly generated: string;
}

describe('e2e/install/doctor', () => {
  let argoCd: ArgoCd;
  let program: Program;
  let kubeconfig: string;

  before(async function () {
    if (!hasArgoCd()) this.skip();
    argoCd = await startArgoCd();
    const { cluster, repository, applications } = argoCd;
    program = await buildProgram(cluster.folder);
    kubeconfig = await cluster.kubeconfig();
    await applyRbac(cluster, 'evidence');
    await cluster.apply(backend('prometheus', 9090));
    await installRepoServer(cluster);
    await runRepoServer(cluster);
    await installConsumer(cluster);
    await installServe(cluster);
    await repository.commit({ 'holmesgpt/toolset.yaml': settings });
    await applications.create(name, { path: 'holmesgpt', namespace: 'holmesgpt' });
    await applications.untilSynced(name);
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (argoCd as ArgoCd | undefined)?.stop();
  });

  it('finds no problem after the first sync', async () => {
    expect(await faults()).to.deep.equal([]);
  });

  const broken: readonly Broken[] = [
    {
      title: 'missing permissions',
      break: async () => {
        await remove(argoCd.cluster, clusterRoleBinding);
        await untilFaults((all) => all.some(({ check }) => check === 'access'));
      },
      found: [
        [
          'PermissionsMissing',
          /^it may not list services in all namespaces, list namespaces in all namespaces, list endpointslices in all namespaces, get applications in namespace argocd$/,
        ],
        [
          'GenerationFailed',
          /^ComparisonError: CLUSTER_FORBIDDEN list (services|namespaces) in all namespaces is forbidden \(403\).*; add to /,
        ],
      ],
    },
    {
      title: 'a mistake in Git',
      break: async () => {
        await argoCd.repository.commit({ 'holmesgpt/overrides.yaml': 'toolsets: [prometheus/metrics]\n' });
      },
      found: [['GenerationFailed', /^ComparisonError: OVERRIDES_INVALID overrides\.yaml:1:/]],
      repair: () => argoCd.repository.commit({ 'holmesgpt/overrides.yaml': null }),
    },
    {
      title: 'selfHeal switched off while the cluster changes',
      break: async () => {
        await patchApplication({ spec: { syncPolicy: { automated: { selfHeal: false } } } });
        await argoCd.cluster.apply(backend('loki', 3100));
      },
      found: [['SelfHealOff']],
    },
    {
      title: 'a sync that the project forbids',
      break: async () => {
        await patchProject({ namespaceResourceBlacklist: [{ group: '', kind: 'ConfigMap' }] });
        await argoCd.applications.sync(name);
      },
      found: [['ProjectForbidsKind'], ['SyncFailed', /not permitted in project default/]],
    },
    {
      title: 'a sync that a global project forbids',
      break: async () => {
        const spec = { namespaceResourceBlacklist: [{ group: '', kind: 'ConfigMap' }] };
        const metadata = { namespace: 'argocd', name: 'global' };
        await argoCd.cluster.apply([{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AppProject', metadata, spec }]);
        const selector = { matchExpressions: [{ key: 'unset', operator: 'DoesNotExist' }] };
        const globalProjects = JSON.stringify([{ projectName: 'global', labelSelector: selector }]);
        const patch = JSON.stringify({ data: { globalProjects } });
        await argoCd.cluster.kubectl(['-n', 'argocd', 'patch', 'cm', 'argocd-cm', '--type=merge', '--patch', patch]);
        await untilSyncFails();
      },
      found: [['ProjectForbidsKind'], ['SyncFailed', /not permitted in project default/]],
    },
    {
      title: 'a repository that the project does not permit',
      break: async () => {
        await patchProject({ sourceRepos: ['https://git.example.com/*'] });
      },
      found: [
        ['ProjectForbidsSource'],
        ['ConditionReported', /^InvalidSpecError: application repo .* is not permitted/],
      ],
    },
    {
      title: 'a destination that the project does not permit',
      break: async () => {
        await patchProject({ destinations: [{ server: '*', namespace: 'elsewhere' }] });
      },
      found: [
        ['ProjectForbidsDestination'],
        ['ConditionReported', /^InvalidSpecError: .* do not match any of the allowed destinations/],
      ],
    },
    {
      title: 'Argo CD settings that exclude ConfigMaps',
      break: async () => {
        const exclusions = "- {apiGroups: [''], kinds: [ConfigMap, Event], clusters: ['*']}\n";
        const patch = JSON.stringify({ data: { 'resource.exclusions': exclusions } });
        await argoCd.cluster.kubectl(['-n', 'argocd', 'patch', 'cm', 'argocd-cm', '--type=merge', '--patch', patch]);
      },
      found: [
        ['ConfigMapsExcluded'],
        ['ConditionReported', /^ExcludedResourceWarning: .* is excluded in the settings/],
      ],
    },
    {
      title: 'Helm beside the plugin',
      break: async () => {
        await patchApplication({ spec: { source: { helm: { releaseName: 'a' } } } });
      },
      found: [['SourceKindsMixed'], ['GenerationFailed', /multiple application sources defined/]],
    },
    {
      title: 'a plugin without a name',
      break: async () => {
        await patchApplication({ spec: { source: { plugin: { name: null } } } });
      },
      found: [['PluginUnnamed']],
    },
    {
      title: 'a destination in another cluster',
      break: async () => {
        await patchApplication({ spec: { destination: { server: null, name: 'spoke' } } });
      },
      found: [['OtherCluster'], ['ConditionReported', /^InvalidSpecError: .*spoke/]],
    },
    {
      title: 'an Application with a source hydrator',
      break: async () => {
        const { repoURL, path, targetRevision, plugin } = (await application()).spec.source;
        const drySource = { repoURL, path, targetRevision, plugin };
        const syncSource = { targetBranch: 'hydrated', path: 'holmesgpt' };
        await patchApplication({ spec: { source: null, sourceHydrator: { drySource, syncSource } } });
      },
      // Its branch is not there yet: the hydrator does not run here.
      found: [['SourceHydrated'], ['GenerationFailed', /unable to resolve 'hydrated'/]],
    },
    {
      title: 'a misspelt plugin name',
      break: async () => {
        await patchApplication({ spec: { source: { plugin: { name: 'dynamic-tolset' } } } });
        // As docs/troubleshooting.md has it.
        await refreshUntil(({ message }) => message.includes('could not find cmp-server plugin with name'));
      },
      found: [['PluginNameMisspelt', /"dynamic-tolset"/]],
    },
  ];
  for (const { title, break: breakIt, found, repair } of broken) {
    it(`finds ${title}, and fixes it with its commands`, async () => {
      await breakIt();

      const all = await untilFound(found.map(([reason]) => reason));
      for (const [index, [, message]] of found.entries())
        if (message !== undefined) expect(all[index]?.message).to.match(message);

      await repair?.();
      for (const command of all.flatMap(({ fix }) => fix)) await paste(argoCd.cluster, command);
      expect(await untilFaults(({ length }) => length === 0)).to.deep.equal([]);
      await argoCd.applications.untilSynced(name);
    });
  }

  const ignoring: readonly Ignoring[] = [
    {
      what: 'the data of all ConfigMaps',
      key: 'all',
      text: 'jsonPointers: [/data]',
      change: () => setData('toolsets: {}'),
      generated: 'prometheus_url',
    },
    {
      what: 'what its own field manager wrote',
      key: '_ConfigMap',
      text: 'managedFieldsManagers: [argocd-controller]',
      change: () => argoCd.cluster.apply(backend('tempo', 3200)),
      generated: 'tempo.monitoring',
    },
  ];
  for (const { what, key, text: customization, change, generated } of ignoring) {
    it(`finds Argo CD settings that ignore ${what}, and has Argo CD compare the generated ConfigMap again`, async () => {
      await customize({ [key]: customization });
      const all = await untilFound(['SettingsIgnoreDifferences']);
      await change();
      await argoCd.applications.refresh(name, 'hard');
      const ignored = await argoCd.applications.untilSynced(name);
      const kept = await data();

      for (const command of all.flatMap(({ fix }) => fix)) await paste(argoCd.cluster, command);
      await untilData((text) => text.includes(generated));

      expect(ignored.status?.sync?.status).to.equal('Synced');
      expect(kept).not.to.include(generated);
      expect(await untilFaults(({ length }) => length === 0)).to.deep.equal([]);
      expect((await argoCd.applications.untilSynced(name)).status?.conditions ?? []).to.deep.equal([]);
      await customize({ [key]: null });
    });
  }

  it('finds nothing in field managers under a key where Argo CD does not look for them, and Argo CD compares', async () => {
    await customize({ ConfigMap: 'managedFieldsManagers: [argocd-controller]' });
    await argoCd.cluster.apply(backend('jaeger', 16686));
    await untilData((text) => text.includes('jaeger.monitoring'));

    expect(await untilFaults(({ length }) => length === 0)).to.deep.equal([]);
    await customize({ ConfigMap: null });
  });

  it('finds an Application that Argo CD is made to ignore, and has Argo CD compare it again', async () => {
    await patchApplication({ metadata: { annotations: { 'argocd.argoproj.io/skip-reconcile': 'true' } } });

    const all = await untilFaults(({ length }) => length > 0);
    for (const command of all.flatMap(({ fix }) => fix)) await paste(argoCd.cluster, command);

    expect(all.map(({ reason }) => reason)).to.deep.equal(['ReconcileSkipped']);
    expect(await untilFaults(({ length }) => length === 0)).to.deep.equal([]);
    await argoCd.applications.refresh(name, 'hard');
  });

  it('checks only the generated ConfigMap when another source has one as well', async () => {
    const { source } = (await application()).spec;
    const other = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'holmesgpt', name: 'other' } };
    await argoCd.repository.commit({ 'holmesgpt-more/other.yaml': other });
    const more = { repoURL: argoCd.repository.url, targetRevision: 'main', path: 'holmesgpt-more' };

    await patchApplication({ spec: { source: null, sources: [source, more] } });
    await argoCd.applications.refresh(name, 'hard');
    const { status } = await argoCd.applications.until(name, 'with both', (it) => it.status?.resources?.length === 2);

    expect(status?.conditions ?? []).to.deep.equal([]);
    expect(await untilFaults(({ length }) => length === 0)).to.deep.equal([]);
    await patchApplication({ spec: { source, sources: null } });
    await argoCd.applications.refresh(name, 'hard');
    await argoCd.cluster.kubectl(['-n', 'holmesgpt', 'delete', 'cm', 'other']);
    await argoCd.applications.untilSynced(name);
  });

  it('fixes the template when an ApplicationSet generates the Application', async () => {
    const { project, source, destination } = (await application()).spec;
    const spec = { project, source, destination, syncPolicy: { automated: { selfHeal: false } } };
    const template = { metadata: { name: '{{.name}}' }, spec };
    const generators = [{ list: { elements: [{ name }] } }];
    await argoCd.startApplicationSetController();
    await argoCd.cluster.apply([
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'ApplicationSet',
        metadata: { namespace: 'argocd', name: 'fleet' },
        spec: { goTemplate: true, generators, template },
      },
    ]);

    const all = await untilFaults(({ length }) => length > 0);
    for (const command of all.flatMap(({ fix }) => fix)) await paste(argoCd.cluster, command);
    const left = await untilFaults(({ length }) => length === 0);
    await argoCd.applications.refresh(name, 'hard');
    await argoCd.applications.sync(name);

    expect(all.map(({ reason }) => reason)).to.deep.equal(['SelfHealOff']);
    expect(all[0]?.message).to.include('it comes from the ApplicationSet fleet');
    expect(left).to.deep.equal([]);
    expect((await application()).spec).to.have.nested.property('syncPolicy.automated.selfHeal', true);
  });

  it('finds an ApplicationSet that syncs in steps, for which Argo CD switches automated sync off, and ends that', async () => {
    const steps = [{ matchExpressions: [{ key: 'env', operator: 'In', values: ['prod'] }] }];
    const patch = JSON.stringify({ spec: { strategy: { type: 'RollingSync', rollingSync: { steps } } } });
    await argoCd.cluster.kubectl(['-n', 'argocd', 'patch', 'applicationset', 'fleet', '--type=merge', '-p', patch]);

    const all = await untilFaults(({ length }) => length > 0);
    const { spec } = await application();
    for (const command of all.flatMap(({ fix }) => fix)) await paste(argoCd.cluster, command);

    expect(spec).to.have.nested.property('syncPolicy.automated.enabled', false);
    expect(all.map(({ reason }) => reason)).to.deep.equal(['RollingSync']);
    expect(await untilFaults(({ length }) => length === 0)).to.deep.equal([]);
  });

  async function faults(): Promise<readonly Check[]> {
    const { code, stdout, stderr } = await program.run(['doctor', '-o', 'json', '--kubeconfig', kubeconfig]);
    const all = (JSON.parse(stdout || stderr) as readonly Check[]).filter(
      ({ status }) => status !== 'ok' && status !== 'skipped',
    );
    expect(code).to.equal(all.length > 0 ? 1 : 0);
    return all;
  }

  /** Argo CD and the API server's authorizer need a moment after each change. */
  async function untilFaults(isSo: (all: readonly Check[]) => boolean): Promise<readonly Check[]> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const all = await faults();
      if (isSo(all) || performance.now() > deadline) return all;
    }
  }

  /** The same where Argo CD itself has to see it: what it is asked while it compares is lost. */
  async function untilFound(reasons: readonly string[]): Promise<readonly Check[]> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      await argoCd.applications.refresh(name, 'hard');
      const all = await faults();
      const found = all.map(({ reason }) => reason);
      if (isDeepStrictEqual(found, reasons)) return all;
      if (performance.now() > deadline) expect(found, JSON.stringify(all)).to.deep.equal(reasons);
    }
  }

  async function patchApplication(change: object): Promise<void> {
    const args = ['-n', 'argocd', 'patch', 'application', name, '--type=merge', '--patch', JSON.stringify(change)];
    await argoCd.cluster.kubectl(args);
  }

  async function setData(text: string): Promise<void> {
    const patch = JSON.stringify({ data: { 'custom_toolset.yaml': text } });
    const args = ['-n', 'holmesgpt', 'patch', 'cm', 'custom-toolsets-configmap', '--type=merge', '--patch', patch];
    await argoCd.cluster.kubectl(args);
  }

  /** `resource.customizations.ignoreDifferences` of Argo CD's settings, by what follows it; `null` removes one. */
  async function customize(entries: Readonly<Record<string, string | null>>): Promise<void> {
    const prefix = 'resource.customizations.ignoreDifferences';
    const settings = Object.fromEntries(Object.entries(entries).map(([key, text]) => [`${prefix}.${key}`, text]));
    const patch = JSON.stringify({ data: settings });
    await argoCd.cluster.kubectl(['-n', 'argocd', 'patch', 'cm', 'argocd-cm', '--type=merge', '--patch', patch]);
  }

  async function data(): Promise<string> {
    const path = '{.data.custom_toolset\\.yaml}';
    const args = ['-n', 'holmesgpt', 'get', 'cm', 'custom-toolsets-configmap', '-o', `jsonpath=${path}`];
    return argoCd.cluster.kubectl(args);
  }

  async function untilData(isSo: (text: string) => boolean): Promise<void> {
    await untilSeen(
      async () => {
        await argoCd.applications.refresh(name, 'hard');
        return data();
      },
      isSo,
      (last) => `Argo CD does not restore the ConfigMap: ${last}`,
    );
  }

  async function application(): Promise<{ readonly spec: Spec }> {
    return JSON.parse(
      await argoCd.cluster.kubectl(['-n', 'argocd', 'get', 'application', name, '-o', 'json']),
    ) as never;
  }

  /** Argo CD's caches follow its settings a moment later. */
  async function refreshUntil(isSo: (condition: { readonly message: string }) => boolean): Promise<void> {
    const deadline = performance.now() + patienceMs;
    while (performance.now() < deadline)
      if ((await argoCd.applications.refresh(name, 'hard')).status?.conditions?.some(isSo)) return;
    throw new Error('Argo CD does not show the condition');
  }

  /** A sync that is asked for before Argo CD has read its settings again succeeds. */
  async function untilSyncFails(): Promise<void> {
    const deadline = performance.now() + patienceMs;
    while (performance.now() < deadline)
      if ((await argoCd.applications.sync(name)).status?.operationState?.phase === 'Failed') return;
    throw new Error('Argo CD does not refuse the sync');
  }

  async function patchProject(spec: object): Promise<void> {
    const patch = JSON.stringify({ spec });
    await argoCd.cluster.kubectl(['-n', 'argocd', 'patch', 'appproject', 'default', '--type=merge', '--patch', patch]);
  }
});

interface Spec {
  readonly project: string;
  readonly source: Readonly<Record<string, unknown>>;
  readonly destination: object;
}

const clusterRoleBinding: KubeObject = {
  apiVersion: '',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'dynamic-toolset' },
};

function backend(product: string, port: number): readonly KubeObject[] {
  return [service('monitoring', product, port), endpointSlice('monitoring', product, { ready: 1 })];
}

/** Not `http`: no backend runs here. */
const settings = `apiVersion: toolset.kubernaut.ai/v1alpha1
kind: ToolsetConfig
spec: {health: {check: readiness}}
`;
