import type * as z from 'zod';
import type { Data, DataMap } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import { configHeader, ToolsetConfig } from '../schema/index.ts';
import { withFirstTarget } from '../first-target.ts';
import { describeIssue } from '../yaml/zod-errors.ts';
import { invalidParameters } from './parameter-override.ts';
import type { ParameterOverride } from './parameter-override.ts';

/**
 * `spec` of toolset.yaml with the Application's overrides, as written and with defaults; among several for one setting
 * the last wins. Throws PARAMETERS_INVALID.
 */
export function applyParameters(
  inGit: DataMap,
  overrides: readonly ParameterOverride[],
): { readonly spec: ToolsetConfig['spec']; readonly written: DataMap } {
  assertOneTarget(inGit, overrides);
  const written = overrides
    .filter(hasEffect)
    .reduce((spec, { path, value }) => setIn(withoutDisplaced(spec, path), path, value), inGit);
  const parsed = ToolsetConfig.safeParse({ ...configHeader, spec: written }, { reportInput: true });
  if (parsed.success) return { spec: withFirstTarget(parsed.data.spec), written };
  // toolset.yaml alone was valid, so the mistake is in the Application.
  throw invalidParameters(parsed.error.issues.map((issue) => mistakeOf(issue, overrides)));
}

/** An empty list of clusters is ignored: it chooses nothing. */
function hasEffect({ path: [key], value }: ParameterOverride): boolean {
  return key !== 'clusters' || !Array.isArray(value) || value.length > 0;
}

/** A single cluster replaces several, and vice versa. */
function withoutDisplaced(spec: DataMap, [key]: readonly string[]): DataMap {
  const displaced = key === 'cluster' ? 'clusters' : 'cluster';
  if (key !== 'cluster' && key !== 'clusters') return spec;
  return Object.fromEntries(Object.entries(spec).filter(([one]) => one !== displaced));
}

/** With several targets, only Git can tell which one is meant. */
function assertOneTarget(inGit: DataMap, overrides: readonly ParameterOverride[]): void {
  const about = getOwn(inGit, 'targets') === undefined ? [] : overrides.filter(({ path }) => path[0] === 'target');
  if (about.length === 0) return;
  throw invalidParameters(
    about.map(({ label, text }) => `${label} ${text} is for one target, but spec.targets has several`),
  );
}

function setIn(map: DataMap, [key = '', ...rest]: readonly string[], value: Data): DataMap {
  const before = getOwn(map, key);
  return { ...map, [key]: rest.length === 0 ? value : setIn(isMap(before) ? before : {}, rest, value) };
}

function mistakeOf(issue: z.core.$ZodIssue, overrides: readonly ParameterOverride[]): string {
  const keys = issue.path.slice(1).map(String);
  const source = overrides.findLast((one) => one.path.every((key, index) => key === keys[index]));
  const subject = source ? `${source.label} ${source.text}` : keys.join('.');
  const { message, suggested } = describeIssue(issue);
  // The subject names what is invalid, so only the expectation of the schema's "invalid version: expected …" is kept.
  const expectation = message.replace(/^[^:"]*: (?=expected )/, '');
  return `invalid ${subject}: ${expectation}${suggested === undefined ? '' : `; ${suggested}`}`;
}
