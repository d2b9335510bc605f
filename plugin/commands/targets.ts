import type { Diagnostic } from '../lib/diagnostic.ts';
import { keyOf } from '../lib/object-key.ts';
import type { Settings } from '../settings/settings.ts';
import type { Flags } from './flags/flags.ts';
import { usage } from './flags/usage.ts';

/** How `--target` and messages name a target: by its ConfigMap. */
export function targetName({ spec: { target } }: Pick<Settings, 'spec'>): string {
  return keyOf(target.configMap);
}

/** How it is told to people. */
export function titleOf(settings: Pick<Settings, 'spec'>): string {
  return `${settings.spec.target.format} (${targetName(settings)})`;
}

/** Those that `--target` names by their format or their ConfigMap; all without it. Fails with USAGE where it names none. */
export function chosenTargets(
  targets: readonly Settings[],
  { target }: Pick<Flags, 'target'>,
): readonly [Settings, ...Settings[]] {
  const chosen = targets.filter((one) => target === undefined || isCalled(one, target));
  const [first, ...others] = chosen;
  if (first) return [first, ...others];
  throw usage.invalid('--target', target ?? '', `one of ${targets.map(titleOf).join(', ')}`);
}

function isCalled(one: Settings, name: string): boolean {
  return one.spec.target.format === name || targetName(one) === name;
}

/** The only one. Fails with USAGE where there are several, for a command that is about one of them. */
export function requireOne<T>(all: readonly T[], settingsOf: (one: T) => Settings): T {
  const [first, ...others] = all;
  if (first && others.length === 0) return first;
  throw usage.targetMissing(all.map((one) => titleOf(settingsOf(one))));
}

/** What several targets have in common, told once. */
export function eachOnce(warnings: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(warnings.map((one) => [JSON.stringify(one), one])).values()];
}
