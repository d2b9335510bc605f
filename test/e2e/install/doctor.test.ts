import { expect } from 'chai';
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

const name = 'holmesgpt-toolsets';
const deadlineMs = 20_000;

interface Broken {
  readonly title: string;
  readonly break: () => Promise<unknown>;
  /** Every fault that it shows as: reason, and what the message names of Argo CD's or the plugin's own error. */
  readonly found: readonly (readonly [reason: Reason, message?: RegExp])[];
  /** What a person changes besides running the commands: a commit, a setting. */
  readonly repair?: () => Promise<unknown>;
}

describe('e2e/install/doctor', () => {
  let argoCd: ArgoCd;
  let program: Program;
  let kubeconfig: string;

  before(async function () {
    if (!hasArgoCd()) this.skip();
    argoCd = await startArgoCd();
    const { cluster, repository, applications } = argoCd;
    program = await buildProgram(cluster.folder, 'bundled');
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

  it('finds nothing once the first sync is done', async () => {
    expect(await faults()).to.deep.equal([]);
  });

  const broken: readonly Broken[] = [
    {
      title: 'rights that are gone',
      break: async () => {
        await remove(argoCd.cluster, clusterRoleBinding);
        await untilFaults((all) => all.some(({ check }) => check === 'access'));
        await argoCd.applications.refresh(name, 'hard');
      },
      found: [
        [
          'PermissionsMissing',
          /^it may not list services in all namespaces, list namespaces in all namespaces, list endpointslices in all namespaces$/,
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
        await argoCd.applications.refresh(name, 'hard');
      },
      found: [['GenerationFailed', /^ComparisonError: OVERRIDES_INVALID overrides\.yaml:1:/]],
      repair: () => argoCd.repository.commit({ 'holmesgpt/overrides.yaml': null }),
    },
    {
      title: 'selfHeal that is off while the cluster changes',
      break: async () => {
        await patchApplication({ spec: { syncPolicy: { automated: { selfHeal: false } } } });
        await argoCd.cluster.apply(backend('loki', 3100));
        await argoCd.applications.refresh(name, 'hard');
      },
      found: [['SelfHealOff']],
    },
    {
      title: 'a sync that the project forbids',
      break: async () => {
        await patchProject([{ group: '', kind: 'ConfigMap' }]);
        await argoCd.applications.sync(name);
      },
      found: [['SyncFailed', /not permitted in project default/]],
      repair: () => patchProject([]),
    },
    {
      title: 'a misspelt plugin',
      break: async () => {
        await patchApplication({ spec: { source: { plugin: { name: 'dynamic-tolset' } } } });
        const { status } = await argoCd.applications.refresh(name, 'hard');
        // As docs/troubleshooting.md has it.
        expect(status?.conditions?.[0]?.message).to.include('could not find cmp-server plugin with name');
      },
      found: [['PluginNameMisspelt', /"dynamic-tolset"/]],
    },
  ];
  for (const { title, break: breakIt, found, repair } of broken) {
    it(`finds ${title}, and its commands fix it`, async () => {
      await breakIt();

      const all = await faults();
      expect(
        all.map(({ reason }) => reason),
        JSON.stringify(all),
      ).to.deep.equal(found.map(([reason]) => reason));
      for (const [index, [, message]] of found.entries())
        if (message !== undefined) expect(all[index]?.message).to.match(message);

      await repair?.();
      for (const command of all.flatMap(({ fix }) => fix)) await paste(argoCd.cluster, command);
      expect(await untilFaults(({ length }) => length === 0)).to.deep.equal([]);
      await argoCd.applications.untilSynced(name);
    });
  }

  async function faults(): Promise<readonly Check[]> {
    const { code, stdout, stderr } = await program.run(['doctor', '-o', 'json', '--kubeconfig', kubeconfig]);
    const all = (JSON.parse(stdout || stderr) as readonly Check[]).filter(({ status }) => status !== 'ok');
    expect(code).to.equal(all.length > 0 ? 1 : 0);
    return all;
  }

  /** Argo CD and the API server's authorizer need a moment after each change. */
  async function untilFaults(isSo: (all: readonly Check[]) => boolean): Promise<readonly Check[]> {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      const all = await faults();
      if (isSo(all) || performance.now() > deadline) return all;
    }
  }

  async function patchApplication(change: object): Promise<void> {
    const args = ['-n', 'argocd', 'patch', 'application', name, '--type=merge', '--patch', JSON.stringify(change)];
    await argoCd.cluster.kubectl(args);
  }

  async function patchProject(namespaceResourceBlacklist: readonly object[]): Promise<void> {
    const patch = JSON.stringify({ spec: { namespaceResourceBlacklist } });
    await argoCd.cluster.kubectl(['-n', 'argocd', 'patch', 'appproject', 'default', '--type=merge', '--patch', patch]);
  }
});

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
