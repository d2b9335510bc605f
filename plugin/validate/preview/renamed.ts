import type { KeyRename, Upgrade } from '../../consumers/upgrade.ts';
import type { PatchFile } from '../../customizations/patches/patches.ts';
import type { Overrides } from '../../customizations/overrides/overrides.ts';
import type { Data, DataMap } from '../../lib/json.ts';
import { isMap } from '../../lib/json.ts';
import { pathOf } from '../../lib/data/json-pointer.ts';
import { pathTo } from '../../settings/targets.ts';
import type { GitFiles } from '../git-files.ts';
import { entriesOf } from '../files.ts';
import { configsOf } from '../settings.ts';
import type { PreviewFinding } from './finding.ts';
import { note } from './finding.ts';

/** Names in the files that the release with that title has renamed. */
export function renamedFindings(
  { settings, settingsFile, overrides, patches }: Pick<GitFiles, 'settings' | 'settingsFile' | 'overrides' | 'patches'>,
  upgrade: Upgrade,
  title: string,
): PreviewFinding[] {
  return [
    ...overrides.flatMap((layer) => inOverrides(layer, upgrade, title)),
    ...patches.flatMap((layer) => inPatches(layer, upgrade, title)),
    ...(settingsFile ? inCredentials({ settings, settingsFile }, upgrade, title) : []),
  ];
}

/** Names that the release still accepts; the others are reported as breaking. */
function inOverrides(layer: Overrides, upgrade: Upgrade, title: string): PreviewFinding[] {
  return entriesOf(layer).flatMap(([section, name, entry]) => {
    const path = layer.pathOf(section, name);
    const place = (keys: KeyRename['path']): PreviewFinding['location'] => layer.file.locate([...path, ...keys], 'key');
    const now = section === 'toolsets' ? upgrade.renamedName(name) : null;
    const keys = isMap(entry) ? upgrade.renamedKeys(section, name, entry) : [];
    return [
      ...(now === null ? [] : [renamed(place([]), name, now, title, later(now))]),
      ...keys
        .filter(({ isStillTaken }) => isStillTaken)
        .map((one) => renamed(place(one.path), String(one.path.at(-1)), one.to, title, keyHint(one))),
    ];
  });
}

function renamed(
  location: PreviewFinding['location'],
  was: string,
  is: string,
  title: string,
  hint: string,
): PreviewFinding {
  const message = `${JSON.stringify(was)} is called ${JSON.stringify(is)} in ${title}, which takes both names`;
  return note('renamed', location, message, hint);
}

function keyHint({ to, isPrinted }: KeyRename): string {
  return isPrinted ? `write ${to}: where a backend is discovered, what is printed under that name wins` : later(to);
}

function later(name: string): string {
  return `write ${name} once the present release is no longer in use`;
}

function inPatches({ file, patches }: PatchFile, upgrade: Upgrade, title: string): PreviewFinding[] {
  return patches.flatMap(({ target, patch }, index) =>
    patch.flatMap(({ path }, step) =>
      upgrade.renamedKeys('toolsets', target, entryAt(pathOf(path))).map(({ path: key, to }) => {
        const message = `${JSON.stringify(key.at(-1))} is printed as ${JSON.stringify(to)} for ${title}`;
        const hint = `write ${to} for that release: a patch needs the name that is printed`;
        return note('renamed', file.locate([index, 'patch', step, 'path'], 'value'), message, hint);
      }),
    ),
  );
}

/** An entry with only the keys of a path. */
function entryAt(path: readonly string[]): DataMap {
  const whole = path.reduceRight<Data>((inner, key) => (/^(?:\d+|-)$/.test(key) ? [inner] : { [key]: inner }), null);
  return isMap(whole) ? whole : {};
}

function inCredentials(
  {
    settings,
    settingsFile,
  }: Pick<GitFiles, 'settings'> & { readonly settingsFile: NonNullable<GitFiles['settingsFile']> },
  upgrade: Upgrade,
  title: string,
): PreviewFinding[] {
  return Object.entries(settings.spec.credentials).flatMap(([name, credential]) => {
    const path = [...pathTo(settings, 'credentials'), name];
    return configsOf(credential, path).flatMap((part) =>
      upgrade.renamedCredential(name, part.config).map(({ path: key, to }) => {
        const message = `is printed as ${JSON.stringify(to)} for ${title}`;
        return note('renamed', settingsFile.locate([...part.path, ...key], 'key'), message, 'nothing to do');
      }),
    );
  });
}
