import { diagnosticsError } from '../../lib/errors.ts';
import type { PluginError } from '../../lib/errors.ts';
import { matchesPattern } from '../../discovery/match/glob.ts';
import type { Data, DataMap } from '../../lib/json.ts';
import type { YamlFile } from '../../settings/yaml/parse.ts';
import { problemsIn } from '../../settings/yaml/zod-errors.ts';
import type { Operation, Result } from './json-patch.ts';
import { applyOperation } from './json-patch.ts';
import { pathOf, valueAt } from '../../lib/json-pointer.ts';
import { Patches } from './patches-schema.ts';
import type { Section, ToolsetFile } from '../../consumers/consumer.ts';

/** A file of patches. */
export interface PatchFile {
  readonly file: YamlFile;
  readonly patches: Patches;
}

/** What one operation did to one entry. `after` is `undefined` where it removed the whole. */
export interface PatchStep {
  readonly operation: Operation;
  readonly index: number;
  readonly before: Data;
  readonly after: Data | undefined;
}

const prefix = 'mcp_servers/';

/** What an operation counts for besides its value. */
const operationSize = 40;

/** How much patches may still write: globs, and copies of copies, make very much out of very little. */
export interface PatchBudget {
  characters: number;
}

/** Checks `patches.yaml` by its schema; every mistake in one error. An empty file has no patches. */
export function parsePatches(file: YamlFile): PatchFile {
  const parsed = Patches.safeParse(file.value ?? []);
  if (parsed.success) return { file, patches: parsed.data };
  throw diagnosticsError(
    'PATCHES_INVALID',
    problemsIn(parsed.error, Patches, file.locate),
    `${file.name} is a list of {target: NAME, patch: [{op: …, path: …}]}, as docs/overrides.md shows`,
  );
}

/** Entries that a target means, in order of their names. */
export function targetsOf(target: string, toolsets: ToolsetFile): { section: Section; name: string }[] {
  const section = target.startsWith(prefix) ? 'mcp_servers' : 'toolsets';
  const pattern = section === 'toolsets' ? target : target.slice(prefix.length);
  const names = Object.keys(toolsets[section]).filter((name) => matchesPattern(pattern, name));
  return names.sort().map((name) => ({ section, name }));
}

/** Every name that a target can have. */
export function targetNames({ toolsets, mcp_servers }: ToolsetFile): string[] {
  return [...Object.keys(toolsets), ...Object.keys(mcp_servers).map((name) => `${prefix}${name}`)];
}

/**
 * Applies the operations to one entry, and answers each step; `null` where an optional patch does not apply, of which
 * then nothing is applied. Fails with PATCH_FAILED at the operation.
 */
export function applyPatch(
  { file, patches }: PatchFile,
  index: number,
  { name, entry }: { readonly name: string; readonly entry: DataMap },
  allowance: PatchBudget,
): PatchStep[] | null {
  const { patch = [], optional = false } = patches[index] ?? {};
  const steps: PatchStep[] = [];
  let current: Data | undefined = entry;
  for (const [at, operation] of patch.entries()) {
    const before: Data | undefined = current;
    if (before === undefined) throw failed(file, index, at, `${titleOf(operation)} comes after ${name} was removed`);
    const result: Result = applyOperation(before, operation);
    if (typeof result === 'string') {
      if (optional) return null;
      throw failed(file, index, at, `${titleOf(operation)} of ${name} fails: ${result}`);
    }
    allowance.characters -= sizeOf(operation, before);
    if (allowance.characters < 0) throw failed(file, index, at, 'the patches write more than 4 MB in all');
    steps.push({ operation, index: at, before, after: result.after });
    current = result.after;
  }
  return steps;
}

function sizeOf(operation: Operation, before: Data): number {
  if (operation.op !== 'add' && operation.op !== 'replace' && operation.op !== 'copy') return operationSize;
  const value = operation.op === 'copy' ? valueAt(before, pathOf(operation.from)) : operation.value;
  return operationSize + JSON.stringify(value).length;
}

function titleOf(operation: Operation): string {
  const { op, path } = operation;
  const shown = path === '' ? 'the whole' : path;
  return 'from' in operation ? `${op} ${operation.from || 'the whole'} to ${shown}` : `${op} ${shown}`;
}

function failed(file: YamlFile, index: number, at: number, message: string): PluginError {
  return diagnosticsError(
    'PATCH_FAILED',
    [{ location: file.locate([index, 'patch', at]), message }],
    'see what stands there with dynamic-toolset explain --toolset NAME, or set optional: true on the patch',
  );
}
