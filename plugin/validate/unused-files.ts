import { normalize } from 'node:path';
import type { FileDiagnostic } from '../lib/diagnostic.ts';
import { startOf } from '../lib/diagnostic.ts';
import type { FolderFile } from '../settings/folder-files.ts';
import type { Settings } from '../settings/settings.ts';
import { nearestWord } from '../lib/messages/did-you-mean.ts';

const defaults = ['toolset.yaml', 'overrides.yaml', 'patches.yaml'];

/** Argo CD's tools, by the file that selects them. */
const tools = new Map([
  ['kustomization.yaml', 'Kustomize'],
  ['kustomization.yml', 'Kustomize'],
  ['Kustomization', 'Kustomize'],
  ['Chart.yaml', 'Helm'],
]);

/** Files in the Application's folder without effect: their names are almost right, or Argo CD does not apply them. */
export function unusedFileFindings(
  files: readonly FolderFile[],
  targets: readonly Pick<Settings, 'spec'>[],
): FileDiagnostic[] {
  const named = targets.flatMap(({ spec: { overrides } }) => [...overrides.files, ...overrides.patches]);
  const read = new Set(['toolset.yaml', ...named].map((one) => normalize(one)));
  const present = new Set(files.map(({ name }) => name));
  const others = files.filter(({ name }) => !read.has(name) && !isRefused(name, read, present));
  const nearly = others.flatMap(({ name }) => {
    const nearest = nearestWord(name, defaults);
    return nearest === null ? [] : [misnamedFinding(name, nearest, present)];
  });
  const misnamed = new Set(nearly.map(({ location }) => location.file));
  const manifests = others
    .filter(({ name, head }) => !misnamed.has(name) && !tools.has(name) && isManifest(head))
    .map(({ name }) => name);
  return [
    ...nearly,
    ...others.flatMap(({ name }) => {
      const tool = tools.get(name);
      return tool === undefined ? [] : [notAppliedFinding(name, `Argo CD does not run ${tool} here`)];
    }),
    ...notAppliedFindings(manifests),
  ];
}

/** A .yml in place of a .yaml is reported as an error of its own. */
function isRefused(name: string, read: ReadonlySet<string>, present: ReadonlySet<string>): boolean {
  const yaml = name.replace(/\.yml$/, '.yaml');
  return yaml !== name && read.has(yaml) && !present.has(yaml);
}

/** For a folder given to `validate` without any of the files: it is mostly the wrong folder. */
export function emptyFolderFinding(): FileDiagnostic {
  return fileFinding(
    'toolset.yaml',
    `is not there, nor is any other file that is read: ${defaults.join(', ')}`,
    "give the Application's folder; to have the defaults alone, write an empty toolset.yaml",
  );
}

function misnamedFinding(name: string, nearest: string, present: ReadonlySet<string>): FileDiagnostic {
  if (name === nearest)
    return fileFinding(
      name,
      'is not read: spec.overrides of toolset.yaml names other files',
      'add it to spec.overrides.files or spec.overrides.patches, or remove it',
    );
  const isThere = present.has(nearest);
  return fileFinding(
    name,
    `is not read: its name is almost ${nearest}`,
    isThere ? `move what it says to ${nearest}, and remove it` : `rename it to ${nearest}`,
  );
}

function notAppliedFinding(name: string, why: string): FileDiagnostic {
  return fileFinding(
    name,
    `is not applied: ${why}, since the plugin replaces its own tools`,
    'move it to a folder of its own, as a second source of the Application or another Application',
  );
}

function notAppliedFindings([first, ...others]: readonly string[]): FileDiagnostic[] {
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : ` (this and ${String(others.length)} more)`;
  return [notAppliedFinding(first, `Argo CD does not apply manifests here${more}`)];
}

function fileFinding(file: string, message: string, hint: string): FileDiagnostic {
  return { severity: 'warning', code: 'FILE_UNUSED', location: startOf(file), message, hint };
}

/**
 * Excludes files that this program reads or prints (settings, a policy, a recorded cluster, the ConfigMap), and a
 * plugin.yaml, which has a kind but is a file of Argo CD's sidecar and not an object of a cluster.
 */
function isManifest(head: string): boolean {
  const value = (key: string): string | undefined =>
    new RegExp(`^\\s{0,2}(?:\\{\\s*)?"?${key}"?:\\s*"?([^\\s",]+)`, 'm').exec(head)?.[1];
  const [apiVersion, kind] = [value('apiVersion'), value('kind')];
  const isOurs = apiVersion?.startsWith('toolset.kubernaut.ai/') === true || head.includes('kubernaut.io/toolset-');
  if (apiVersion === undefined || kind === undefined || isOurs) return false;
  return !kind.endsWith('List') && kind !== 'ConfigManagementPlugin';
}
