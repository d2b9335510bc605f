import type { Path } from '../lib/json.ts';
import { asObject, asObjects } from '../lib/json.ts';
import type { Spec } from './schema/index.ts';
import type { Settings } from './parse-settings.ts';

/** Parts of the settings that each of several targets has of its own. */
type TargetPart = 'target' | 'overrides' | 'credentials';

/** Path to a part of the settings in toolset.yaml: below `spec`, or below its target. */
export function pathTo({ paths }: Pick<Settings, 'paths'>, part: TargetPart): Path {
  return paths?.[part] ?? ['spec', part];
}

/**
 * The settings for each target, in the order of Git: all the same except for the target itself, its files and its
 * credentials. A single one for `spec.target`.
 */
export function targetsOf(settings: Settings): readonly Settings[] {
  const { targets } = settings.spec;
  return targets ? targets.map((target, index) => settingsOf(settings, target, index)) : [settings];
}

function settingsOf(settings: Settings, one: NonNullable<Spec['targets']>[number], index: number): Settings {
  const { spec, written } = settings;
  const { overrides, credentials, ...target } = one;
  const own = asObject(asObjects(written.targets)[index]);
  const at = ['spec', 'targets', index] as const;
  const isFirst = index === 0;
  const hasOwn = {
    overrides: !isFirst || own.overrides !== undefined,
    credentials: !isFirst || credentials !== undefined,
  };
  const { format } = target;
  const byDefault = isFirst
    ? spec.overrides
    : { files: [`overrides.${format}.yaml`], patches: [`patches.${format}.yaml`] };
  const ownCredentials = hasOwn.credentials ? credentials : spec.credentials;
  return {
    ...settings,
    spec: {
      ...spec,
      target: isFirst ? spec.target : target,
      overrides: {
        ...spec.overrides,
        files: overrides.files ?? byDefault.files,
        patches: overrides.patches ?? byDefault.patches,
      },
      credentials: ownCredentials ?? {},
    },
    written: {
      ...written,
      ...(hasOwn.overrides
        ? { overrides: { ...asObject(isFirst ? written.overrides : {}), ...asObject(own.overrides) } }
        : {}),
      ...(hasOwn.credentials ? { credentials: own.credentials } : {}),
    },
    paths: {
      target: at,
      overrides: hasOwn.overrides ? [...at, 'overrides'] : ['spec', 'overrides'],
      credentials: hasOwn.credentials ? [...at, 'credentials'] : ['spec', 'credentials'],
    },
  };
}
