import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkNames } from '../../../plugin/doctor/reasons.ts';
import type { Check } from '../../../plugin/doctor/reasons.ts';
import { missingTools, toolPaths } from '../../tools/build.ts';
import type { ToolName } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { customResourceDefinition, define } from '../parts/definitions.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { acquireCluster } from '../parts/pool.ts';
import { broken } from './faults.ts';
import { manifests } from '../manifests/manifests.ts';
import * as installation from '../manifests/installation.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { buildProgram, failureOf, gitFolder, toolsetYaml } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { applyRbac, pluginKubeconfig, untilHolds } from '../support/rbac.ts';
import type { Role } from '../support/rbac.ts';
import { patienceMs } from '../../support/until.ts';

const tools: readonly ToolName[] = [...clusterTools, 'applicationCrd', 'appProjectCrd', 'repoServerDeployment'];

/** Commands that show more and change nothing; the logs of a container that no kubelet runs cannot be had. */
const shows = /^kubectl (--(kubeconfig|namespace) \S+ )*(get|describe|logs) /;

interface Examined {
  readonly code: number | null;
  readonly checks: readonly Check[];
}

describe('cluster/doctor', () => {
  let cluster: Cluster;
  let program: Program;
  /** As users have it: it starts in a third of the time, and finds one fault after the other. */
  let admin: string;

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(tools).length === 0, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    program = await buildProgram(cluster.folder);
    admin = await cluster.kubeconfig();
    const { applicationCrd, appProjectCrd } = toolPaths();
    const prometheuses = customResourceDefinition('monitoring.coreos.com/v1', 'Prometheus', 'prometheuses');
    await define(cluster, applicationCrd, appProjectCrd, prometheuses);
    await installation.install(cluster, program);
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  it('finds no problem in an installation made from the manifests', async () => {
    const { code, checks } = await examined();

    expect(checks.filter(({ status }) => status !== 'ok')).to.deep.equal([]);
    expect([...new Set(checks.map(({ check }) => check))]).to.deep.equal(checkNames);
    expect(code).to.equal(0);
  });

  for (const { title, break: breakIt, reason, detail = '', repair } of broken) {
    it(`detects ${title}, with commands that show or fix it`, async () => {
      await breakIt(cluster);

      const [found, ...others] = await faultsUntil(({ length }) => length > 0);
      expect(found, JSON.stringify(others)).to.include({ reason, status: 'problem' });
      expect(found?.message).to.include(detail);
      expect(others).to.deep.equal([]);
      expect(found?.fix).to.not.be.empty;
      for (const command of found?.fix ?? []) expect(command).to.include(` --kubeconfig ${admin} `);

      for (const command of found?.fix ?? []) if (!shows.test(command)) await installation.paste(cluster, command);
      await repair?.(cluster);
      if (found?.check === 'consumer') await installation.generateConfigMap(cluster, program);
      await faultsUntil(({ length }) => length === 0);
    });
  }

  it('reports RepoServerNotFound when --argocd-namespace names the wrong namespace', async () => {
    const { code, checks } = await examined('--argocd-namespace', 'elsewhere');

    expect(code).to.equal(1);
    expect(checks[0]).to.include({ reason: 'RepoServerNotFound', subject: 'Namespace elsewhere', status: 'problem' });
  });

  it('reports that serve is not installed, unless --skip excludes it', async () => {
    await installation.remove(cluster, installation.serve);

    const all = await examined();
    const most = await examined('--skip', 'serve');
    await installation.installServe(cluster);

    const faults = (examined: Examined): readonly string[] =>
      examined.checks.filter(({ status }) => status !== 'ok').map(({ reason }) => reason);
    expect(faults(all)).to.deep.equal(['ServeNotInstalled']);
    expect(faults(most)).to.deep.equal(['LeftOut']);
    expect([all.code, most.code]).to.deep.equal([1, 0]);
  });

  it('reports EvidenceOff when the settings disable evidence', async () => {
    await installation.generateConfigMap(cluster, program, { discovery: { evidence: 'off' } });

    const { checks } = await examined();
    await installation.generateConfigMap(cluster, program);

    expect(
      checks.filter(({ check }) => check === 'access' || check === 'evidence').map(({ reason }) => reason),
    ).to.deep.equal(['PermissionsGranted', 'EvidenceOff']);
  });

  it('reports what an operator may not read, and prints commands that grant it', async () => {
    const operator = { namespace: 'ops', name: 'jane' };
    const kubeconfig = await pluginKubeconfig(cluster, operator);

    const before = await examined('--kubeconfig', kubeconfig);
    const [first] = before.checks;
    for (const command of first?.fix ?? []) await installation.paste(cluster, command);
    const roles = await applyRbac(cluster, 'doctor', operator);
    await Promise.all(
      roles.flatMap((role: Role) => role.rules.map((rule) => untilHolds(cluster, role, rule, true, operator))),
    );
    const after = await examined('--kubeconfig', kubeconfig);

    expect(before.code).to.equal(1);
    expect(
      before.checks
        .filter(({ status }) => status !== 'skipped')
        .map(({ check, reason, status }) => [check, reason, status]),
    ).to.deep.equal([
      ['plugin', 'Forbidden', 'unknown'],
      ['application', 'Forbidden', 'unknown'],
      ['serve', 'Forbidden', 'unknown'],
    ]);
    expect(before.checks.filter(({ status }) => status === 'skipped').map(({ check }) => check)).to.deep.equal(
      checkNames.filter((name) => !['plugin', 'application', 'serve'].includes(name)),
    );
    expect(first?.message).to.include('list deployments in namespace argocd is forbidden (403)');
    expect(after.checks.filter(({ status }) => status !== 'ok')).to.deep.equal([]);
  });

  it('reports Applications and serve as unknown in namespaces that it may not read', async () => {
    const operator = { namespace: 'ops', name: 'joe' };
    const kubeconfig = await pluginKubeconfig(cluster, operator);
    const apply = '--dry-run=client --output=yaml | kubectl apply --filename=-';
    for (const namespace of ['argocd', 'dynamic-toolset', 'holmesgpt'])
      await installation.paste(
        cluster,
        `kubectl create rolebinding joe --namespace=${namespace} --clusterrole=dynamic-toolset-doctor --serviceaccount=ops:joe ${apply}`,
      );
    await installation.remove(cluster, installation.serve);

    const { checks } = await examined('--kubeconfig', kubeconfig);
    await installation.installServe(cluster);

    const seen = checks.filter(({ status }) => status === 'unknown');
    expect(seen.map(({ check, subject }) => [check, subject])).to.deep.include.members([
      ['application', 'Applications in other namespaces'],
      ['serve', 'dynamic-toolset serve'],
    ]);
    expect(seen[0]?.message).to.include('is forbidden (403)');
    expect(checks.map(({ reason }) => reason)).to.not.include('ServeNotInstalled');
  });

  it('checks the permissions in selected namespaces for an operator with Roles alone', async () => {
    const operator = { namespace: 'ops', name: 'ann' };
    const kubeconfig = await pluginKubeconfig(cluster, operator);
    await cluster.kubectl(['apply', '--server-side', '--filename', join(manifests, 'rbac/doctor/cluster-role.yaml')]);
    const namespaces = ['argocd', 'dynamic-toolset', 'holmesgpt', 'monitoring'];
    const apply = '--dry-run=client --output=yaml | kubectl apply --filename=-';
    for (const namespace of namespaces)
      await installation.paste(
        cluster,
        `kubectl create rolebinding ann --namespace=${namespace} --clusterrole=dynamic-toolset-doctor --serviceaccount=ops:ann ${apply}`,
      );
    await installation.generateConfigMap(cluster, program, { discovery: { namespaces: { include: ['monitoring'] } } });

    const { checks } = await examined('--kubeconfig', kubeconfig);
    await installation.generateConfigMap(cluster, program);

    const made = checks.filter(({ check }) => check === 'access' || check === 'evidence');
    expect(made.map(({ reason }) => reason)).to.deep.equal(['PermissionsGranted', 'EvidenceReadable']);
  });

  it('grants evidence in selected namespaces by a Role in each, and nothing in the cluster', async () => {
    const grant = async (): Promise<Check | undefined> => {
      const [found] = await faultsUntil(({ length }) => length > 0);
      for (const command of found?.fix ?? []) await installation.paste(cluster, command);
      await faultsUntil(({ length }) => length === 0);
      return found;
    };
    await installation.generateConfigMap(cluster, program, { discovery: { namespaces: { include: ['monitoring'] } } });
    const bindings = ['dynamic-toolset-evidence', 'dynamic-toolset-evidence-granted'];
    await cluster.kubectl(['delete', 'clusterrolebinding', ...bindings, '--ignore-not-found']);

    const inNamespace = await grant();
    const rolesOfCluster = await cluster.kubectl(['get', 'clusterrolebinding', ...bindings, '--ignore-not-found']);
    for (const kind of ['role/dynamic-toolset-evidence', 'rolebinding/dynamic-toolset-evidence-granted'])
      await cluster.kubectl(['delete', '--namespace=monitoring', kind]);
    await installation.generateConfigMap(cluster, program);
    const inCluster = await grant();

    expect([inNamespace?.reason, inCluster?.reason]).to.deep.equal(['EvidenceForbidden', 'EvidenceForbidden']);
    expect(rolesOfCluster).to.equal('');
  });

  it('requests exactly what its role grants', async () => {
    const operator = 'system:serviceaccount:ops:jane';
    const [role] = await applyRbac(cluster, 'doctor', { namespace: 'ops', name: 'jane' });
    // Only of such an Application is its ApplicationSet read.
    const set = { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', name: 'fleet', uid: 'u' };
    await installation.installApplication(cluster, {
      metadata: { ownerReferences: [set] },
      spec: { syncPolicy: { automated: { enabled: false } } },
    });
    await examined('--kubeconfig', await pluginKubeconfig(cluster, { namespace: 'ops', name: 'jane' }));
    await installation.installApplication(cluster);
    const events = (await cluster.auditEvents()).filter(
      ({ user, objectRef }) => user.username === operator && objectRef,
    );

    const granted = role!.rules.flatMap(({ apiGroups, resources, verbs }) =>
      resources.map((resource) => `${verbs[0]!} ${apiGroups[0]!}/${resource}`),
    );
    const asked = events.map(
      ({ verb, objectRef }) => `${verb} ${objectRef?.apiGroup ?? ''}/${objectRef?.resource ?? ''}`,
    );
    // Every authenticated user may ask for their own name.
    const own = asked.filter((one) => one !== 'create authentication.k8s.io/selfsubjectreviews');
    expect([...new Set(own)].sort()).to.deep.equal(granted.sort());
  });

  it('prints its findings as text, with the commands below each', async () => {
    await installation.installApplication(cluster, { spec: { syncPolicy: {} } });

    const { code, stdout } = await program.run(['doctor'], { env: { KUBECONFIG: admin } });
    await installation.installApplication(cluster);

    expect(code).to.equal(1);
    expect(stdout).to.match(/^ok +plugin +Deployment argocd\/argocd-repo-server: the container dynamic-toolset runs$/m);
    expect(stdout).to.match(
      /^problem +self-heal +Application argocd\/holmesgpt-toolsets: .*\n {9}kubectl --namespace argocd patch /m,
    );
    expect(stdout).to.match(/\n1 problem, 0 unknown, \d+ ok\n$/);
  });

  it('reports what it reads with -v', async () => {
    const { stderr } = await program.run(['doctor', '-v', '--kubeconfig', admin]);

    const stages = [...stderr.matchAll(/^ +[\d.]+ s {2}(.*)$/gm)].map(([, stage]) => stage);
    expect(stages).to.include.members([
      ...['connecting to the cluster', 'listing Deployments', 'listing Applications'],
      ...['reading the AppProject argocd/toolsets', 'asking what argocd/argocd-repo-server may do'],
    ]);
  });

  it('prints what the documentation shows', async () => {
    const guide = await readFile(join(import.meta.dirname, '../../../docs/troubleshooting.md'), 'utf8');
    const shown = /^```text\n([^]*?)^```$/m.exec(guide)?.[1]?.trimEnd().split('\n') ?? [];
    await installation.installApplication(cluster, { spec: { syncPolicy: {} } });

    const { stdout } = await program.run(['doctor'], { env: { KUBECONFIG: admin } });
    await installation.installApplication(cluster);

    expect(shown).to.have.length.above(4);
    expect(shown.filter((line) => !stdout.split('\n').includes(line))).to.deep.equal([]);
  });

  it('rejects a snapshot and an unknown check', async () => {
    const recorded = await program.run(['doctor', '--snapshot', '-']);
    const mistyped = await program.run(['doctor', '--skip', 'serv', '--kubeconfig', admin]);

    expect([recorded.code, mistyped.code]).to.deep.equal([2, 2]);
    expect(failureOf(recorded).message).to.equal('doctor reads a live cluster, not a snapshot');
    expect(failureOf(mistyped).message).to.equal(
      'invalid --skip "serv": expected plugin, access, evidence, application, project, exclusions, self-heal, generation, sync, consumer, reload or serve',
    );
  });

  it('outside the cluster, uses readiness, says so, and shows no difference because of it', async () => {
    const folder = await gitFolder(cluster.folder, { 'toolset.yaml': toolsetYaml({ health: { attempts: 1 } }) });
    const flags = ['--path', folder, '--kubeconfig', admin];
    const onLaptop = { env: { KUBERNETES_SERVICE_HOST: undefined } };
    await installation.generateConfigMap(cluster, program, { health: { check: 'none' } });

    const same = await program.run(['diff', ...flags], onLaptop);
    await cluster.apply([service('logging', 'loki', 3100), endpointSlice('logging', 'loki', { ready: 1 })]);
    const laptop = await program.run(['explain', '-o', 'json', ...flags], onLaptop);
    const asked = await program.run(['explain', '-o', 'json', '--check', 'http', ...flags], onLaptop);
    const inPod = await program.run(['explain', '-o', 'json', ...flags]);
    await cluster.kubectl(['delete', 'service', 'loki', '-n', 'logging']);

    const lokiIn = ({ stdout }: { readonly stdout: string }): unknown => {
      const { services } = JSON.parse(stdout) as { readonly services: readonly Readonly<Record<string, string>>[] };
      const found = services.find(({ namespace, name }) => namespace === 'logging' && name === 'loki');
      return [found?.decision, found?.reason];
    };
    expect([same.code, JSON.parse(same.stderr)], same.stdout).to.deep.equal([
      0,
      {
        level: 'note',
        message:
          'this runs outside the cluster: health is that of EndpointSlices, and --check http asks backends from here; backends in the ConfigMap keep what the plugin found out about them',
      },
    ]);
    expect(lokiIn(laptop)).to.deep.equal(['selected', 'ReadyNotProbed']);
    expect(lokiIn(asked)).to.deep.equal(['selected', 'ReadyNotReached']);
    expect(lokiIn(inPod)).to.include('unhealthy');
    expect(inPod.stderr).to.equal('');
  });

  it('reports ArgoCdNotInstalled in a cluster without Argo CD', async () => {
    await cluster.kubectl(['delete', 'crd', 'applications.argoproj.io']);

    const { checks } = await examined();

    expect(checks.find(({ check }) => check === 'application')).to.deep.include({
      status: 'problem',
      reason: 'ArgoCdNotInstalled',
    });
  });

  /** The API server's authorizer sees new rights a moment after they are written. */
  async function faultsUntil(isSo: (faults: readonly Check[]) => boolean): Promise<readonly Check[]> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const { code, checks } = await examinedBy(program);
      const faults = checks.filter(({ status }) => status !== 'ok' && status !== 'skipped');
      expect(code).to.equal(faults.length > 0 ? 1 : 0);
      if (isSo(faults)) return faults;
      if (performance.now() > deadline) throw new Error(`still found: ${JSON.stringify(faults, null, 2)}`);
    }
  }

  const examined = (...args: readonly string[]): Promise<Examined> => examinedBy(program, ...args);

  async function examinedBy({ run }: Program, ...args: readonly string[]): Promise<Examined> {
    const kubeconfig = args.includes('--kubeconfig') ? [] : ['--kubeconfig', admin];
    const { code, stdout, stderr } = await run(['doctor', '-o', 'json', ...kubeconfig, ...args]);
    expect(stderr).to.equal('');
    return { code, checks: JSON.parse(stdout) as readonly Check[] };
  }
});
