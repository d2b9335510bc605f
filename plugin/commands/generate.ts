import { trackedConfigMap } from '../argocd/application.ts';
import { renderConfigMap } from '../customizations/config-map.ts';
import type { Diagnostic } from '../lib/diagnostic.ts';
import { renderManifest } from '../lib/data/yaml-writer.ts';
import { PluginError } from '../lib/errors.ts';
import type { Flags } from './flags/flags.ts';
import type { PipelineResult } from './pipeline.ts';
import { runPipelines } from './pipeline.ts';
import type { CommandOutput } from './command.ts';
import { eachOnce, targetName } from './targets.ts';

/** The manifest that Argo CD applies: an object for each target. */
export async function generate(flags: Flags): Promise<CommandOutput> {
  const results = await runPipelines(flags);
  const { own, warnings } = ownTargets(results, flags);
  const told = own.map((one) => ({ ...one, warnings: [...one.warnings, ...warnings] }));
  const all = told.flatMap((one) => one.warnings);
  return { text: told.flatMap(manifestsOf).join('---\n'), warnings: eachOnce(all) };
}

/** The ConfigMap of a target, and what its consumer wants beside it. */
function manifestsOf(result: PipelineResult): readonly string[] {
  const objects = result.consumer.objects?.(result.final) ?? [];
  return [renderConfigMap(result), ...objects.map(renderManifest)];
}

/** A target of another Application, and what to say of it. */
interface OwnedTarget {
  readonly result: PipelineResult;
  readonly message: string;
  readonly hint: string;
}

/**
 * Targets whose ConfigMap no other Application owns, by Argo CD's tracking id on the live object: two Applications would
 * overwrite each other's without end. Argo CD prunes nothing that another Application owns. Fails with TARGET_OWNED where no
 * target is left, for an empty manifest would have Argo CD prune.
 */
function ownTargets(
  results: readonly PipelineResult[],
  { argoCdApplication }: Pick<Flags, 'argoCdApplication'>,
): { readonly own: readonly PipelineResult[]; readonly warnings: readonly Diagnostic[] } {
  const owned = results.flatMap((result): OwnedTarget[] => {
    const { settings, discovery } = result;
    const { configMap } = settings.spec.target;
    const owner = discovery.live && trackedConfigMap(discovery.live.annotations, configMap);
    if (!owner || argoCdApplication === undefined || owner === argoCdApplication) return [];
    return [
      {
        result,
        message: `the ConfigMap ${targetName(settings)} belongs to the Application ${JSON.stringify(owner)}, and is left alone`,
        hint:
          `give spec.target.configMap another name, or remove it from the Application ${JSON.stringify(owner)} first; ` +
          `where that Application is gone, remove the annotation argocd.argoproj.io/tracking-id from the ConfigMap`,
      },
    ];
  });
  const [first] = owned;
  const own = results.filter((result) => owned.every((one) => one.result !== result));
  if (first && own.length === 0) throw new PluginError('TARGET_OWNED', first.message, { hint: first.hint });
  const left = { code: 'TARGET_LEFT_OUT', severity: 'warning' } as const;
  return { own, warnings: owned.map(({ message, hint }) => ({ ...left, message, hint })) };
}
