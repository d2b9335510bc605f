import type { Diagnostic } from '../lib/diagnostic.ts';
import { keyOf } from '../lib/object-key.ts';
import type { Settings } from '../settings/settings.ts';
import type { FlagValues } from './flags/flags.ts';
import { usage } from './flags/usage.ts';

/** The name of a target in `--target` and in messages: that of its ConfigMap. */
export function targetName({ spec: { target } }: Pick<Settings, 'spec'>): string {
  return keyOf(target.configMap);
}

/** The name of a target for people. */
export function titleOf(settings: Pick<Settings, 'spec'>): string {
  return `${settings.spec.target.format} (${targetName(settings)})`;
}

/** The targets that `--target` names by format or ConfigMap; all without it. Fails with USAGE if it matches none. */
export function chosenTargets(
  targets: readonly Settings[],
  { target }: Partial<FlagValues<'target'>>,
): readonly [Settings, ...Settings[]] {
  const chosen = targets.filter((one) => target === undefined || isCalled(one, target));
  const [first, ...others] = chosen;
  if (first) return [first, ...others];
  throw usage.invalid('--target', target ?? '', `one of ${targets.map(titleOf).join(', ')}`);
}

function isCalled(one: Settings, name: string): boolean {
  return one.spec.target.format === name || targetName(one) === name;
}

/** The only one. Fails with USAGE if there are several, for a command about one of them. */
export function requireOne<T>(all: readonly T[], settingsOf: (one: T) => Settings): T {
  const [first, ...others] = all;
  if (first && others.length === 0) return first;
  throw usage.targetMissing(all.map((one) => titleOf(settingsOf(one))));
}

/** Warnings that several targets share, each once. */
export function withoutDuplicates(warnings: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(warnings.map((one) => [JSON.stringify(one), one])).values()];
}
