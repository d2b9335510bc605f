import type { ConfigMapName, NamespaceScope } from '../cluster/types.ts';
import { isPluginError } from '../lib/errors.ts';
import { keyOf } from '../lib/object-key.ts';
import { scopeOf } from '../discovery/scope-and-filters.ts';
import type { ProjectPolicy } from '../settings/policy.ts';
import type { Spec } from '../settings/schema/index.ts';
import type { Account, Right } from './permissions/access.ts';
import { applicationRights, checkAccess, neededRights, subjectOf } from './permissions/access.ts';
import { checkApplication, checkSelection } from './application.ts';
import { checkExclusions, settingsName } from './argocd/exclusions.ts';
import { checkCustomizations } from './argocd/customizations.ts';
import type { GeneratedConfigMap } from './argocd/ignored-differences.ts';
import { checkProject } from './argocd/project.ts';
import type { DoctorApplication } from './argocd/spec.ts';
import { ownApplications } from './argocd/spec.ts';
import type { ClusterReader } from './cluster-reader.ts';
import type { Target } from './consumer.ts';
import { newestVersion } from './image-version.ts';
import { checkConsumer } from './consumer.ts';
import { checkEvidence, evidenceRights } from './permissions/evidence.ts';
import type { ReadResult } from './permissions/forbidden.ts';
import { tryRead, unknown } from './permissions/forbidden.ts';
import type { ManagedConfigMap } from './managed-config-maps.ts';
import { managedConfigMapsOf } from './managed-config-maps.ts';
import { checkPlugin, repoServersAmong, sidecarIn } from './plugin.ts';
import type { Check, CheckName } from './reasons.ts';
import { because, checkNames, finding, notMade } from './reasons.ts';
import type { Workload } from './schemas.ts';
import { checkServe, serveNamespace, serveSelector } from './serve.ts';

export interface DoctorContext {
  readonly reader: ClusterReader;
  /** Namespace of Argo CD. */
  readonly namespace: string;
  /** Settings of an Application whose ConfigMap has no settings annotation yet. */
  readonly settings: Spec;
  /** Version of this program. */
  readonly version: string;
  /** What the platform lets a project see; `null` without a policy. Rejects with POLICY_DENIED if no rule covers it. */
  readonly policyOf: (project: string) => Promise<ProjectPolicy | null>;
}

/** A ConfigMap with the settings and the namespaces that it is generated from. */
interface ScopedConfigMap {
  readonly spec: Spec;
  readonly scope: NamespaceScope;
  readonly target: ConfigMapName;
}

interface Serves {
  readonly found: readonly Workload[];
  readonly denied: string | null;
}

/** Checks everything between Git and the consumer, in order of dependency. */
export async function runChecks(context: DoctorContext): Promise<readonly Check[]> {
  const user = await context.reader.user();
  const checks = await new Checks(context, user).all();
  const missingChecks = checkNames.filter((name) => !checks.some(({ check }) => check === name));
  return [...checks, ...missingChecks.map(notMade)];
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
    const serves = await this.#serves();
    const version = newestVersion(this.#context.version, imagesIn([...repoServers, ...serves.found]));
    const plugin =
      'denied' in deployments
        ? [this.#unknown('plugin', `Namespace ${namespace}`, deployments.denied)]
        : await this.#plugin(repoServers, version);
    const applications = await this.#applications();
    const beforeServe =
      'value' in applications && applications.value !== null
        ? await this.#ofApplications(applications.value, repoServers)
        : [this.#withoutApplications(applications)];
    return [...plugin, ...beforeServe, ...applications.unseen, ...this.#serve(serves, version)];
  }

  async #plugin(repoServers: readonly Workload[], version: string): Promise<Check[]> {
    const { reader, namespace } = this.#context;
    const pods = await tryRead(() => reader.pods(namespace));
    const checks = checkPlugin(namespace, repoServers, 'value' in pods ? pods.value : null, version);
    return 'denied' in pods
      ? [...checks, this.#unknown('plugin', `Pods in namespace ${namespace}`, pods.denied)]
      : checks;
  }

  /**
   * Applications of all namespaces or, if that is forbidden, of Argo CD's own. `null` if the cluster does not serve
   * them.
   */
  async #applications(): Promise<ReadResult<readonly DoctorApplication[] | null> & { readonly unseen: Check[] }> {
    const { reader, namespace } = this.#context;
    const everywhere = await tryRead(() => reader.applications(null));
    if ('value' in everywhere) return { ...everywhere, unseen: [] };
    const own = await tryRead(() => reader.applications(namespace));
    const subject = 'Applications in other namespaces';
    const unseen = 'value' in own ? [this.#unknown('application', subject, everywhere.denied)] : [];
    return { ...own, unseen };
  }

  #withoutApplications(applications: ReadResult<unknown>): Check {
    if ('denied' in applications) return this.#unknown('application', 'Applications', applications.denied);
    return finding(because('ArgoCdNotInstalled'), 'Applications', { fix: ['kubectl config get-contexts'] });
  }

  async #ofApplications(
    applications: readonly DoctorApplication[],
    repoServers: readonly Workload[],
  ): Promise<readonly Check[]> {
    const { reader, settings } = this.#context;
    const own = ownApplications(applications);
    const found = await Promise.all(own.map((one) => managedConfigMapsOf(one, reader, settings, this.#user)));
    const known = found.flat().filter((one) => one !== null);
    const configMaps = known.filter((one): one is ManagedConfigMap => 'keys' in one);
    const faults = known.filter((one): one is Check => 'check' in one);
    const generated = own.map((one, index) => generatedOf(one, found[index] ?? []));
    return [
      ...(await this.#access(repoServers, own, configMaps)),
      ...checkSelection(applications, settings.cluster ?? null),
      ...(await Promise.all(own.map((one) => this.#project(one)))).flat(),
      ...(own.length > 0 ? await this.#exclusions(generated.flat()) : []),
      ...(await Promise.all(own.map((one, index) => this.#application(one, generated[index] ?? [])))).flat(),
      ...faults,
      ...(await Promise.all(configMaps.map((one) => this.#consumer(one)))).flat(),
    ];
  }

  async #project(application: DoctorApplication): Promise<Check[]> {
    const name = { namespace: application.argoCdNamespace, name: application.project };
    const subject = `AppProject ${keyOf(name)}`;
    const project = await tryRead(() => this.#context.reader.project(name));
    if ('denied' in project) return [this.#unknown('project', subject, project.denied)];
    const of = { application: keyOf(application) };
    if (project.value === null) {
      const fix = [`kubectl --namespace ${name.namespace} get appprojects`];
      return [finding(because('ProjectMissing', of), subject, { fix })];
    }
    const found = checkProject(application, project.value);
    return found.length > 0 ? found : [finding(because('ProjectPermits', of), subject)];
  }

  async #application(application: DoctorApplication, generated: readonly GeneratedConfigMap[]): Promise<Check[]> {
    const { applicationSet, switchedOff, namespace } = application;
    if (applicationSet === null || !switchedOff) return checkApplication(application, generated);
    const name = { namespace, name: applicationSet };
    const rolling = await tryRead(() => this.#context.reader.isRolling(name));
    return 'denied' in rolling
      ? [
          ...checkApplication(application, generated),
          this.#unknown('self-heal', `ApplicationSet ${keyOf(name)}`, rolling.denied),
        ]
      : checkApplication(application, generated, rolling.value);
  }

  async #exclusions(configMaps: readonly GeneratedConfigMap[]): Promise<Check[]> {
    const { reader, namespace } = this.#context;
    const subject = `ConfigMap ${namespace}/${settingsName}`;
    const settings = await tryRead(() => reader.configMap({ namespace, name: settingsName }));
    if ('denied' in settings) return [this.#unknown('exclusions', subject, settings.denied)];
    const found = [
      ...checkExclusions(namespace, settings.value),
      ...checkCustomizations(namespace, settings.value, configMaps),
    ];
    return found.length > 0 ? found : [finding(because('ConfigMapsManaged'), subject)];
  }

  async #access(
    repoServers: readonly Workload[],
    applications: readonly DoctorApplication[],
    configMaps: readonly ManagedConfigMap[],
  ): Promise<Check[]> {
    const server = repoServers.find(({ spec }) => sidecarIn(spec.template.spec)) ?? repoServers[0];
    if (!server) return [];
    const account: Account = {
      namespace: server.metadata.namespace,
      name: server.spec.template.spec.serviceAccountName,
    };
    const scopes = await this.#scopes(configMaps);
    if (scopes.length === 0) return [];
    return [await this.#needed(account, scopes, applications), ...(await this.#evidence(account, scopes))];
  }

  async #needed(
    account: Account,
    scopes: readonly ScopedConfigMap[],
    applications: readonly DoctorApplication[],
  ): Promise<Check> {
    const needed = unique([
      ...scopes.flatMap(({ scope, spec, target }) => neededRights(scope, spec.health.check !== 'none', target)),
      ...applicationRights(applications),
    ]);
    return this.#review('access', account, needed, checkAccess);
  }

  /** No checks if the settings of all ConfigMaps switch evidence off. */
  async #evidence(account: Account, scopes: readonly ScopedConfigMap[]): Promise<Check[]> {
    const reading = scopes.filter(({ spec }) => spec.discovery.evidence === 'auto');
    if (reading.length === 0) return [finding(because('EvidenceOff'), subjectOf(account))];
    const served = await tryRead(() => this.#context.reader.servedGroups());
    if ('denied' in served) return [this.#unknown('evidence', subjectOf(account), served.denied)];
    const rights = unique(reading.flatMap(({ scope }) => evidenceRights(scope, served.value)));
    return [await this.#review('evidence', account, rights, checkEvidence)];
  }

  /** Asks the API server about each right of the account. */
  async #review(
    check: CheckName,
    account: Account,
    rights: readonly Right[],
    resultOf: (account: Account, rights: readonly Right[], missing: readonly Right[]) => Check,
  ): Promise<Check> {
    const { reader } = this.#context;
    const answers = await tryRead(() => Promise.all(rights.map((right) => reader.isAllowed(account, right))));
    if ('denied' in answers) return this.#unknown(check, subjectOf(account), answers.denied);
    const missing = rights.filter((_, index) => !answers.value[index]);
    return resultOf(account, rights, missing);
  }

  /**
   * Every generated ConfigMap or, before there is one, the ConfigMap that the settings name, with what it is generated
   * from. Projects without a policy rule are left out: nothing is read for them, and their Application reports that.
   */
  async #scopes(configMaps: readonly ManagedConfigMap[]): Promise<readonly ScopedConfigMap[]> {
    const { settings } = this.#context;
    const { namespace, name } = settings.target.configMap;
    const targets = configMaps.length > 0 ? configMaps : [{ namespace, name, spec: settings, project: null }];
    return (await Promise.all(targets.map((one) => this.#scopeOf(one)))).flat();
  }

  async #scopeOf({
    namespace,
    name,
    spec,
    project,
  }: ConfigMapName & { readonly spec: Spec; readonly project: string | null }): Promise<readonly ScopedConfigMap[]> {
    try {
      const policy = project === null ? null : await this.#context.policyOf(project);
      return [{ spec, scope: scopeOf(spec, policy), target: { namespace, name } }];
    } catch (error) {
      if (isPluginError(error) && error.code === 'POLICY_DENIED') return [];
      throw error;
    }
  }

  async #consumer(target: Target): Promise<Check[]> {
    const { reader } = this.#context;
    const workloads = await tryRead(async () => [
      ...(await reader.deployments(target.namespace)),
      ...(await reader.statefulSets(target.namespace)),
    ]);
    if ('denied' in workloads) return [this.#unknown('consumer', `ConfigMap ${keyOf(target)}`, workloads.denied)];
    return checkConsumer(target, workloads.value);
  }

  /** The Deployments of serve, and what may not be read if there may be others. */
  async #serves(): Promise<Serves> {
    const { reader } = this.#context;
    const everywhere = await tryRead(() => reader.deployments(null, serveSelector));
    const read =
      'value' in everywhere ? everywhere : await tryRead(() => reader.deployments(serveNamespace, serveSelector));
    // Not found in its usual namespace, serve may still be elsewhere.
    const denied =
      'denied' in read ? read.denied : read.value.length === 0 && 'denied' in everywhere && everywhere.denied;
    return { found: 'value' in read ? read.value : [], denied: denied === false ? null : denied };
  }

  #serve({ found, denied }: Serves, version: string): Check[] {
    if (denied !== null) return [this.#unknown('serve', 'dynamic-toolset serve', denied)];
    return checkServe(found, version);
  }

  #unknown(check: CheckName, subject: string, denied: string): Check {
    return unknown(check, subject, denied, this.#user);
  }
}

/** The generated ConfigMaps of an Application, without keys if those could not be read. */
function generatedOf(
  { configMaps }: DoctorApplication,
  found: readonly (ManagedConfigMap | Check | null)[],
): readonly GeneratedConfigMap[] {
  return configMaps.flatMap((configMap, index) => {
    const one = found[index] ?? null;
    if (one === null) return [];
    return ['keys' in one ? one : configMap];
  });
}

function imagesIn(workloads: readonly Workload[]): readonly string[] {
  return workloads.flatMap(({ spec }) => spec.template.spec.containers.map(({ image }) => image));
}

function unique(rights: readonly Right[]): readonly Right[] {
  return [...new Map(rights.map((right) => [JSON.stringify(right), right])).values()];
}
