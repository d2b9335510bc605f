import jsonpatch from 'fast-json-patch';
import { mistaken } from '../errors.ts';
import type { PluginError } from '../errors.ts';
import { matches } from '../discovery/pattern.ts';
import type { Data, DataMap } from '../settings/data.ts';
import { isMap } from '../settings/data.ts';
import type { YamlFile } from '../settings/document.ts';
import { mistakesOf } from '../settings/mistakes.ts';
import { Patches } from './schema-patches.ts';
import type { ToolsetFile } from './toolset.ts';

/** A file of patches. */
export interface PatchFile {
  readonly file: YamlFile;
  readonly patches: Patches;
}

export type Operation = Patches[number]['patch'][number];

/** What one operation did to one entry. `after` is `undefined` where it removed the whole. */
export interface PatchStep {
  readonly operation: Operation;
  readonly index: number;
  readonly before: Data;
  readonly after: Data | undefined;
}

const prefix = 'mcp_servers/';

/** Checks `patches.yaml` by its schema; every mistake in one error. An empty file has no patches. */
export function parsePatches(file: YamlFile): PatchFile {
  const parsed = Patches.safeParse(file.value ?? []);
  if (parsed.success) return { file, patches: parsed.data };
  throw mistaken(
    'PATCHES_INVALID',
    mistakesOf(parsed.error, Patches, file.locate),
    `${file.name} is a list of {target: NAME, patch: [{op: …, path: …}]}, as docs/overrides.md shows`,
  );
}

/** Entries that a target means, in order of their names. */
export function targetsOf(target: string, toolsets: ToolsetFile): { section: keyof ToolsetFile; name: string }[] {
  const section = target.startsWith(prefix) ? 'mcp_servers' : 'toolsets';
  const pattern = section === 'toolsets' ? target : target.slice(prefix.length);
  const names = Object.keys(toolsets[section]).filter((name) => matches(pattern, name));
  return names.sort().map((name) => ({ section, name }));
}

/**
 * Applies the operations to one entry, and answers each step; `null` where an optional patch does not apply, of which
 * then nothing is applied. Fails with PATCH_FAILED at the operation.
 */
export function applyPatch(
  { file, patches }: PatchFile,
  index: number,
  name: string,
  entry: DataMap,
): PatchStep[] | null {
  const { patch = [], optional = false } = patches[index] ?? {};
  const steps: PatchStep[] = [];
  let current: Data = entry;
  for (const [at, operation] of patch.entries()) {
    const result = apply(current, operation);
    if (typeof result !== 'string' && isMap(result.after ?? {})) {
      steps.push({ operation, index: at, before: current, after: result.after });
      if (result.after === undefined) return steps;
      current = result.after;
      continue;
    }
    if (optional) return null;
    const reason = typeof result === 'string' ? result : 'leaves no map of the toolset';
    throw failed(file, index, at, `${operation.op} ${operation.path || 'of the whole'} ${reason} (${name})`);
  }
  return steps;
}

function apply(document: Data, operation: Operation): { readonly after: Data | undefined } | string {
  if (operation.op === 'remove' && operation.path === '') return { after: undefined };
  try {
    // The library writes the value itself into the document, and later operations into that value.
    const own = structuredClone(operation);
    const { newDocument } = jsonpatch.applyOperation<unknown>(structuredClone(document), own, true, true, true);
    return { after: newDocument as Data };
  } catch (error) {
    return reasonOf(error);
  }
}

/** Words for the library's codes: https://github.com/Starcounter-Jack/JSON-Patch#error-handling. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error ? error.name : '';
  const known: Readonly<Record<string, string>> = {
    TEST_OPERATION_FAILED: 'fails: another value stands there',
    OPERATION_PATH_UNRESOLVABLE: 'fails: nothing stands there',
    OPERATION_FROM_UNRESOLVABLE: 'fails: nothing stands at its from',
    OPERATION_PATH_CANNOT_ADD: 'fails: there is nothing to add it to',
    OPERATION_PATH_ILLEGAL_ARRAY_INDEX: 'fails: a list takes a number or - there',
    OPERATION_VALUE_OUT_OF_BOUNDS: 'fails: the list is shorter than that',
  };
  return known[code] ?? 'is refused';
}

function failed(file: YamlFile, index: number, at: number, message: string): PluginError {
  return mistaken(
    'PATCH_FAILED',
    [{ place: file.locate([index, 'patch', at]), message }],
    'see what stands there with dynamic-toolset explain --toolset NAME, or set optional: true on the patch',
  );
}
