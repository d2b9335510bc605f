import { detectors } from '../../detectors/index.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import type { Cluster, KeptKeys, LiveConfigMap } from '../cluster/types.ts';
import type { Discovery, DiscoveryInputs } from '../discovery/discover.ts';
import { discover } from '../discovery/discover.ts';
import { keptKeys, namedKeys } from '../discovery/kept-keys.ts';
import { surveyOnce } from '../discovery/survey/survey.ts';
import { diagnosticsError, isPluginError } from '../lib/errors.ts';
import { asObject, getOwn } from '../lib/json.ts';
import { once } from '../lib/memoize.ts';
import { filesBeside } from '../settings/beside.ts';
import type { ReadFile } from '../settings/bounded-reader.ts';
import { openFolder } from '../settings/file.ts';
import type { ProjectPolicy } from '../settings/policy.ts';
import type { Settings } from '../settings/settings.ts';
import { loadSettings } from '../settings/settings.ts';
import { targetsOf } from '../settings/targets.ts';
import type { Customizations } from '../customizations/apply.ts';
import type { Basis } from '../customizations/basis/basis.ts';
import type { CustomizedBackends } from '../customizations/basis/customize.ts';
import { basisOf, trustedPartOf } from '../customizations/basis/basis.ts';
import { customize } from '../customizations/basis/customize.ts';
import { hasSettings, settingsAnnotation } from '../customizations/discovery-settings.ts';
import { assertPrintable } from '../customizations/config-map.ts';
import { assertNoConflicts, conflictsOf } from '../customizations/conflicts.ts';
import type { Consumer, CredentialPolicy, Generated, ToolsetFile, Unusable } from '../consumers/consumer.ts';
import { consumerOf, credentialPolicyOf, limitToSettings } from '../consumers/index.ts';
import { loadCustomizations } from '../validate/load-customizations.ts';
import { besideFindings } from '../validate/beside.ts';
import { referenceFindings } from '../validate/references.ts';
import { assertReleaseKnown } from '../validate/release.ts';
import { credentialFindings } from '../validate/settings.ts';
import type { Budgeted } from '../customizations/budget.ts';
import { withinBudget } from '../customizations/budget.ts';
import type { Provenance } from '../customizations/provenance.ts';
import { withholdCredentials } from '../customizations/credentials/withhold-credentials.ts';
import type { Diagnostic, FileDiagnostic } from '../lib/diagnostic.ts';
import type { FleetTarget } from './clusters/fleet.ts';
import type { Flags } from './flags/flags.ts';
import type { AskersIn, Route } from './clusters/askers.ts';
import { askersFor } from './clusters/askers.ts';
import {
  assertMayProxy,
  assertMayRead,
  asNamed,
  openNamed,
  withNamedCluster,
  withReachableCheck,
} from './clusters/named-cluster.ts';
import { toldCluster, toldProber } from './terminal/stages.ts';
import { gitReader } from './git-readers.ts';
import { chosenTargets, requireOne } from './targets.ts';

/** Kept back from the deadline for rendering and printing once the last probe has ended. */
const reserveMs = 2_000;

/** No probe of a run starts later than this after the first one, however many backends hang. */
const startProbesWithinMs = 6_000;

/** What Git says, before a word to the cluster. */
export interface GitInputs {
  readonly settings: Settings;
  readonly consumer: Consumer;
  readonly customizations: Customizations;
}

/** From Git and a cluster to toolsets: what `generate` prints and `explain` explains. */
export interface PipelineResult extends GitInputs {
  readonly discovery: Omit<Discovery, 'seen'>;
  readonly access: CredentialPolicy;
  readonly generated: Generated;
  readonly basis: Basis;
  readonly final: ToolsetFile;
  readonly provenance: Provenance;
  /** Backends that cannot be used, whatever Git changed. */
  readonly unusable: readonly Unusable[];
  /** Discovered toolsets that are not in `final`, for the settings' budget has no room for them. */
  readonly leftOut: Budgeted['leftOut'];
  /** About lines in Git, notes included. */
  readonly findings: readonly FileDiagnostic[];
  readonly warnings: readonly Diagnostic[];
  /** In order, but worth knowing: settings that match nothing here. */
  readonly notes: readonly Diagnostic[];
}

/** What a run knows before it makes toolsets, while its cluster is open. */
export interface Discovered {
  readonly inputs: GitInputs;
  readonly policy: ProjectPolicy | null;
  readonly access: CredentialPolicy;
  readonly discovery: Discovery;
  /** `null` where several are read. */
  readonly cluster: Cluster | null;
}

/** The whole run for each target that the flags choose: toolsets for what was discovered, with Git's changes. */
export async function runPipelines(flags: Flags): Promise<readonly PipelineResult[]> {
  return withDiscoveries(flags, async (discovered, targets) => {
    flags.onStage?.('generating toolsets and applying overrides and patches');
    const beside = besideFindings(await filesBeside(await openFolder(flags.path), flags.snapshot), targets);
    const results = discovered.map(({ inputs, discovery, access, policy }) => {
      const built = buildResult(inputs, discovery, access);
      return withReferences({ ...built, warnings: [...built.warnings, ...beside] }, discovery, policy);
    });
    flags.onStage?.('writing the result');
    return results;
  });
}

/** The same for the one target that there is. Fails with USAGE where there are several. */
export async function runPipeline(flags: Flags): Promise<PipelineResult> {
  return requireOne(await runPipelines(flags), ({ settings }) => settings);
}

/** What the settings name and the cluster does not have is told beside the rest. */
function withReferences(result: PipelineResult, discovery: Discovery, policy: ProjectPolicy | null): PipelineResult {
  const { seen, decisions } = discovery;
  // A cluster that cannot be read now may have what they name.
  if (discovery.warnings.some(({ code }) => code === 'CLUSTER_UNREAD')) return result;
  const findings = referenceFindings(result.settings, { seen, decisions, policy });
  const [warnings, notes] = [
    findings.filter(({ severity }) => severity === 'warning'),
    findings.filter(({ severity }) => severity === 'note'),
  ];
  return { ...result, warnings: [...result.warnings, ...warnings], notes: [...result.notes, ...notes] };
}

/** The discovery for the one target that there is. Fails with USAGE where there are several. */
export async function withDiscovery<T>(flags: Flags, use: (discovered: Discovered) => T | Promise<T>): Promise<T> {
  return withDiscoveries(flags, (all) => use(requireOne(all, ({ inputs }) => inputs.settings)));
}

/**
 * One discovery for all targets that the flags choose: the cluster is read once, its Services are judged once, and a backend is
 * asked once. Git's files first: a mistake in them is told without a word to the cluster. `use` is given the settings of all targets as well.
 */
async function withDiscoveries<T>(
  flags: Flags,
  use: (discovered: readonly Discovered[], targets: readonly Settings[]) => T | Promise<T>,
): Promise<T> {
  const { all, policy, targets } = await readGitInputs(flags);
  const [{ settings }] = all;
  const decided = new AbortController();
  const askersIn = await runAskers(settings, flags, decided.signal);
  const survey = surveyOnce();
  try {
    if (settings.spec.clusters) {
      return await use(await discoveriesOfFleet(all, { askersIn, policy, survey }, flags), targets);
    }
    return await withCluster(flags, settings, policy, async (cluster, destinationWarnings, route) => {
      const asked = askersIn(route, settings.spec);
      const from = all.length > 1 ? sharedCluster(cluster, keysOf(all)) : cluster;
      const discovering = all.map(async (inputs): Promise<Discovered> => {
        const { settings: own } = inputs;
        const { access, ...shared } = sharedInputs(inputs, policy, flags);
        // What is asked through the API server is asked from there, wherever this runs.
        const fromOutside = route === 'directly' ? (shared.fromOutside ?? null) : null;
        const discovery = await discover({ ...shared, ...asked, fromOutside, survey, spec: own.spec, cluster: from });
        return { inputs, policy, access, discovery, cluster: from };
      });
      const [found, warnings] = await Promise.all([Promise.all(discovering), destinationWarnings()]);
      const discovered = found.map(({ discovery, ...one }) => {
        return { ...one, discovery: { ...discovery, warnings: [...warnings, ...discovery.warnings] } };
      });
      return use(discovered, targets);
    });
  } finally {
    decided.abort();
  }
}

/** What every discovery for a target is given, wherever it looks. */
function sharedInputs(
  { settings, consumer }: GitInputs,
  policy: ProjectPolicy | null,
  flags: Flags,
): Pick<DiscoveryInputs, 'detectors' | 'isTrusted' | 'consumer' | 'policy' | 'fromOutside'> & {
  readonly access: CredentialPolicy;
} {
  const { spec } = settings;
  const access = credentialPolicyOf(spec, policy);
  return {
    access,
    detectors,
    isTrusted: access.isTrusted,
    consumer: limitToSettings(consumer, spec),
    policy,
    fromOutside: flags.fromOutside
      ? { isMadeBySame: (live: LiveConfigMap): boolean => isMadeWith(settings, live) }
      : null,
  };
}

/** What the discoveries in several clusters have in common. */
interface FleetTools extends Required<Pick<DiscoveryInputs, 'survey'>> {
  readonly askersIn: AskersIn;
  readonly policy: ProjectPolicy | null;
}

/** The discoveries for all targets in several clusters. */
async function discoveriesOfFleet(
  all: ReadInputs['all'],
  { policy, askersIn, survey }: FleetTools,
  flags: Flags,
): Promise<readonly Discovered[]> {
  const { discoverFleet } = await import('./clusters/fleet.ts');
  const prepared = all.map((inputs) => {
    const { access, ...shared } = sharedInputs(inputs, policy, flags);
    const { settings } = inputs;
    const target: FleetTarget = {
      settings,
      inputs: { ...shared, spec: settings.spec },
      discoverIn: (cluster, own, route) =>
        discover({
          ...shared,
          ...askersIn(route, own),
          fromOutside: route === 'directly' ? (shared.fromOutside ?? null) : null,
          survey,
          spec: own,
          cluster,
        }),
    };
    return { inputs, access, target };
  });
  const run = { flags, policy, targets: prepared.map(({ target }) => target), keys: keysOf(all) };
  const found = await discoverFleet(run, all[0].settings.spec.clusters ?? []);
  return prepared.flatMap(({ inputs, access }, index) => {
    const discovery = found[index];
    return discovery ? [{ inputs, policy, access, discovery, cluster: null }] : [];
  });
}

/** What several discoveries keep of Services and Namespaces. */
function keysOf(all: readonly GitInputs[]): KeptKeys {
  return keptKeys(detectors, namedKeys(all.map((one) => one.settings.spec)));
}

/** Whether the discovery settings that the ConfigMap was made with are these. */
function isMadeWith(settings: Settings, { annotations }: LiveConfigMap): boolean {
  return hasSettings(getOwn(annotations, settingsAnnotation), settings);
}

/** What a run reads before it opens a cluster. */
interface ReadInputs {
  /** Those of the targets that the flags choose. */
  readonly all: readonly [GitInputs, ...GitInputs[]];
  readonly policy: ProjectPolicy | null;
  /** The settings of all targets. */
  readonly targets: readonly Settings[];
}

/** Reads Git's files and the policy. */
async function readGitInputs(flags: Flags): Promise<ReadInputs> {
  const read = await gitReader(flags);
  const policy = await policyOf(flags);
  try {
    const named = withNamedCluster(await loadSettings(read, flags.application), flags);
    const settings = withReachableCheck(withCheck(named, flags));
    assertMayRead(settings, policy, flags);
    assertMayProxy(settings, flags);
    const targets = targetsOf(settings).map((one) => withRelease(one, flags));
    const [first, ...others] = chosenTargets(targets, flags);
    const all: [GitInputs, ...GitInputs[]] = [await inputsOf(first, read)];
    for (const one of others) all.push(await inputsOf(one, read));
    return { all, policy, targets };
  } catch (error) {
    throw await withOtherErrors(error, read);
  }
}

async function inputsOf(settings: Settings, read: ReadFile): Promise<GitInputs> {
  assertReleaseKnown(settings);
  const consumer = consumerOf(settings.spec.target);
  return { settings, consumer, customizations: await loadCustomizations(read, settings, consumer) };
}

/** A mistake in one of Git's files with those of all others, so that one run tells all of them. */
async function withOtherErrors(error: unknown, read: ReadFile): Promise<unknown> {
  if (!isPluginError(error) || error.diagnostics.length === 0) return error;
  const { findingsIn } = await import('../validate/files.ts');
  const found = (await findingsIn(read)).filter(({ severity }) => severity === 'error');
  if (found.length <= error.diagnostics.length) return error;
  const files = new Set(found.map(({ location }) => location.file));
  const hint = files.size === 1 ? error.hint : 'correct each of them';
  return diagnosticsError(
    error.code,
    found.map(({ hint: _hint, ...one }) => one),
    hint,
    error,
  );
}

/** Toolsets for what was discovered, with Git's changes. */
export function buildResult(
  inputs: GitInputs,
  discovery: Omit<Discovery, 'seen'>,
  access: CredentialPolicy,
): PipelineResult {
  const { settings, consumer, customizations } = inputs;
  const { admitted } = discovery;
  const generated = consumer.generate(admitted, access);
  assertPrintable(generated.file);
  const { isTrusted } = access;
  const { trust, overrides } = settings.spec;
  const basis = basisOf(admitted, customizations, consumer, access, trust.namespaces.length > 0);
  const checked = (from: Basis): { readonly changed: CustomizedBackends; readonly findings: FileDiagnostic[] } => {
    const changed = customize(from, generated, customizations, consumer, access);
    return { changed, findings: [...changed.findings, ...conflictsOf(from, changed, consumer)] };
  };
  if (overrides.conflict === 'error') assertNoConflicts(checked(trustedPartOf(basis)).findings, overrides.conflict);
  const { changed, findings } = checked(basis);
  assertPrintable(changed.final);
  const withheld = withholdCredentials(changed, { customizations, admitted, isTrusted, consumer });
  const { target } = settings.spec;
  const budgeted = withinBudget(withheld.file, { target, consumer, customizations, admitted });
  const all = [...credentialFindings(settings, consumer), ...findings];
  return {
    settings,
    consumer,
    customizations,
    discovery,
    access,
    generated,
    basis,
    final: budgeted.file,
    provenance: changed.provenance,
    unusable: changed.unusable,
    leftOut: budgeted.leftOut,
    findings: all,
    warnings: [
      ...discovery.warnings,
      ...changed.unusable,
      ...all.filter(({ severity }) => severity === 'warning'),
      ...withheld.warnings,
      ...budgeted.warnings,
    ],
    notes: [],
  };
}

/** What the platform grants the project; `null` where it has set no policy. */
export async function policyOf({ policy, project }: Flags): Promise<ProjectPolicy | null> {
  if (policy === undefined) return null;
  const { loadPolicy } = await import('../settings/policy.ts');
  return loadPolicy(policy, project);
}

/** What is to be said of the cluster that the Application deploys to. Rejects with WRONG_CLUSTER. */
type DestinationWarnings = () => Promise<readonly Diagnostic[]>;

/** Opens the cluster that flags and settings name, for as long as `use` takes and the deadline allows. */
export async function withCluster<T>(
  flags: Flags,
  { spec }: Pick<Settings, 'spec'>,
  policy: ProjectPolicy | null,
  use: (cluster: Cluster, destinationWarnings: DestinationWarnings, route: Route) => Promise<T>,
): Promise<T> {
  if (flags.snapshot !== undefined) {
    const { readRecording, snapshot } = await import('../cluster/snapshot.ts');
    flags.onStage?.('reading the recorded cluster');
    return use(
      toldCluster(snapshot(await readRecording(flags.snapshot)), flags.onStage),
      () => Promise.resolve([]),
      'directly',
    );
  }
  const [{ withConnections }, { apiServer }, { checkDestination }] = await Promise.all([
    import('./clusters/connections.ts'),
    import('../cluster/api-server.ts'),
    import('./clusters/destination.ts'),
  ]);
  return withConnections(flags, async ({ own, opened, signal }) => {
    const { cluster: called, target, targets = [target] } = spec;
    const named =
      called === undefined
        ? null
        : await openNamed(called, { flags, policy, namespace: target.configMap.namespace, own, signal });
    const read = apiServer(named ? opened(named.connection) : await own(), signal);
    const cluster = toldCluster(named ? asNamed(read, named) : read, flags.onStage);
    const about = named && { ...named, hasUrls: targets.every(({ urls }) => urls !== undefined) };
    const destined = once(() => checkDestination(own, flags, about, signal));
    const warnings = async (): Promise<readonly Diagnostic[]> => (await destined()).warnings;
    const route = named?.connection ?? 'directly';
    if (!about?.hasUrls) return await use(cluster, warnings, route);
    // The consumer, and with it the ConfigMap, may be in Argo CD's cluster.
    const configMap: Cluster['configMap'] = async (name) =>
      (await destined()).isOwn ? apiServer(await own(), signal).configMap(name) : cluster.configMap(name);
    return await use({ ...cluster, configMap }, warnings, route);
  });
}

/**
 * `--check` wins, and is told as if Git said so: `serve` repeats the discovery by what the ConfigMap says. A recorded
 * cluster has nothing to ask but its EndpointSlices.
 */
function withCheck(settings: Settings, { check, snapshot: recorded }: Flags): Settings {
  const { spec, written } = settings;
  const { health } = spec;
  const chosen = check ?? (recorded !== undefined && health.check === 'http' ? 'readiness' : health.check);
  return {
    ...settings,
    spec: { ...spec, health: { ...health, check: chosen } },
    written:
      check === undefined || check === health.check
        ? written
        : { ...written, health: { ...asObject(written.health), check } },
  };
}

/** The settings as they would be with the release of `--target-version`. */
function withRelease(settings: Settings, { targetVersion: version }: Flags): Settings {
  const { spec } = settings;
  return version === undefined ? settings : { ...settings, spec: { ...spec, target: { ...spec.target, version } } };
}

/**
 * Probes end before the deadline does: what did not answer by then is left out, and the rest is still printed. They end as
 * soon as everything is decided, too: an entry point behind one that answered may hang.
 */
async function runAskers(
  { spec }: Settings,
  { deadlineMs, check, fromOutside, onStage }: Flags,
  decided: AbortSignal,
): Promise<AskersIn> {
  const deadline = AbortSignal.timeout(Math.max(deadlineMs - reserveMs, deadlineMs / 2));
  return askersFor(spec, {
    signal: AbortSignal.any([deadline, decided]),
    startWithinMs: startProbesWithinMs,
    // From outside only where it is asked for: what does not answer there says nothing.
    mayAskDirectly: !fromOutside || check === 'http',
    told: (prober) => toldProber(prober, onStage),
  });
}
