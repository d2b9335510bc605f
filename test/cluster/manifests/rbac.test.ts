import { expect } from 'chai';
import { parse } from 'yaml';
import { missingTools } from '../../tools/build.ts';
import { applicationDefinition } from '../parts/definitions.ts';
import { realPart } from '../../support/real-part.ts';
import { askedBy, grantedBy } from '../support/access.ts';
import type { AuditEvent } from '../parts/audit.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { application } from '../support/caches.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { acquireCluster } from '../parts/pool.ts';
import { buildProgram, failureOf, gitFolder, outputOf, toolsetYaml } from '../support/program.ts';
import type { Program, Result } from '../support/program.ts';
import { applyRbac, pluginKubeconfig, pluginUser, untilHolds } from '../support/rbac.ts';
import type { Role, Rule } from '../support/rbac.ts';

const backends = ['monitoring', 'logging'].flatMap((namespace) => [
  service(namespace, 'prometheus', 9090),
  endpointSlice(namespace, 'prometheus', { ready: 1 }),
]);

const variants = [
  { variant: 'cluster', spec: {} },
  { variant: 'namespaced', spec: { discovery: { namespaces: { include: ['monitoring', 'logging'] } } } },
] as const;

/** Everything that reads a cluster; the probes of the first one ask for nothing at the API server. */
const commands = [
  { args: ['generate'], unused: [] },
  { args: ['generate', '--check', 'readiness'], unused: [] },
  { args: ['generate', '--check', 'none'], unused: ['endpointslices'] },
  { args: ['explain', '-o', 'json', '--check', 'readiness'], unused: [] },
  { args: ['snapshot'], unused: ['applications'] },
] as const;

const env = { ARGOCD_APP_NAME: 'toolsets' };

for (const { variant, spec } of variants) {
  describe(`cluster/manifests/rbac ${variant}`, () => {
    let cluster: Cluster;
    let program: Program;
    let roles: readonly Role[];
    let shared: readonly string[];

    before(async function () {
      const available = missingTools(clusterTools).length === 0;
      if (!realPart('kube-apiserver', available, 'node test/tools/build.ts')) this.skip();
      cluster = await acquireCluster();
      program = await buildProgram(cluster.folder);
      roles = await applyRbac(cluster, variant);
      await cluster.apply([...backends, applicationDefinition]);
      await cluster.apply([application('argocd', 'toolsets')]);
      const folder = await gitFolder(cluster.folder, { 'toolset.yaml': toolsetYaml(spec) });
      shared = ['--path', folder, '--kubeconfig', await pluginKubeconfig(cluster)];
    });

    after(async () => {
      // Unset when the suite was skipped.
      await (cluster as Cluster | undefined)?.stop();
    });

    it('grants exactly what the program requests', async () => {
      const grants = grantedBy(roles);

      for (const { args, unused } of commands) {
        const before = (await ownEvents()).length;
        // No backend answers a probe here.
        outputOf(await program.run([...args, ...shared], { env }), 'NOTHING_DISCOVERED');
        const events = (await ownEvents()).slice(before);

        const needed = grants.filter((grant) => !unused.some((resource) => grant.includes(resource)));
        expect(askedBy(events, grants), args.join(' ')).to.deep.equal(needed);
      }
    });

    it('fails without any one of its rules, and names the missing one', async () => {
      const good = await generate();
      expect(good.stdout).to.include('monitoring/prometheus');

      for (const [role, rule] of roles.flatMap((each) => each.rules.map((one) => [each, one] as const))) {
        // Without that one it warns: test/cluster/generate/destination.test.ts.
        if (rule.resources.includes('applications')) continue;
        const rest = role.rules.filter((other) => other !== rule);
        await replaceRules(role, rest);
        await untilHolds(cluster, role, rule, false);
        const denied = await generate();
        const hint = readHint(denied);
        await replaceRules(role, [...rest, hint.rule]);
        await untilHolds(cluster, role, rule, true);

        expect(denied).to.include({ code: 3, stdout: '' });
        expect(failureOf(denied).code).to.equal('CLUSTER_FORBIDDEN');
        expect(hint).to.deep.equal({ kind: role.kind, namespace: role.metadata.namespace, rule });
        expect(await generate()).to.deep.equal(good);
      }
    });

    function generate(): Promise<Result> {
      return program.run(['generate', '--check', 'readiness', ...shared]);
    }

    async function ownEvents(): Promise<readonly AuditEvent[]> {
      return (await cluster.auditEvents()).filter(({ user }) => user.username === pluginUser);
    }

    async function replaceRules({ apiVersion, kind, metadata }: Role, rules: readonly Rule[]): Promise<void> {
      const { name, namespace } = metadata;
      await cluster.apply([
        { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, rules },
      ]);
    }
  });
}

interface Hint {
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly rule: Rule;
}

/** A rule that is not in the form of a manifest is no help: it is parsed as one and put into the role. */
function readHint(result: Result): Hint {
  const { hint } = failureOf(result);
  const [, kind = '', namespace, rule = ''] =
    /^add to a (ClusterRole|Role in namespace (\S+)) of the program's service account: (.*)$/.exec(hint) ?? [];
  return { kind: kind.split(' ')[0]!, namespace, rule: parse(rule) as Rule };
}
