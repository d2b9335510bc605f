import { detectors } from '../../../detectors/index.ts';
import type { Detector } from '../../../detectors/types.ts';
import type { Consumer } from '../../consumers/consumer.ts';
import { consumerOf, credentialPolicyOf, limitToSettings, upgradeOf } from '../../consumers/index.ts';
import type { Upgrade } from '../../consumers/upgrade.ts';
import { chosenDetectors } from '../../discovery/scope-and-filters.ts';
import type { FileDiagnostic, SourceLocation } from '../../lib/diagnostic.ts';
import { startOf } from '../../lib/diagnostic.ts';
import type { DataMap } from '../../lib/json.ts';
import type { Settings } from '../../settings/settings.ts';
import { pathTo } from '../../settings/targets.ts';
import type { GitFiles } from '../git-files.ts';
import { entriesOf, findingsOf } from '../files.ts';
import { changedFindings } from './changed.ts';
import type { PreviewFinding } from './finding.ts';
import { note } from './finding.ts';
import { renamedFindings } from './renamed.ts';

/** Findings of a run with each of the two releases, besides those about the files alone. */
export interface MoreFindings {
  readonly before: readonly FileDiagnostic[];
  readonly after: readonly FileDiagnostic[];
}

/**
 * Changes for an Application's files with another release of the consumer; empty for the same one. The present release
 * is that of `settings`, where the Application may have overridden its files.
 */
export function previewOf(
  files: GitFiles,
  version: string,
  settings: Settings = files.settings,
  more: MoreFindings = { before: [], after: [] },
): PreviewFinding[] {
  const { target } = settings.spec;
  const [before, after] = [target, { ...target, version }].map(consumerOf) as [Consumer, Consumer];
  const errors = files.problems.map((problem): PreviewFinding => ({ ...problem, change: null }));
  const upgrade = upgradeOf(target, version);
  if (!upgrade) return [...errors, noReleasesFinding(files, before.title)];
  const findings = changedFindings(
    [...findingsOf(files, before), ...more.before],
    [...findingsOf(files, after), ...more.after],
    after.title,
  );
  return [
    ...errors,
    ...findings,
    ...renamedFindings(files, upgrade, after.title),
    ...releaseFindings(files, settings, upgrade, [before, after]),
  ];
}

function noReleasesFinding(files: GitFiles, title: string): PreviewFinding {
  const message = `${title} has no releases that differ: nothing is compared`;
  return note(null, placeIn(files, 'format'), message, 'leave --target-version out');
}

function placeIn({ settingsFile, settings }: GitFiles, key: 'format' | 'version'): SourceLocation {
  return settingsFile?.locate([...pathTo(settings, 'target'), key], 'value') ?? startOf('toolset.yaml');
}

/** Differences between the releases that do not depend on the files. */
function releaseFindings(
  files: GitFiles,
  settings: Settings,
  upgrade: Upgrade,
  [before, after]: readonly [Consumer, Consumer],
): PreviewFinding[] {
  const place = placeIn(files, 'version');
  const say = (
    change: 'new' | 'gone',
    names: readonly string[],
    text: (names: string) => string,
    hint: string,
  ): PreviewFinding[] => (names.length === 0 ? [] : [note(change, place, text([...new Set(names)].join(', ')), hint)]);
  const implicit = [implicitlyEnabled(files, settings, before), implicitlyEnabled(files, settings, after)] as const;
  const [less, more] = [discoveredOnly([before, after], settings), discoveredOnly([after, before], settings)];
  const [single, several] = [severalOnly([before, after], settings), severalOnly([after, before], settings)];
  const table = 'docs/holmesgpt.md lists what changes between releases';
  const none = 'nothing to do';
  return [
    ...say(
      'new',
      upgrade.comesOn.filter((name) => implicit[1].includes(name)),
      (names) => `${after.title} enables by itself: ${names}`,
      'spec.target.defaultToolsetsExcept keeps them off',
    ),
    ...say(
      'gone',
      upgrade.goesOff.filter(({ was }) => implicit[0].includes(was)).map(({ is }) => is),
      (names) => `${after.title} does not enable by itself: ${names}`,
      'enabled: true in overrides.yaml keeps them on',
    ),
    ...say('new', more, (names) => `printed for ${after.title} where they are discovered: ${names}`, none),
    ...say('gone', less, (names) => `not printed for ${after.title}: ${names}`, none),
    ...say('new', several, (names) => `${after.title} takes several backends of one toolset: ${names}`, none),
    ...say('gone', single, (names) => `${after.title} takes the best one of several backends: ${names}`, none),
    ...say('new', upgrade.newToolsets, (names) => `toolsets that only ${after.title} has: ${names}`, table),
    ...say('gone', upgrade.goneToolsets, (names) => `toolsets that only ${before.title} has: ${names}`, table),
  ];
}

/** Toolsets that the consumer enables although neither Git nor the generated file mentions them. */
function implicitlyEnabled(files: GitFiles, { spec }: Settings, consumer: Consumer): readonly string[] {
  const printed = consumer.generate([], credentialPolicyOf(spec, null)).file.toolsets;
  const named: DataMap = Object.fromEntries(files.overrides.flatMap(entriesOf).map(([, name]) => [name, {}]));
  return consumer.implicitlyEnabled({ toolsets: { ...printed, ...named }, mcp_servers: {} });
}

/** Toolsets of enabled detectors that only the first of two consumers has. */
function discoveredOnly([first, second]: readonly [Consumer, Consumer], { spec }: Settings): string[] {
  const { enabled } = chosenDetectors(spec, detectors);
  return enabled
    .filter((detector) => first.supports(claimOf(detector)) && !second.supports(claimOf(detector)))
    .map(({ toolset }) => toolset);
}

/** Toolsets that both consumers have, but only the first accepts several backends for. */
function severalOnly(consumers: readonly [Consumer, Consumer], { spec }: Settings): string[] {
  const [first, second] = consumers.map((one) => limitToSettings(one, spec)) as [Consumer, Consumer];
  const { enabled } = chosenDetectors(spec, detectors);
  return enabled
    .filter((detector) => consumers.every((one) => one.supports(claimOf(detector))))
    .filter((detector) => first.supportsMultiple(claimOf(detector)) && !second.supportsMultiple(claimOf(detector)))
    .map(({ toolset }) => toolset);
}

function claimOf(detector: Detector): Parameters<Consumer['supports']>[0] {
  return { toolset: detector.toolset, detector };
}
