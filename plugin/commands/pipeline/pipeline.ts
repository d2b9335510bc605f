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
import type { FleetRun, FleetTarget } from '../clusters/fleet.ts';
import type { DiscoveryFlags } from '../flags/flags.ts';
import { requireOne } from '../targets.ts';
import { reportingProber } from '../terminal/stages.ts';
import type { PipelineResult } from './build-result.ts';
import { buildResult } from './build-result.ts';
import type { GitInputs } from './git-inputs.ts';
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
export async function runPipelines(flags: DiscoveryFlags): Promise<readonly PipelineResult[]> {
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
export async function runPipeline(flags: DiscoveryFlags): Promise<PipelineResult> {
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
export async function withDiscovery<T>(
  flags: DiscoveryFlags,
  use: (discovered: DiscoveryRun) => T | Promise<T>,
): Promise<T> {
  return withDiscoveries(flags, (all) => use(requireOne(all, ({ inputs }) => inputs.settings)));
}

/**
 * One discovery for all targets that the flags choose: the cluster is read once, its Services are judged once, and each
 * backend is asked once. Git's files come first: an error in them is reported before any request to the cluster. `use`
 * also gets the settings of all targets.
 */
async function withDiscoveries<T>(
  flags: DiscoveryFlags,
  use: (discovered: readonly DiscoveryRun[], targets: readonly Settings[]) => T | Promise<T>,
): Promise<T> {
  const { all, policy, targets } = await readGitInputs(flags);
  const [{ settings }] = all;
  const decided = new AbortController();
  const probersIn = await probersOfRun(settings, flags, decided.signal);
  const shared = { policy, probersIn, survey: memoizedSurvey() };
  const runs = all.map((inputs) => targetRun(inputs, shared, flags));
  const { clusters } = settings.spec;
  try {
    if (clusters) {
      return await use(await discoverInSeveral(runs, { flags, policy, keys: keysOf(all) }, clusters), targets);
    }
    return await withCluster(flags, settings, policy, async (read, destinationWarnings, route) => {
      const cluster = all.length > 1 ? sharedCluster(read, keysOf(all)) : read;
      const discovering = runs.map(async ({ inputs, access, target }): Promise<DiscoveryRun> => {
        const discovery = await target.discoverIn(cluster, target.settings.spec, route);
        return { inputs, policy, access, discovery, cluster };
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

/** Parts shared by all discoveries of a run. */
interface SharedParts extends Required<Pick<DiscoveryInputs, 'survey'>> {
  readonly policy: ProjectPolicy | null;
  readonly probersIn: ProbersIn;
}

/** A target, with its discovery in one cluster. */
interface TargetRun {
  readonly inputs: GitInputs;
  readonly access: CredentialPolicy;
  readonly target: FleetTarget;
}

function targetRun(inputs: GitInputs, { policy, survey, probersIn }: SharedParts, flags: DiscoveryFlags): TargetRun {
  const { settings, consumer } = inputs;
  const access = credentialPolicyOf(settings.spec, policy);
  const { isTrusted } = access;
  const shared = { detectors, isTrusted, consumer: limitToSettings(consumer, settings.spec), policy };
  const fromOutside = flags.fromOutside
    ? { isMadeBySame: (live: LiveConfigMap): boolean => isMadeWith(settings, live) }
    : null;
  const target: FleetTarget = {
    settings,
    inputs: { ...shared, spec: settings.spec },
    discoverIn: (cluster, spec, route) =>
      discover({
        ...shared,
        ...probersIn(route, spec),
        // Requests through the API server come from there, wherever this runs.
        fromOutside: route === 'directly' ? fromOutside : null,
        survey,
        spec,
        cluster,
      }),
  };
  return { inputs, access, target };
}

/** The discoveries for all targets in several clusters. */
async function discoverInSeveral(
  runs: readonly TargetRun[],
  { flags, policy, keys }: Omit<FleetRun, 'targets'>,
  clusters: readonly string[],
): Promise<readonly DiscoveryRun[]> {
  const { discoverFleet } = await import('../clusters/fleet.ts');
  const found = await discoverFleet({ flags, policy, keys, targets: runs.map(({ target }) => target) }, clusters);
  return runs.flatMap(({ inputs, access }, index) => {
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
  { deadlineMs, check, fromOutside = false, onStage }: DiscoveryFlags,
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
