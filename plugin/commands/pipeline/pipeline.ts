import { detectors } from '../../../detectors/index.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import type { Cluster, KeptKeys, LiveConfigMap } from '../../cluster/types.ts';
import type { CredentialPolicy } from '../../consumers/consumer.ts';
import { credentialPolicyOf, limitToSettings } from '../../consumers/index.ts';
import { hasSettings, settingsAnnotation } from '../../customizations/discovery-settings.ts';
import type { Discovery, DiscoveryInputs } from '../../discovery/discover.ts';
import { discover } from '../../discovery/discover.ts';
import { keptKeys, namedKeys } from '../../discovery/kept-keys.ts';
import { memoizedSurvey } from '../../discovery/survey/survey.ts';
import { getOwn } from '../../lib/json.ts';
import { listFolderFiles } from '../../settings/folder-files.ts';
import { openFolder } from '../../settings/file.ts';
import type { ProjectPolicy } from '../../settings/policy.ts';
import type { Settings } from '../../settings/settings.ts';
import { unusedFileFindings } from '../../validate/unused-files.ts';
import { referenceFindings } from '../../validate/references.ts';
import type { ProbersIn } from '../clusters/probers.ts';
import { probersFor } from '../clusters/probers.ts';
import type { FleetTarget } from '../clusters/fleet.ts';
import type { Flags } from '../flags/flags.ts';
import { requireOne } from '../targets.ts';
import { reportingProber } from '../terminal/stages.ts';
import type { PipelineResult } from './build-result.ts';
import { buildResult } from './build-result.ts';
import type { GitInputs, ReadInputs } from './git-inputs.ts';
import { readGitInputs } from './git-inputs.ts';
import { withCluster } from './open-cluster.ts';

/** Reserved before the deadline for rendering and printing after the last probe. */
const reserveMs = 2_000;

/** No probe of a run starts later than this after the first one, however many backends hang. */
const startProbesWithinMs = 6_000;

/** What a run knows before it builds toolsets, while its cluster is open. */
export interface DiscoveryRun {
  readonly inputs: GitInputs;
  readonly policy: ProjectPolicy | null;
  readonly access: CredentialPolicy;
  readonly discovery: Discovery;
  /** `null` if several clusters are read. */
  readonly cluster: Cluster | null;
}

/** The whole run for each target that the flags choose: toolsets for what was discovered, with Git's changes. */
export async function runPipelines(flags: Flags): Promise<readonly PipelineResult[]> {
  return withDiscoveries(flags, async (discovered, targets) => {
    flags.onStage?.('generating toolsets and applying overrides and patches');
    const unused = unusedFileFindings(await listFolderFiles(await openFolder(flags.path), flags.snapshot), targets);
    const results = discovered.map(({ inputs, discovery, access, policy }) => {
      const built = buildResult(inputs, discovery, access);
      return withReferences({ ...built, warnings: [...built.warnings, ...unused] }, discovery, policy);
    });
    flags.onStage?.('writing the result');
    return results;
  });
}

/** The same for a single target. Fails with USAGE if there are several. */
export async function runPipeline(flags: Flags): Promise<PipelineResult> {
  return requireOne(await runPipelines(flags), ({ settings }) => settings);
}

/** Adds findings about names in the settings that the cluster lacks. */
function withReferences(result: PipelineResult, discovery: Discovery, policy: ProjectPolicy | null): PipelineResult {
  const { referenceTargets, decisions } = discovery;
  // A cluster that is currently unreadable may have what they name.
  if (discovery.warnings.some(({ code }) => code === 'CLUSTER_UNREAD')) return result;
  const findings = referenceFindings(result.settings, { referenceTargets, decisions, policy });
  const [warnings, notes] = [
    findings.filter(({ severity }) => severity === 'warning'),
    findings.filter(({ severity }) => severity === 'note'),
  ];
  return { ...result, warnings: [...result.warnings, ...warnings], notes: [...result.notes, ...notes] };
}

/** The discovery for a single target. Fails with USAGE if there are several. */
export async function withDiscovery<T>(flags: Flags, use: (discovered: DiscoveryRun) => T | Promise<T>): Promise<T> {
  return withDiscoveries(flags, (all) => use(requireOne(all, ({ inputs }) => inputs.settings)));
}

/**
 * One discovery for all targets that the flags choose: the cluster is read once, its Services are judged once, and each
 * backend is asked once. Git's files come first: an error in them is reported before any request to the cluster. `use`
 * also gets the settings of all targets.
 */
async function withDiscoveries<T>(
  flags: Flags,
  use: (discovered: readonly DiscoveryRun[], targets: readonly Settings[]) => T | Promise<T>,
): Promise<T> {
  const { all, policy, targets } = await readGitInputs(flags);
  const [{ settings }] = all;
  const decided = new AbortController();
  const probersIn = await probersOfRun(settings, flags, decided.signal);
  const survey = memoizedSurvey();
  try {
    if (settings.spec.clusters) {
      return await use(await discoveriesOfFleet(all, { probersIn, policy, survey }, flags), targets);
    }
    return await withCluster(flags, settings, policy, async (cluster, destinationWarnings, route) => {
      const probers = probersIn(route, settings.spec);
      const from = all.length > 1 ? sharedCluster(cluster, keysOf(all)) : cluster;
      const discovering = all.map(async (inputs): Promise<DiscoveryRun> => {
        const { settings: own } = inputs;
        const { access, ...shared } = sharedInputs(inputs, policy, flags);
        // Requests through the API server come from there, wherever this runs.
        const fromOutside = route === 'directly' ? (shared.fromOutside ?? null) : null;
        const discovery = await discover({ ...shared, ...probers, fromOutside, survey, spec: own.spec, cluster: from });
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

/** Inputs shared by every discovery for a target. */
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

/** Parts shared by the discoveries in several clusters. */
interface FleetTools extends Required<Pick<DiscoveryInputs, 'survey'>> {
  readonly probersIn: ProbersIn;
  readonly policy: ProjectPolicy | null;
}

/** The discoveries for all targets in several clusters. */
async function discoveriesOfFleet(
  all: ReadInputs['all'],
  { policy, probersIn, survey }: FleetTools,
  flags: Flags,
): Promise<readonly DiscoveryRun[]> {
  const { discoverFleet } = await import('../clusters/fleet.ts');
  const prepared = all.map((inputs) => {
    const { access, ...shared } = sharedInputs(inputs, policy, flags);
    const { settings } = inputs;
    const target: FleetTarget = {
      settings,
      inputs: { ...shared, spec: settings.spec },
      discoverIn: (cluster, own, route) =>
        discover({
          ...shared,
          ...probersIn(route, own),
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

/** Keys to keep of Services and Namespaces for several discoveries. */
function keysOf(all: readonly GitInputs[]): KeptKeys {
  return keptKeys(detectors, namedKeys(all.map((one) => one.settings.spec)));
}

/** Whether the ConfigMap was generated with these discovery settings. */
function isMadeWith(settings: Settings, { annotations }: LiveConfigMap): boolean {
  return hasSettings(getOwn(annotations, settingsAnnotation), settings);
}

/**
 * Ends probes before the deadline: backends that have not answered by then are left out, and the rest is still printed.
 * Also ends them once everything is decided: an entry point behind one that answered may hang.
 */
async function probersOfRun(
  { spec }: Settings,
  { deadlineMs, check, fromOutside, onStage }: Flags,
  decided: AbortSignal,
): Promise<ProbersIn> {
  const deadline = AbortSignal.timeout(Math.max(deadlineMs - reserveMs, deadlineMs / 2));
  return probersFor(spec, {
    signal: AbortSignal.any([deadline, decided]),
    startWithinMs: startProbesWithinMs,
    // From outside only on request: a missing answer there says nothing.
    mayAskDirectly: !fromOutside || check === 'http',
    wrapProber: (prober) => reportingProber(prober, onStage),
  });
}
