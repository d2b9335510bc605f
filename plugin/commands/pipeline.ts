import { detectors } from '../../detectors/index.ts';
import type { Prober } from '../cluster/probe.ts';
import type { Cluster } from '../cluster/state.ts';
import type { Discovery } from '../discovery/discover.ts';
import { discover } from '../discovery/discover.ts';
import { matches } from '../discovery/pattern.ts';
import { openFolder } from '../settings/file.ts';
import type { ProjectPolicy } from '../settings/policy.ts';
import type { Settings } from '../settings/settings.ts';
import { loadSettings } from '../settings/settings.ts';
import { holmesgptFile, knowsSeveral, knowsToolset } from '../toolsets/holmesgpt.ts';
import { applyOverrides, loadOverrides } from '../toolsets/overrides.ts';
import type { ToolsetFile } from '../toolsets/toolset.ts';
import { missingCredentials, withholdCredentials } from '../toolsets/trust.ts';
import type { Warning } from '../warning.ts';
import type { Flags } from './flags.ts';

/** Kept back from the deadline for rendering and printing once the last probe has ended. */
const reserveMs = 2_000;

/** From Git and a cluster to toolsets: what `generate` prints and `explain` explains. */
export interface Outcome {
  readonly settings: Settings;
  readonly discovery: Discovery;
  readonly generated: ToolsetFile;
  readonly final: ToolsetFile;
  readonly warnings: readonly Warning[];
}

/** Git's files first: a mistake in them is told without a word to the cluster. */
export async function runPipeline(flags: Flags): Promise<Outcome> {
  const folder = await openFolder(flags.path);
  const policy = await policyOf(flags);
  const settings = withCheck(await loadSettings(folder), flags);
  const overrides = await loadOverrides(folder);
  const { spec } = settings;
  const { version } = spec.target;

  const isTrusted = (namespace: string): boolean =>
    matches(spec.trust.namespaces, namespace) && (!policy?.trust || matches(policy.trust, namespace));
  const prober = await proberFor(settings, flags.deadlineMs);
  const consumer = {
    title: `HolmesGPT ${version}`,
    knows: (toolset: string) => knowsToolset(toolset, version),
    several: (toolset: string) => spec.discovery.instances === 'all' && knowsSeveral(toolset, version),
  };
  const discovery = await withCluster(flags, (cluster) =>
    discover({ spec, detectors, cluster, prober, consumer, fence: policy, isTrusted }),
  );

  const generated = holmesgptFile(discovery.admitted, version, { references: spec.credentials, isTrusted });
  const merged = applyOverrides(generated, overrides, version);
  const { file, warnings } = withholdCredentials(merged, {
    overrides,
    admitted: discovery.admitted,
    isTrusted,
    version,
  });
  return {
    settings,
    discovery,
    generated,
    final: file,
    warnings: [...discovery.warnings, ...missingCredentials(generated, discovery.admitted), ...warnings],
  };
}

/** What the platform grants the project; `null` where it has set no policy. */
export async function policyOf({ policy, project }: Flags): Promise<ProjectPolicy | null> {
  if (policy === undefined) return null;
  const { loadPolicy } = await import('../settings/policy.ts');
  return loadPolicy(policy, project);
}

/** Opens the cluster that the flags name, for as long as `use` takes and the deadline allows. */
export async function withCluster<T>(flags: Flags, use: (cluster: Cluster) => Promise<T>): Promise<T> {
  if (flags.snapshot !== undefined) {
    const { readRecording, snapshot } = await import('../cluster/snapshot.ts');
    return use(snapshot(await readRecording(flags.snapshot)));
  }
  const [{ connect }, { apiServer }] = await Promise.all([
    import('../cluster/connection.ts'),
    import('../cluster/api-server.ts'),
  ]);
  const connection = connect(flags);
  try {
    return await use(apiServer(connection, AbortSignal.timeout(flags.deadlineMs)));
  } finally {
    connection.close();
  }
}

/** `--check` wins; a recorded cluster has nothing to ask but its EndpointSlices. */
function withCheck(settings: Settings, { check, snapshot: recorded }: Flags): Settings {
  const { health } = settings.spec;
  const chosen = check ?? (recorded !== undefined && health.check === 'http' ? 'readiness' : health.check);
  return { ...settings, spec: { ...settings.spec, health: { ...health, check: chosen } } };
}

/** Probes end before the deadline does: what did not answer by then is left out, and the rest is still printed. */
async function proberFor({ spec: { health } }: Settings, deadlineMs: number): Promise<Prober> {
  if (health.check !== 'http') return () => Promise.resolve({ healthy: true, reason: 'is not asked' });
  const { httpProber } = await import('../cluster/probe.ts');
  return httpProber(AbortSignal.timeout(Math.max(deadlineMs - reserveMs, deadlineMs / 2)));
}
