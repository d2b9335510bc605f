import type { ApplicationView } from '../argocd/application.ts';
import type { NamespaceScope } from '../cluster/types.ts';
import { scopeOf } from '../discovery/scope-and-filters.ts';
import type { ProjectPolicy } from '../settings/policy.ts';
import type { ToolsetConfig } from '../settings/schema/index.ts';
import type { Account, Right } from './access.ts';
import { checkAccess, neededRights } from './access.ts';
import { checkApplication, checkSelection, ownApplications } from './application.ts';
import type { Check } from './check.ts';
import { problem } from './check.ts';
import type { Target } from './consumer.ts';
import { checkConsumer } from './consumer.ts';
import { tryRead, unknown } from './forbidden.ts';
import type { ManagedConfigMap } from './managed-config-maps.ts';
import { managedConfigMapsOf } from './managed-config-maps.ts';
import type { Workload } from './schemas.ts';
import { checkPlugin, repoServersAmong, sidecarName } from './plugin.ts';
import { checkServe, serveNamespace, serveSelector } from './serve.ts';
import type { View } from './cluster-reader.ts';

type Spec = ToolsetConfig['spec'];

export interface DoctorContext {
  readonly view: View;
  /** Where Argo CD is. */
  readonly namespace: string;
  /** Settings of an Application whose ConfigMap does not tell them yet. */
  readonly settings: Spec;
  /** What the platform lets a project see; `null` without a policy. */
  readonly policyOf: (project: string) => Promise<ProjectPolicy | null>;
}

/** Looks at everything between Git and the consumer, in the order in which one thing rests on the other. */
export async function examine(patient: DoctorContext): Promise<readonly Check[]> {
  const { view, namespace } = patient;
  const user = await view.user();
  const deployments = await tryRead(() => view.deployments(namespace));
  const repoServers = 'value' in deployments ? repoServersAmong(deployments.value) : [];
  const plugin =
    'denied' in deployments
      ? [unknown('plugin', `Namespace ${namespace}`, deployments.denied, user)]
      : await pluginChecks(patient, repoServers, user);
  const applications = await applicationsSeen(patient);
  if ('denied' in applications)
    return [
      ...plugin,
      unknown('application', 'Applications', applications.denied, user),
      ...(await serve(patient, user)),
    ];
  if (applications.value === null) return [...plugin, notInstalled(), ...(await serve(patient, user))];
  const own = ownApplications(applications.value);
  const found = (await Promise.all(own.map((one) => managedConfigMapsOf(one, view, patient.settings, user)))).flat();
  const made = found.filter((one): one is ManagedConfigMap => 'keys' in one);
  return [
    ...plugin,
    ...(await access(patient, repoServers, made, user)),
    ...checkSelection(applications.value),
    ...own.flatMap(checkApplication),
    ...found.filter((one): one is Check => 'check' in one),
    ...(await Promise.all(made.map((one) => consumer(patient, one, user)))).flat(),
    ...(await serve(patient, user)),
  ];
}

async function pluginChecks(
  { view, namespace }: DoctorContext,
  repoServers: readonly Workload[],
  user: string | null,
): Promise<Check[]> {
  const pods = await tryRead(() => view.pods(namespace));
  const checks = checkPlugin(namespace, repoServers, 'value' in pods ? pods.value : null);
  return 'denied' in pods
    ? [...checks, unknown('plugin', `Pods in namespace ${namespace}`, pods.denied, user)]
    : checks;
}

/** Of all namespaces, or where that is not allowed of Argo CD's own. */
async function applicationsSeen({
  view,
  namespace,
}: DoctorContext): ReturnType<typeof tryRead<readonly ApplicationView[] | null>> {
  const everywhere = await tryRead(() => view.applications(null));
  return 'value' in everywhere ? everywhere : tryRead(() => view.applications(namespace));
}

function notInstalled(): Check {
  const message = 'the cluster knows no Applications: Argo CD is not installed here';
  return problem('application', 'Applications', message, 'kubectl config get-contexts');
}

async function access(
  patient: DoctorContext,
  repoServers: readonly Workload[],
  made: readonly ManagedConfigMap[],
  user: string | null,
): Promise<Check[]> {
  const { view, settings, policyOf } = patient;
  const server = repoServers.find(hasSidecar) ?? repoServers[0];
  if (!server) return [];
  const account: Account = { namespace: server.metadata.namespace, name: server.spec.template.spec.serviceAccountName };
  const { namespace, name } = settings.target.configMap;
  const wanted = made.length > 0 ? made : [{ namespace, name, spec: settings, project: null }];
  const rights = await Promise.all(
    wanted.map(async (one) => {
      const scope: NamespaceScope = scopeOf(one.spec, one.project === null ? null : await policyOf(one.project));
      return neededRights(scope, one.spec.health.check !== 'none', { namespace: one.namespace, name: one.name });
    }),
  );
  const needed = unique(rights.flat());
  const answers = await tryRead(() => Promise.all(needed.map((right) => view.isAllowed(account, right))));
  if ('denied' in answers)
    return [unknown('access', `ServiceAccount ${account.namespace}/${account.name}`, answers.denied, user)];
  return [
    checkAccess(
      account,
      needed,
      needed.filter((_, index) => !answers.value[index]),
    ),
  ];
}

function hasSidecar({ spec }: Workload): boolean {
  return spec.template.spec.containers.some(({ name }) => name === sidecarName);
}

function unique(rights: readonly Right[]): readonly Right[] {
  return [...new Map(rights.map((right) => [JSON.stringify(right), right])).values()];
}

async function consumer({ view }: DoctorContext, target: Target, user: string | null): Promise<Check[]> {
  const workloads = await tryRead(async () => [
    ...(await view.deployments(target.namespace)),
    ...(await view.statefulSets(target.namespace)),
  ]);
  if ('denied' in workloads)
    return [unknown('consumer', `ConfigMap ${target.namespace}/${target.name}`, workloads.denied, user)];
  return checkConsumer(target, workloads.value);
}

async function serve({ view }: DoctorContext, user: string | null): Promise<Check[]> {
  const everywhere = await tryRead(() => view.deployments(null, serveSelector));
  const seen =
    'value' in everywhere ? everywhere : await tryRead(() => view.deployments(serveNamespace, serveSelector));
  return 'denied' in seen ? [unknown('serve', 'dynamic-toolset serve', seen.denied, user)] : checkServe(seen.value);
}
