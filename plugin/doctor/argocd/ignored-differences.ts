import type { ConfigMapName } from '../../cluster/types.ts';
import { matchesPattern } from '../../discovery/match/glob.ts';
import { pathOf } from '../../lib/data/json-pointer.ts';
import { asString, asStrings } from '../../lib/json.ts';
import type { Json } from '../../lib/json.ts';

/** What Argo CD does not compare in the objects that an entry selects. */
export interface IgnoredDifferences {
  /** Whether it selects a ConfigMap; Argo CD matches group and kind as globs, namespace and name only if given. */
  readonly selects: (configMap: ConfigMapName) => boolean;
  /** JSON Pointers and jq expressions. */
  readonly paths: readonly string[];
}

/** A generated ConfigMap, and the keys of its data if they could be read. */
export interface GeneratedConfigMap extends ConfigMapName {
  readonly keys?: readonly string[];
}

/** An entry as in `spec.ignoreDifferences` of an Application. */
export function ignoredDifferences(entry: Json): IgnoredDifferences {
  const isOfKind = matchesPattern(asString(entry.group), '') && matchesPattern(asString(entry.kind), 'ConfigMap');
  return {
    selects: ({ namespace, name }) =>
      isOfKind && ['', namespace].includes(asString(entry.namespace)) && ['', name].includes(asString(entry.name)),
    paths: [...asStrings(entry.jsonPointers), ...asStrings(entry.jqPathExpressions)],
  };
}

/** The paths to what is generated of a ConfigMap: its data, or the annotations that describe it. */
export function hiddenPaths(
  { selects, paths }: IgnoredDifferences,
  configMaps: readonly GeneratedConfigMap[],
): readonly string[] {
  const selected = configMaps.filter(selects);
  return paths.filter((path) => generatedPath.test(path) && selected.some(({ keys }) => reaches(path, keys)));
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
