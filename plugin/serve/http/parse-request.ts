import type * as z from 'zod';
import { problemFor } from './problem-details.ts';
import type { Fault } from './problem.ts';
import { pointerTo } from '../../lib/data/json-pointer.ts';

/** Parses one part of a request by its schema; throws one problem that lists all faults. */
export function parseRequest(where: Fault['in'], schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap((issue) => faultsOf(where, issue));
  throw problemFor.faults(faults);
}

/** Longer keys of a request are truncated in the response. */
const maxKeyLength = 100;

function faultsOf(where: Fault['in'], issue: z.core.$ZodIssue): Fault[] {
  const at = (path: readonly PropertyKey[], detail: string): Fault => {
    const keys = path.map((key) => String(key).slice(0, maxKeyLength));
    return { in: where, pointer: pointerTo(keys), detail };
  };
  if (issue.code !== 'unrecognized_keys') return [at(issue.path, issue.message)];
  return issue.keys.map((key) => at([...issue.path, key], where === 'query' ? 'unknown parameter' : 'unknown key'));
}
