import type { Consumer } from '../../consumers/consumer.ts';
import { consumerOf } from '../../consumers/index.ts';
import type { Customizations } from '../../customizations/apply.ts';
import { diagnosticsError, isPluginError } from '../../lib/errors.ts';
import { asObject } from '../../lib/json.ts';
import type { ReadFile } from '../../settings/bounded-reader.ts';
import type { ProjectPolicy } from '../../settings/policy.ts';
import type { Settings } from '../../settings/settings.ts';
import { loadSettings } from '../../settings/settings.ts';
import { targetsOf } from '../../settings/targets.ts';
import { loadCustomizations } from '../../validate/load-customizations.ts';
import { assertReleaseKnown } from '../../validate/release.ts';
import { assertMayProxy, assertMayRead, withNamedCluster, withReachableCheck } from '../clusters/named-cluster.ts';
import type { DiscoveryFlags, FlagValues } from '../flags/flags.ts';
import { gitReader } from '../git-readers.ts';
import { chosenTargets } from '../targets.ts';

/** Content of Git, before any request to the cluster. */
export interface GitInputs {
  readonly settings: Settings;
  readonly consumer: Consumer;
  readonly customizations: Customizations;
}

/** What a run reads before it opens a cluster. */
export interface ReadInputs {
  /** Inputs of the targets that the flags choose. */
  readonly all: readonly [GitInputs, ...GitInputs[]];
  readonly policy: ProjectPolicy | null;
  /** The settings of all targets. */
  readonly targets: readonly Settings[];
}

/** Reads Git's files and the policy. */
export async function readGitInputs(flags: DiscoveryFlags): Promise<ReadInputs> {
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

/** Combines an error in one of Git's files with those in all others, so that one run reports all of them. */
async function withOtherErrors(error: unknown, read: ReadFile): Promise<unknown> {
  if (!isPluginError(error) || error.diagnostics.length === 0) return error;
  const { findingsIn } = await import('../../validate/files.ts');
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

/** What the platform grants the project; `null` without a policy. */
export async function policyOf({ policy, project }: FlagValues<'policy' | 'project'>): Promise<ProjectPolicy | null> {
  if (policy === undefined) return null;
  const { loadPolicy } = await import('../../settings/policy.ts');
  return loadPolicy(policy, project);
}

/**
 * `--check` takes precedence, and is recorded as if set in Git: `serve` repeats the discovery with the settings in the
 * ConfigMap. In a recorded cluster, only the EndpointSlices can be checked.
 */
function withCheck(settings: Settings, { check, snapshot: recorded }: DiscoveryFlags): Settings {
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

/** The settings with the release of `--target-version`. */
function withRelease(settings: Settings, { targetVersion: version }: DiscoveryFlags): Settings {
  const { spec } = settings;
  return version === undefined ? settings : { ...settings, spec: { ...spec, target: { ...spec.target, version } } };
}
