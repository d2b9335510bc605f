import type { ApplicationView } from '../argocd/application.ts';
import type { NamespaceScope } from '../cluster/types.ts';
import { scopeOf } from '../discovery/scope-and-filters.ts';
import type { ProjectPolicy } from '../settings/policy.ts';
import type { ToolsetConfig } from '../settings/schema/index.ts';
import type { Account, Right } from './access.ts';
import { checkAccess, neededRights } from './access.ts';
import { checkApplication, checkSelection, ownApplications } from './application.ts';
import type { ClusterReader } from './cluster-reader.ts';
import type { Target } from './consumer.ts';
import { checkConsumer } from './consumer.ts';
import type { ReadResult } from './forbidden.ts';
import { tryRead, unknown } from './forbidden.ts';
import type { ManagedConfigMap } from './managed-config-maps.ts';
import { managedConfigMapsOf } from './managed-config-maps.ts';
import { checkPlugin, repoServersAmong, sidecarName } from './plugin.ts';
import type { Check } from './reasons.ts';
import { because, finding } from './reasons.ts';
import type { Workload } from './schemas.ts';
import { checkServe, serveNamespace, serveSelector } from './serve.ts';

type Spec = ToolsetConfig['spec'];

export interface DoctorContext {
  readonly reader: ClusterReader;
  /** Namespace of Argo CD. */
  readonly namespace: string;
  /** Settings of an Application whose ConfigMap has no settings annotation yet. */
  readonly settings: Spec;
  /** What the platform lets a project see; `null` without a policy. */
  readonly policyOf: (project: string) => Promise<ProjectPolicy | null>;
}

/** Checks everything between Git and the consumer, in the order in which one thing depends on the other. */
export async function runChecks(context: DoctorContext): Promise<readonly Check[]> {
  const user = await context.reader.user();
  return new Checks(context, user).all();
}

class Checks {
  readonly #context: DoctorContext;
  readonly #user: string | null;

  constructor(context: DoctorContext, user: string | null) {
    this.#context = context;
    this.#user = user;
  }

  async all(): Promise<readonly Check[]> {
    const { reader, namespace } = this.#context;
    const deployments = await tryRead(() => reader.deployments(namespace));
    const repoServers = 'value' in deployments ? repoServersAmong(deployments.value) : [];
    const plugin =
      'denied' in deployments
        ? [unknown('plugin', `Namespace ${namespace}`, deployments.denied, this.#user)]
        : await this.#plugin(repoServers);
    const applications = await this.#applications();
    const beforeServe =
      'value' in applications && applications.value !== null
        ? await this.#ofApplications(applications.value, repoServers)
        : [this.#withoutApplications(applications)];
    return [...plugin, ...beforeServe, ...(await this.#serve())];
  }

  async #plugin(repoServers: readonly Workload[]): Promise<Check[]> {
    const { reader, namespace } = this.#context;
    const pods = await tryRead(() => reader.pods(namespace));
    const checks = checkPlugin(namespace, repoServers, 'value' in pods ? pods.value : null);
    return 'denied' in pods
      ? [...checks, unknown('plugin', `Pods in namespace ${namespace}`, pods.denied, this.#user)]
      : checks;
  }

  /** Of all namespaces, or where that is forbidden of Argo CD's own. `null` where the cluster does not serve them. */
  async #applications(): Promise<ReadResult<readonly ApplicationView[] | null>> {
    const { reader, namespace } = this.#context;
    const everywhere = await tryRead(() => reader.applications(null));
    return 'value' in everywhere ? everywhere : tryRead(() => reader.applications(namespace));
  }

  #withoutApplications(applications: ReadResult<unknown>): Check {
    if ('denied' in applications) return unknown('application', 'Applications', applications.denied, this.#user);
    return finding(because('ArgoCdNotInstalled'), 'Applications', { fix: ['kubectl config get-contexts'] });
  }

  async #ofApplications(
    applications: readonly ApplicationView[],
    repoServers: readonly Workload[],
  ): Promise<readonly Check[]> {
    const { reader, settings } = this.#context;
    const own = ownApplications(applications);
    const found = await Promise.all(own.map((one) => managedConfigMapsOf(one, reader, settings, this.#user)));
    const configMaps = found.flat().filter((one): one is ManagedConfigMap => 'keys' in one);
    const faults = found.flat().filter((one): one is Check => 'check' in one);
    return [
      ...(await this.#access(repoServers, configMaps)),
      ...checkSelection(applications),
      ...own.flatMap(checkApplication),
      ...faults,
      ...(await Promise.all(configMaps.map((one) => this.#consumer(one)))).flat(),
    ];
  }

  async #access(repoServers: readonly Workload[], configMaps: readonly ManagedConfigMap[]): Promise<Check[]> {
    const { reader } = this.#context;
    const server = repoServers.find(hasSidecar) ?? repoServers[0];
    if (!server) return [];
    const account: Account = {
      namespace: server.metadata.namespace,
      name: server.spec.template.spec.serviceAccountName,
    };
    const needed = await this.#neededRights(configMaps);
    const answers = await tryRead(() => Promise.all(needed.map((right) => reader.isAllowed(account, right))));
    if ('denied' in answers)
      return [unknown('access', `ServiceAccount ${account.namespace}/${account.name}`, answers.denied, this.#user)];
    const missing = needed.filter((_, index) => !answers.value[index]);
    return [checkAccess(account, needed, missing)];
  }

  /** Of every generated ConfigMap, or before there is one of the ConfigMap that the settings name. */
  async #neededRights(configMaps: readonly ManagedConfigMap[]): Promise<readonly Right[]> {
    const { settings, policyOf } = this.#context;
    const { namespace, name } = settings.target.configMap;
    const targets = configMaps.length > 0 ? configMaps : [{ namespace, name, spec: settings, project: null }];
    const rights = await Promise.all(
      targets.map(async (one) => {
        const scope: NamespaceScope = scopeOf(one.spec, one.project === null ? null : await policyOf(one.project));
        return neededRights(scope, one.spec.health.check !== 'none', { namespace: one.namespace, name: one.name });
      }),
    );
    return unique(rights.flat());
  }

  async #consumer(target: Target): Promise<Check[]> {
    const { reader } = this.#context;
    const workloads = await tryRead(async () => [
      ...(await reader.deployments(target.namespace)),
      ...(await reader.statefulSets(target.namespace)),
    ]);
    if ('denied' in workloads)
      return [unknown('consumer', `ConfigMap ${target.namespace}/${target.name}`, workloads.denied, this.#user)];
    return checkConsumer(target, workloads.value);
  }

  async #serve(): Promise<Check[]> {
    const { reader } = this.#context;
    const everywhere = await tryRead(() => reader.deployments(null, serveSelector));
    const read =
      'value' in everywhere ? everywhere : await tryRead(() => reader.deployments(serveNamespace, serveSelector));
    return 'denied' in read
      ? [unknown('serve', 'dynamic-toolset serve', read.denied, this.#user)]
      : checkServe(read.value);
  }
}

function hasSidecar({ spec }: Workload): boolean {
  return spec.template.spec.containers.some(({ name }) => name === sidecarName);
}

function unique(rights: readonly Right[]): readonly Right[] {
  return [...new Map(rights.map((right) => [JSON.stringify(right), right])).values()];
}
