import type { ApplicationView } from '../argocd/application.ts';
import type { ConfigMapName, NamespaceScope } from '../cluster/types.ts';
import { scopeOf } from '../discovery/scope-and-filters.ts';
import type { ProjectPolicy } from '../settings/policy.ts';
import type { ToolsetConfig } from '../settings/schema/index.ts';
import type { Account, Right } from './access.ts';
import { checkAccess, neededRights, subjectOf } from './access.ts';
import { checkApplication, checkSelection, ownApplications } from './application.ts';
import type { ClusterReader } from './cluster-reader.ts';
import type { Target } from './consumer.ts';
import { checkConsumer } from './consumer.ts';
import { checkEvidence, evidenceRights } from './evidence.ts';
import type { ReadResult } from './forbidden.ts';
import { tryRead, unknown } from './forbidden.ts';
import type { ManagedConfigMap } from './managed-config-maps.ts';
import { managedConfigMapsOf } from './managed-config-maps.ts';
import { checkPlugin, repoServersAmong, sidecarName } from './plugin.ts';
import type { Check, CheckName } from './reasons.ts';
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

/** A ConfigMap with the settings and the namespaces that it is generated from. */
interface ScopedConfigMap {
  readonly spec: Spec;
  readonly scope: NamespaceScope;
  readonly target: ConfigMapName;
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
    const server = repoServers.find(hasSidecar) ?? repoServers[0];
    if (!server) return [];
    const account: Account = {
      namespace: server.metadata.namespace,
      name: server.spec.template.spec.serviceAccountName,
    };
    const scopes = await this.#scopes(configMaps);
    return [await this.#needed(account, scopes), ...(await this.#evidence(account, scopes))];
  }

  async #needed(account: Account, scopes: readonly ScopedConfigMap[]): Promise<Check> {
    const needed = unique(
      scopes.flatMap(({ scope, spec, target }) => neededRights(scope, spec.health.check !== 'none', target)),
    );
    return this.#review('access', account, needed, checkAccess);
  }

  /** None where the settings of all ConfigMaps switch evidence off. */
  async #evidence(account: Account, scopes: readonly ScopedConfigMap[]): Promise<Check[]> {
    const reading = scopes.filter(({ spec }) => spec.discovery.evidence === 'auto');
    if (reading.length === 0) return [];
    const served = await tryRead(() => this.#context.reader.servedGroups());
    if ('denied' in served) return [unknown('evidence', subjectOf(account), served.denied, this.#user)];
    const rights = unique(reading.flatMap(({ scope }) => evidenceRights(scope, served.value)));
    return [await this.#review('evidence', account, rights, checkEvidence)];
  }

  /** Asks the API server for each right of the account. */
  async #review(
    check: CheckName,
    account: Account,
    rights: readonly Right[],
    resultOf: (account: Account, rights: readonly Right[], missing: readonly Right[]) => Check,
  ): Promise<Check> {
    const { reader } = this.#context;
    const answers = await tryRead(() => Promise.all(rights.map((right) => reader.isAllowed(account, right))));
    if ('denied' in answers) return unknown(check, subjectOf(account), answers.denied, this.#user);
    const missing = rights.filter((_, index) => !answers.value[index]);
    return resultOf(account, rights, missing);
  }

  /** Every generated ConfigMap, or before there is one the ConfigMap that the settings name, with what it is generated from. */
  async #scopes(configMaps: readonly ManagedConfigMap[]): Promise<readonly ScopedConfigMap[]> {
    const { settings, policyOf } = this.#context;
    const { namespace, name } = settings.target.configMap;
    const targets = configMaps.length > 0 ? configMaps : [{ namespace, name, spec: settings, project: null }];
    return Promise.all(
      targets.map(async (one) => ({
        spec: one.spec,
        scope: scopeOf(one.spec, one.project === null ? null : await policyOf(one.project)),
        target: { namespace: one.namespace, name: one.name },
      })),
    );
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
