import { expect } from 'chai';
import type { DoctorApplication } from '../../../plugin/doctor/argocd/spec.ts';
import { projectView } from '../../../plugin/doctor/argocd/project.ts';
import { doctorApplication } from '../../../plugin/doctor/argocd/spec.ts';
import type { ClusterReader, WrittenConfigMap } from '../../../plugin/doctor/cluster-reader.ts';
import type { Check } from '../../../plugin/doctor/reasons.ts';
import { checkNames } from '../../../plugin/doctor/reasons.ts';
import type { DoctorContext } from '../../../plugin/doctor/run-checks.ts';
import { runChecks } from '../../../plugin/doctor/run-checks.ts';
import { serveSelector } from '../../../plugin/doctor/serve.ts';
import { PluginError } from '../../../plugin/lib/errors.ts';
import { ToolsetConfig } from '../../../plugin/settings/schema/index.ts';
import { failure } from '../../support/failure.ts';
import { workload } from './workload.ts';

const { spec: settings } = ToolsetConfig.parse({
  ...{ apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig' },
  spec: { target: { configMap: { namespace: 'holmesgpt', name: 'tools' } } },
});

function fails(code: 'CLUSTER_FORBIDDEN' | 'CLUSTER_FAILED' | 'POLICY_DENIED'): () => Promise<never> {
  return () => Promise.reject(new PluginError(code, 'it is not permitted', { hint: 'ask' }));
}
const forbidden = fails('CLUSTER_FORBIDDEN');

function repoServer(name: string, account: string, container: object): ReturnType<typeof workload> {
  const containers = [{ name: 'repo-server' }, container];
  const pod = { serviceAccountName: account, automountServiceAccountToken: false, containers };
  return workload(pod, { metadata: { namespace: 'argocd', name: `${name}-repo-server` } });
}

function application(name: string, project = 'default'): DoctorApplication {
  const resource = { kind: 'ConfigMap', namespace: 'holmesgpt', name, status: 'Synced' };
  return doctorApplication({
    metadata: { namespace: 'argocd', name },
    spec: { project, source: { plugin: { name: 'dynamic-toolset' } }, destination: { namespace: 'holmesgpt' } },
    status: { resources: [resource] },
  })!;
}

const live: WrittenConfigMap = { annotations: {}, data: {}, managers: [] };

/** An Argo CD with the sidecar and one Application, in which everything may be read and is permitted. */
function contextOf(reads: Partial<ClusterReader> = {}, differences: Partial<DoctorContext> = {}): DoctorContext {
  const reader: ClusterReader = {
    deployments: (namespace) =>
      Promise.resolve(namespace === 'argocd' ? [repoServer('argocd', 'repo', { name: 'dynamic-toolset' })] : []),
    statefulSets: () => Promise.resolve([]),
    pods: () => Promise.resolve([]),
    applications: () => Promise.resolve([application('tools')]),
    isRolling: () => Promise.resolve(false),
    project: () => Promise.resolve(null),
    configMap: () => Promise.resolve(live),
    servedGroups: () => Promise.resolve(new Set<string>()),
    isAllowed: () => Promise.resolve(true),
    user: () => Promise.resolve('jane'),
    ...reads,
  };
  const policyOf = (): Promise<null> => Promise.resolve(null);
  return { reader, namespace: 'argocd', settings, version: '1.0.0', policyOf, ...differences };
}

async function reasonsOf(name: Check['check'], context: DoctorContext): Promise<readonly string[]> {
  return (await runChecks(context)).flatMap(({ check, reason }) => (check === name ? [reason] : []));
}

describe('plugin/doctor/run-checks', () => {
  it('runs every check, or reports that it was not run', async () => {
    for (const context of [contextOf(), contextOf({ deployments: () => Promise.resolve([]) })]) {
      const checks = await runChecks(context);

      expect([...new Set(checks.map(({ check }) => check))]).to.have.members([...checkNames]);
      expect(checks.filter(({ reason }) => reason === 'NotMade').map(({ status }) => status)).to.not.include('ok');
    }
  });

  it('continues when nothing may be read, and suggests how to grant access', async () => {
    const reads = { deployments: forbidden, pods: forbidden, applications: forbidden };
    const checks = await runChecks(contextOf(reads));

    const made = checks.filter(({ status }) => status !== 'skipped');
    expect(made.map(({ check, status }) => `${check} ${status}`)).to.deep.equal([
      ...['plugin unknown', 'application unknown', 'serve unknown'],
    ]);
    for (const { fix } of made) expect(fix.join('\n')).to.include('--user=jane');
  });

  it('fails on any other error', async () => {
    const { code } = await failure(() => runChecks(contextOf({ pods: fails('CLUSTER_FAILED') })));

    expect(code).to.equal('CLUSTER_FAILED');
  });

  it("checks Argo CD's own Applications when others cannot be read, and reports that there may be others", async () => {
    const applications: ClusterReader['applications'] = (namespace) =>
      namespace === null ? forbidden() : Promise.resolve([application('tools')]);
    const checks = await runChecks(contextOf({ applications }));

    const unseen = checks.filter(({ subject }) => subject === 'Applications in other namespaces');
    expect(unseen.map(({ check, status }) => `${check} ${status}`)).to.deep.equal(['application unknown']);
    expect(checks.map(({ reason }) => reason)).to.include.members(['PluginUsed', 'PermissionsGranted']);
  });

  it('reports that Argo CD is not installed', async () => {
    expect(await reasonsOf('application', contextOf({ applications: () => Promise.resolve(null) }))).to.deep.equal([
      'ArgoCdNotInstalled',
    ]);
  });

  it('checks the permissions of the account that the sidecar runs as, whatever the name of the container', async () => {
    const image = 'registry.example.com/dynamic-toolset:1.0.0';
    const asked = new Set<string>();
    const deployments: ClusterReader['deployments'] = (namespace) =>
      Promise.resolve(
        namespace === 'argocd'
          ? [repoServer('old', 'old', { name: 'other' }), repoServer('new', 'new', { name: 'cmp', image })]
          : [],
      );
    await runChecks(
      contextOf({
        deployments,
        isAllowed: ({ name }) => {
          asked.add(name);
          return Promise.resolve(true);
        },
      }),
    );

    expect([...asked]).to.deep.equal(['new']);
  });

  for (const [sidecar, serve, reasons] of [
    ['1.1.0', '1.0.0', ['SidecarInstalled', 'ServeOutdated']],
    ['1.0.0', '1.1.0', ['SidecarOutdated', 'ServeRunning']],
    ['1.1.0', '1.1.0', ['SidecarInstalled', 'ServeRunning']],
    ['main', '1.1.0', ['SidecarInstalled', 'ServeRunning']],
  ] as const)
    it(`compares a sidecar ${sidecar} and a serve ${serve} with each other, whatever its own version`, async () => {
      const volumeMounts = [
        ...['/var/run/argocd', '/home/argocd/cmp-server/plugins', '/tmp'],
        '/var/run/secrets/kubernetes.io/serviceaccount',
      ].map((mountPath) => ({ name: 'v', mountPath }));
      const plugin = { name: 'dynamic-toolset', image: `a/dynamic-toolset:${sidecar}`, volumeMounts };
      const pod = { containers: [{ name: 'serve', image: `a/dynamic-toolset:${serve}` }] };
      const running = { ...workload(pod), status: { availableReplicas: 1 } };
      const inArgoCd = repoServer('argocd', 'repo', plugin);
      const context = contextOf({
        pods: forbidden,
        deployments: (namespace, selector) =>
          Promise.resolve(selector === serveSelector ? [running] : namespace === 'argocd' ? [inArgoCd] : []),
      });

      const [inPlugin] = await reasonsOf('plugin', context);
      expect([inPlugin, ...(await reasonsOf('serve', context))]).to.deep.equal(reasons);
    });

  it('reports the missing permissions for all ConfigMaps together', async () => {
    const applications = (): Promise<readonly DoctorApplication[]> =>
      Promise.resolve([application('one'), application('two')]);
    const isAllowed: ClusterReader['isAllowed'] = (_, { resource, name }) =>
      Promise.resolve(resource !== 'configmaps' || name !== 'two');
    const checks = await runChecks(contextOf({ applications, isAllowed }));

    const [access, ...others] = checks.filter(({ check }) => check === 'access');
    expect(others).to.deep.equal([]);
    expect(access).to.include({ reason: 'PermissionsMissing', subject: 'ServiceAccount argocd/repo' });
    expect(access?.message).to.include('get configmaps/two in namespace holmesgpt').and.not.include('configmaps/one');
  });

  describe('for what the user may not read', () => {
    const forbiddenFor =
      (namespace: string): ClusterReader['deployments'] =>
      (asked, selector) =>
        asked === namespace ? forbidden() : contextOf().reader.deployments(asked, selector);
    const forbiddenConfigMap =
      (name: string): ClusterReader['configMap'] =>
      (asked) =>
        asked.name === name ? forbidden() : Promise.resolve(live);

    for (const [check, subject, reads] of [
      ['plugin', 'Pods in namespace argocd', { pods: forbidden }],
      ['project', 'AppProject argocd/default', { project: forbidden }],
      ['exclusions', 'ConfigMap argocd/argocd-cm', { configMap: forbiddenConfigMap('argocd-cm') }],
      ['access', 'ServiceAccount argocd/repo', { isAllowed: forbidden }],
      ['evidence', 'ServiceAccount argocd/repo', { servedGroups: forbidden }],
      ['consumer', 'ConfigMap holmesgpt/tools', { configMap: forbiddenConfigMap('tools') }],
      ['consumer', 'ConfigMap holmesgpt/tools', { deployments: forbiddenFor('holmesgpt') }],
    ] as const)
      it(`reports the check ${check} of ${subject} as unknown when ${Object.keys(reads)[0]!} is forbidden`, async () => {
        const checks = await runChecks(contextOf(reads));

        const unknown = checks.filter((one) => one.status === 'unknown' && one.check === check);
        expect(unknown.map((one) => one.subject)).to.deep.equal([subject]);
        expect(unknown[0]?.fix.join('\n')).to.include('--user=jane');
        expect(checks.map(({ reason }) => reason)).to.include('PluginUsed');
      });
  });

  describe('for the ConfigMap of an Application', () => {
    it('reports that it does not exist, with the command that syncs the Application', async () => {
      const configMap: ClusterReader['configMap'] = ({ name }) => Promise.resolve(name === 'tools' ? null : live);
      const checks = await runChecks(contextOf({ configMap }));

      const { message, ...check } = checks.find(({ reason }) => reason === 'ConfigMapMissing')!;
      expect(check).to.deep.include({
        check: 'consumer',
        subject: 'ConfigMap holmesgpt/tools',
        fix: [`kubectl --namespace argocd patch application tools --type merge --patch '{"operation":{"sync":{}}}'`],
      });
      expect(message).to.include('Application argocd/tools');
    });

    it('does not read one in another cluster, and reports where it is', async () => {
      const read: string[] = [];
      const configMap: ClusterReader['configMap'] = ({ name }) => {
        read.push(name);
        return Promise.resolve(live);
      };
      const applications = (): Promise<readonly DoctorApplication[]> =>
        Promise.resolve([{ ...application('tools'), otherCluster: 'spoke' }]);
      const checks = await runChecks(contextOf({ applications, configMap }));

      const { subject, message } = checks.find(({ reason }) => reason === 'ConfigMapElsewhere')!;
      expect(subject).to.equal('ConfigMap holmesgpt/tools');
      expect(message).to.include('the cluster "spoke"');
      expect(read).to.not.include('tools');
    });

    it('checks the permissions for the one that the settings name before there is any', async () => {
      const asked = new Set<string>();
      const isAllowed: ClusterReader['isAllowed'] = (_, { resource, name }) => {
        if (name !== undefined) asked.add(`${resource}/${name}`);
        return Promise.resolve(true);
      };
      const applications = (): Promise<readonly DoctorApplication[]> =>
        Promise.resolve([{ ...application('other'), configMaps: [] }]);
      await runChecks(contextOf({ applications, isAllowed }));

      expect([...asked]).to.deep.equal(['configmaps/tools']);
    });
  });

  describe('for an Application of an ApplicationSet that has automated sync switched off', () => {
    const made = doctorApplication({
      metadata: { namespace: 'argocd', name: 'tools', ownerReferences: [{ kind: 'ApplicationSet', name: 'fleet' }] },
      spec: {
        source: { plugin: { name: 'dynamic-toolset' } },
        syncPolicy: { automated: { enabled: false, selfHeal: true } },
      },
    })!;
    const reads = (isRolling: ClusterReader['isRolling']): Partial<ClusterReader> => ({
      applications: () => Promise.resolve([made]),
      isRolling,
    });

    it('reports that the set syncs in steps, with the command that ends it', async () => {
      const asked: unknown[] = [];
      const context = contextOf(
        reads((name) => {
          asked.push(name);
          return Promise.resolve(true);
        }),
      );

      const check = (await runChecks(context)).find(({ reason }) => reason === 'RollingSync');

      expect(asked).to.deep.equal([{ namespace: 'argocd', name: 'fleet' }]);
      expect(check?.fix).to.deep.equal([
        `kubectl --namespace argocd patch applicationset fleet --type merge --patch '{"spec":{"strategy":null}}'`,
      ]);
    });

    it('reports automated sync as off if the set has no such strategy, or cannot be read', async () => {
      const other = contextOf(reads(() => Promise.resolve(false)));

      expect(await reasonsOf('self-heal', other)).to.deep.equal(['AutomatedSyncOff']);
      expect(await reasonsOf('self-heal', contextOf(reads(forbidden)))).to.deep.equal([
        'AutomatedSyncOff',
        'Forbidden',
      ]);
    });
  });

  describe('for several ConfigMaps of an Application', () => {
    const names = ['generated', 'of-the-chart', 'left'];
    const listed = (status: string): object => ({
      resources: names.map((name) => ({
        ...{ kind: 'ConfigMap', namespace: 'holmesgpt', name, status: name === 'left' ? 'OutOfSync' : status },
        requiresPruning: name === 'left',
      })),
    });
    const several = doctorApplication({
      metadata: { namespace: 'argocd', name: 'tools' },
      spec: { sources: [{ chart: 'holmes' }, { plugin: { name: 'dynamic-toolset' } }] },
      status: listed('Synced'),
    })!;
    const context = contextOf({
      applications: () => Promise.resolve([several]),
      configMap: ({ name }) =>
        Promise.resolve(
          name === 'of-the-chart' ? live : { ...live, annotations: { 'kubernaut.io/toolset-settings': '{}' } },
        ),
    });

    it('checks the consumer of the generated one, not of one that another source has', async () => {
      const consumers = (await runChecks(context)).filter(({ check }) => check === 'consumer');

      expect(consumers.map(({ reason, subject }) => [reason, subject])).to.deep.equal([
        ['LeftOver', 'ConfigMap holmesgpt/left'],
        ['NotMounted', 'ConfigMap holmesgpt/generated'],
      ]);
    });

    it('says how to remove one that is no longer generated', async () => {
      const [check] = (await runChecks(context)).filter(({ reason }) => reason === 'LeftOver');

      expect(check?.fix).to.deep.equal(['kubectl --namespace holmesgpt delete configmap left']);
    });
  });

  describe('for the project of an Application', () => {
    it('looks in the namespace of Argo CD, and reports that it does not exist', async () => {
      const asked: unknown[] = [];
      const project: ClusterReader['project'] = (name) => {
        asked.push(name);
        return Promise.resolve(null);
      };
      const applications = (): Promise<readonly DoctorApplication[]> => Promise.resolve([application('tools', 'apps')]);
      const checks = await runChecks(contextOf({ applications, project }));

      expect(asked).to.deep.equal([{ namespace: 'argocd', name: 'apps' }]);
      expect(checks.find(({ check }) => check === 'project')).to.deep.include({
        reason: 'ProjectMissing',
        subject: 'AppProject argocd/apps',
        fix: ['kubectl --namespace argocd get appprojects'],
      });
    });

    it('reports what it forbids, or that it permits everything', async () => {
      const project =
        (spec: object): ClusterReader['project'] =>
        () =>
          Promise.resolve(projectView({ metadata: { namespace: 'argocd', name: 'default' }, spec }));
      const denied = { namespaceResourceBlacklist: [{ group: '', kind: 'ConfigMap' }] };

      expect(await reasonsOf('project', contextOf({ project: project({}) }))).to.deep.equal(['ProjectPermits']);
      expect(await reasonsOf('project', contextOf({ project: project(denied) }))).to.deep.equal(['ProjectForbidsKind']);
    });
  });

  describe('for the settings', () => {
    const withSettings = (change: object): Partial<DoctorContext> => ({
      settings: ToolsetConfig.parse({
        ...{ apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig' },
        spec: { ...settings, ...change },
      }).spec,
    });

    for (const [check, isAsked] of [
      ['none', false],
      ['http', true],
    ] as const)
      it(`checks whether EndpointSlices may be read if health.check is ${check}: ${String(isAsked)}`, async () => {
        const asked = new Set<string>();
        const isAllowed: ClusterReader['isAllowed'] = (_, { resource }) => {
          asked.add(resource);
          return Promise.resolve(true);
        };
        await runChecks(contextOf({ isAllowed }, withSettings({ health: { check } })));

        expect(asked.has('services')).to.equal(true);
        expect(asked.has('endpointslices')).to.equal(isAsked);
      });

    it('reports that evidence is off, and asks for no permission to read it', async () => {
      const servedGroups = (): Promise<never> => Promise.reject(new Error('asked for groups'));
      const context = contextOf({ servedGroups }, withSettings({ discovery: { evidence: 'off' } }));

      expect(await reasonsOf('evidence', context)).to.deep.equal(['EvidenceOff']);
    });
  });

  describe('under a policy', () => {
    const policyOf: DoctorContext['policyOf'] = (project) =>
      project === 'known'
        ? Promise.resolve({ include: ['monitoring'], exclude: [], trust: null, clusters: [] })
        : fails('POLICY_DENIED')();

    it('skips an Application whose project has no rule, and does not check permissions for it', async () => {
      const applications = (): Promise<readonly DoctorApplication[]> =>
        Promise.resolve([application('denied', 'other'), application('tools', 'known')]);
      const asked = new Set<string>();
      const isAllowed: ClusterReader['isAllowed'] = (_, { resource, namespace }) => {
        asked.add(`${resource} ${namespace ?? 'everywhere'}`);
        return Promise.resolve(true);
      };
      const checks = await runChecks(contextOf({ applications, isAllowed }, { policyOf }));

      expect(checks.map(({ reason }) => reason)).to.include('PermissionsGranted');
      expect([...asked])
        .to.include('services monitoring')
        .and.not.include('services everywhere');
    });

    it('does not check permissions when no Application has a rule', async () => {
      const context = contextOf({}, { policyOf });

      expect(await reasonsOf('access', context)).to.deep.equal(['NotMade']);
      expect(await reasonsOf('evidence', context)).to.deep.equal(['NotMade']);
    });
  });

  describe('for serve', () => {
    const serve = workload({}, { metadata: { namespace: 'dynamic-toolset', name: 'serve' } });
    const deployments =
      (found: ReturnType<typeof workload>[]): ClusterReader['deployments'] =>
      (namespace, selector) => {
        if (selector !== serveSelector) return Promise.resolve([]);
        return namespace === null ? forbidden() : Promise.resolve(found);
      };

    it('looks in its own namespace when it cannot list all namespaces', async () => {
      expect(await reasonsOf('serve', contextOf({ deployments: deployments([serve]) }))).to.deep.equal([
        'ServeNotReady',
      ]);
    });

    it('reports an unknown status when serve may be in another namespace', async () => {
      const checks = await runChecks(contextOf({ deployments: deployments([]) }));

      expect(checks.filter(({ check }) => check === 'serve').map(({ status }) => status)).to.deep.equal(['unknown']);
    });
  });
});
