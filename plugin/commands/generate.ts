import { trackedObject } from '../argocd/application.ts';
import { renderConfigMap } from '../customizations/config-map.ts';
import type { Diagnostic } from '../lib/diagnostic.ts';
import type { DataMap } from '../lib/json.ts';
import { asObject, asString } from '../lib/json.ts';
import { renderManifest } from '../lib/data/yaml-writer.ts';
import { PluginError } from '../lib/errors.ts';
import { once } from '../lib/memoize.ts';
import { probedFromHereNote } from './clusters/outside.ts';
import type { OwnerFinder } from './clusters/owner.ts';
import type { DiscoveryFlags } from './flags/flags.ts';
import type { PipelineResult } from './pipeline/build-result.ts';
import { runPipelines } from './pipeline/pipeline.ts';
import type { CommandOutput } from './command.ts';
import { withoutDuplicates, targetName } from './targets.ts';

/** The manifest that Argo CD applies: one object per target, and what its consumer needs besides. */
export async function generate(flags: DiscoveryFlags): Promise<CommandOutput> {
  const results = await runPipelines(flags);
  const ownerOf = lazyOwnerFinder(flags);
  const { own, warnings } = await ownTargets(results, ownerOf, flags);
  const parts = await Promise.all(
    own.map(async (result) => {
      const { objects, warnings: more } = await ownObjects(result, ownerOf, flags);
      const printed = { ...result, warnings: [...result.warnings, ...more, ...warnings] };
      return { warnings: printed.warnings, manifests: [renderConfigMap(printed), ...objects.map(renderManifest)] };
    }),
  );
  return {
    text: parts.flatMap(({ manifests }) => manifests).join('---\n'),
    warnings: withoutDuplicates(parts.flatMap((one) => one.warnings)),
    ...probedFromHereNote(flags, results[0]?.settings.spec.health.check),
  };
}

/**
 * One finder for the whole run, which requests each Application once; loaded only if something may belong to another
 * one.
 */
function lazyOwnerFinder(flags: DiscoveryFlags): OwnerFinder {
  const loaded = once(async () => (await import('./clusters/owner.ts')).ownerFinder(flags));
  return async (...of) => (await loaded())(...of);
}

const left = { code: 'TARGET_LEFT_OUT', severity: 'warning' } as const;

/** The additional objects of a ConfigMap that no other Application owns. */
async function ownObjects(
  { consumer, final, settings }: PipelineResult,
  ownerOf: OwnerFinder,
  flags: DiscoveryFlags,
): Promise<{ readonly objects: readonly DataMap[]; readonly warnings: readonly Diagnostic[] }> {
  const objects = consumer.objects?.(final) ?? [];
  if (objects.length === 0 || flags.argoCdApplication === undefined) return { objects, warnings: [] };
  const { isListed, liveAnnotations } = await import('./clusters/owner.ts');
  const [{ kind } = {}] = objects.map(asObject);
  if (!isListed(kind)) return { objects, warnings: [] };
  const { namespace } = settings.spec.target.configMap;
  const live = await liveAnnotations(kind, namespace, flags);
  const all = await Promise.all(
    objects.map(async (object) => {
      const name = asString(asObject(object.metadata).name);
      const [group = ''] = asString(object.apiVersion).split('/');
      const ref = { group, kind, namespace, name };
      return { object, name, owner: await ownerOf(live.get(name) ?? {}, ref) };
    }),
  );
  return {
    objects: all.filter(({ owner }) => owner === null).map(({ object }) => object),
    warnings: all.flatMap(({ name, owner }): Diagnostic[] => {
      if (owner === null) return [];
      const message = `the ${kind} ${namespace}/${name} belongs to the Application ${JSON.stringify(owner)}, and is left alone`;
      return [{ ...left, message, hint: `switch it off in overrides.yaml, or remove it from that Application first` }];
    }),
  };
}

/** A target of another Application, and the warning about it. */
interface OwnedTarget {
  readonly result: PipelineResult;
  readonly message: string;
  readonly hint: string;
}

/**
 * Targets whose ConfigMap no other Application owns, according to Argo CD's tracking id on the live object: two
 * Applications would keep overwriting each other's. An Application that is gone owns nothing, and Argo CD does not
 * prune what another Application owns. Fails with TARGET_OWNED if no target is left, since an empty manifest would make
 * Argo CD prune.
 */
async function ownTargets(
  results: readonly PipelineResult[],
  ownerOf: OwnerFinder,
  flags: DiscoveryFlags,
): Promise<{ readonly own: readonly PipelineResult[]; readonly warnings: readonly Diagnostic[] }> {
  const owned = (await Promise.all(results.map((result) => ownedBy(result, ownerOf, flags)))).flatMap(
    (one) => one ?? [],
  );
  const [first] = owned;
  const own = results.filter((result) => owned.every((one) => one.result !== result));
  if (first && own.length === 0) throw new PluginError('TARGET_OWNED', first.message, { hint: first.hint });
  return { own, warnings: owned.map(({ message, hint }) => ({ ...left, message, hint })) };
}

/** The warning if another Application owns the ConfigMap. */
async function ownedBy(
  result: PipelineResult,
  ownerOf: OwnerFinder,
  flags: DiscoveryFlags,
): Promise<OwnedTarget | null> {
  const { settings, discovery } = result;
  const { live } = discovery;
  const configMap = { group: '', kind: 'ConfigMap', ...settings.spec.target.configMap };
  const tracked = live && trackedObject(live.annotations, configMap);
  if (!tracked || tracked === flags.argoCdApplication) return null;
  const owner = await ownerOf(live.annotations, configMap);
  if (owner === null) return null;
  return {
    result,
    message: `the ConfigMap ${targetName(settings)} belongs to the Application ${JSON.stringify(owner)}, and is left alone`,
    hint:
      `give spec.target.configMap another name, or remove it from the Application ${JSON.stringify(owner)} first; ` +
      `if that Application is gone, remove the annotation argocd.argoproj.io/tracking-id from the ConfigMap`,
  };
}
