import type { FileProblem } from '../../lib/errors.ts';
import type { Data, DataMap, Path } from '../../lib/json.ts';
import { getOwn, isList, isMap } from '../../lib/json.ts';
import { pathOf, pointerTo } from '../../lib/data/json-pointer.ts';
import type { YamlFile } from '../../settings/yaml/parse.ts';

/** Mistakes about the form of the whole file or of one patch, and the file without these patches. */
export interface OtherForms {
  readonly problems: readonly FileProblem[];
  /** As many items as in the file, so that their positions stay. */
  readonly rest: Data;
}

/** Patches in the form of Kustomize, operations without a target, and paths from the root of the toolset file. */
export function otherForms({ value, locate }: YamlFile): OtherForms {
  const data = (value ?? []) as Data;
  if (isMap(data)) {
    const [key = ''] = Object.keys(data);
    const isKustomize = Object.hasOwn(data, 'patches');
    const message = isKustomize
      ? 'the file: has the key "patches" around the list, as in Kustomize'
      : 'the file: invalid value: expected a list, not a map';
    const location = locate([isKustomize ? 'patches' : key], 'key');
    return {
      problems: [{ location, message, hint: 'write a list: - {target: NAME, patch: [{op: …, path: …}]}' }],
      rest: [],
    };
  }
  if (!isList(data)) return { problems: [], rest: data };
  const found = data.map((item, index) => (isMap(item) ? mistakeIn(item, index) : null));
  return {
    problems: found.flatMap((one) =>
      one === null
        ? []
        : [{ location: locate(one.path), message: `${one.path.join('.')}: ${one.message}`, hint: one.hint }],
    ),
    rest: data.map((item, index) => (found[index] ? placeholder : item)),
  };
}

/** A valid patch in place of one that is reported already. */
const placeholder: DataMap = { target: 'reported', patch: [{ op: 'remove', path: '/reported' }] };

interface Mistake {
  readonly path: Path;
  readonly message: string;
  readonly hint: string;
}

function mistakeIn(item: DataMap, index: number): Mistake | null {
  const { op, target = null, patch = null } = item;
  if (typeof op === 'string' && target === null && patch === null) {
    const hint = 'write it in the list patch of an item: - {target: NAME, patch: [{op: …, path: …}]}';
    return { path: [index], message: 'is an operation without a target', hint };
  }
  if (isMap(target)) {
    const hint = 'write the name of a toolset, such as target: prometheus/metrics, or a glob';
    return { path: [index, 'target'], message: 'selects an object, as in Kustomize: expected a string', hint };
  }
  if (typeof patch === 'string' && /^\s*-\s/.test(patch)) {
    const hint = 'remove what is between patch: and the first dash, so that it is a list';
    return { path: [index, 'patch'], message: 'is a text with a list in it, as in Kustomize: expected a list', hint };
  }
  return isList(patch) ? rootedPath(patch, [index, 'patch']) : null;
}

/** A path is one within the toolset: no toolset has keys of these names. */
function rootedPath(operations: readonly Data[], path: Path): Mistake | null {
  for (const [index, operation] of operations.entries()) {
    if (!isMap(operation)) continue;
    for (const key of ['path', 'from']) {
      const pointer = getOwn(operation, key);
      if (typeof pointer !== 'string' || !/^\/(?:toolsets|mcp_servers)\/[^/]+\//.test(pointer)) continue;
      const [, , ...rest] = pathOf(pointer);
      const message = 'starts at the file: expected a path from the toolset on';
      return { path: [...path, index, key], message, hint: `write ${pointerTo(rest)}` };
    }
  }
  return null;
}
