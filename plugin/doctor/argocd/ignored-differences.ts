import { argoCdManager, ownsAnnotations } from '../../argocd/field-managers.ts';
import type { FieldManager } from '../../argocd/field-managers.ts';
import type { ConfigMapName } from '../../cluster/types.ts';
import { matchesPattern } from '../../discovery/match/glob.ts';
import { pathOf } from '../../lib/data/json-pointer.ts';
import { asString, asStrings } from '../../lib/json.ts';
import type { Json } from '../../lib/json.ts';
import { shortened } from '../../lib/messages/text.ts';

/** What Argo CD does not compare in the objects that an entry selects. */
export interface IgnoredDifferences {
  /** Whether it selects a ConfigMap; Argo CD matches group and kind as globs, namespace and name only if given. */
  readonly selects: (configMap: ConfigMapName) => boolean;
  /** JSON Pointers and jq expressions. */
  readonly paths: readonly string[];
  /** Field managers, by their exact names: Argo CD does not compare the values of fields that one of them owns. */
  readonly managers: readonly string[];
}

/** A generated ConfigMap, with the keys of its data and its writers if they could be read. */
export interface GeneratedConfigMap extends ConfigMapName {
  readonly keys?: readonly string[];
  readonly managers?: readonly FieldManager[];
}

/** What an entry hides of the generated ConfigMaps. */
export type Hidden = Pick<IgnoredDifferences, 'paths' | 'managers'>;

/** An entry as in `spec.ignoreDifferences` of an Application. */
export function ignoredDifferences(entry: Json): IgnoredDifferences {
  const isOfKind = matchesPattern(asString(entry.group), '') && matchesPattern(asString(entry.kind), 'ConfigMap');
  return {
    selects: ({ namespace, name }) =>
      isOfKind && ['', namespace].includes(asString(entry.namespace)) && ['', name].includes(asString(entry.name)),
    paths: [...asStrings(entry.jsonPointers), ...asStrings(entry.jqPathExpressions)],
    managers: asStrings(entry.managedFieldsManagers),
  };
}

/** The paths to what is generated of a ConfigMap, and the managers that own some of it; `null` if nothing is hidden. */
export function hiddenIn(
  { selects, paths, managers }: IgnoredDifferences,
  configMaps: readonly GeneratedConfigMap[],
): Hidden | null {
  const selected = configMaps.filter(selects);
  const hidden = {
    paths: paths.filter((path) => generatedPath.test(path) && selected.some(({ keys }) => reaches(path, keys))),
    managers: managers.filter((name) => selected.some((one) => isWrittenBy(name, one))),
  };
  return hidden.paths.length + hidden.managers.length > 0 ? hidden : null;
}

const maxNamed = 3;

/** The first of them, for a message. */
export function hiddenText(hidden: readonly Hidden[]): string {
  const paths = hidden.flatMap((one) => one.paths);
  const managers = [...new Set(hidden.flatMap((one) => one.managers))];
  const fields = managers.map((name) => `the fields of manager ${name}`);
  return shortened([...paths, ...fields], maxNamed).join(', ');
}

const generatedPath = /^[/.](?:data\b|metadata(?:[/.]annotations)?$)|kubernaut\.io/;

/** A path to one key of the data, as a JSON Pointer or in jq. */
const keyPath =
  /^(?:\/data\/(?<pointer>[^/]+)|\.data(?:\.?"(?<quoted>[^"\\]+)"|\["(?<index>[^"\\]+)"\]|\.(?<word>\w+)))$/;

/** Whether the path does not lead to a key that the ConfigMap lacks, such as another one's ca.crt. */
function reaches(path: string, keys: readonly string[] | undefined): boolean {
  const { pointer, quoted, index, word } = keyPath.exec(path)?.groups ?? {};
  const key = pointer === undefined ? (quoted ?? index ?? word) : pathOf(path)[1];
  return key === undefined || keys === undefined || keys.includes(key);
}

/** Unless the ConfigMap could be read, Argo CD is its only known writer. */
function isWrittenBy(name: string, { managers }: GeneratedConfigMap): boolean {
  if (managers === undefined) return name === argoCdManager;
  return managers.some((one) => one.name === name && (one.keys.length > 0 || ownsAnnotations(one)));
}
