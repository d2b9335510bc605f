import { detectors } from '../../detectors/index.ts';
import type { Prober } from '../cluster/probe.ts';
import { readRecording, snapshot } from '../cluster/snapshot.ts';
import type { Cluster } from '../cluster/state.ts';
import type { Discovery } from '../discovery/discover.ts';
import { discover } from '../discovery/discover.ts';
import { openFolder } from '../settings/file.ts';
import type { Settings } from '../settings/settings.ts';
import { loadSettings } from '../settings/settings.ts';
import { holmesgptFile, knowsInstances } from '../toolsets/holmesgpt.ts';
import { applyOverrides, loadOverrides } from '../toolsets/overrides.ts';
import type { ToolsetFile } from '../toolsets/toolset.ts';
import type { Flags } from './flags.ts';

/** Kept back from the deadline for rendering and printing once the last probe has ended. */
const reserveMs = 2_000;

/** From Git and a cluster to toolsets: what `generate` prints and `explain` explains. */
export interface Outcome {
  readonly settings: Settings;
  readonly discovery: Discovery;
  readonly generated: ToolsetFile;
  readonly final: ToolsetFile;
}

/** Git's files first: a mistake in them is told without a word to the cluster. */
export async function runPipeline(flags: Flags): Promise<Outcome> {
  const folder = await openFolder(flags.path);
  const settings = withCheck(await loadSettings(folder), flags);
  const overrides = await loadOverrides(folder);
  const { target, discovery: wanted } = settings.spec;

  const prober = await proberFor(settings, flags.deadlineMs);
  const several = wanted.instances === 'all' && knowsInstances(target.version);
  const discovery = await withCluster(flags, (cluster) =>
    discover({ spec: settings.spec, detectors, cluster, prober, several }),
  );
  const generated = holmesgptFile(discovery.admitted, target.version);
  return { settings, discovery, generated, final: applyOverrides(generated, overrides, target.version) };
}

/** Opens the cluster that the flags name, for as long as `use` takes and the deadline allows. */
export async function withCluster<T>(flags: Flags, use: (cluster: Cluster) => Promise<T>): Promise<T> {
  if (flags.snapshot !== undefined) return use(snapshot(await readRecording(flags.snapshot)));
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
  return httpProber(health, AbortSignal.timeout(Math.max(deadlineMs - reserveMs, deadlineMs / 2)));
}
