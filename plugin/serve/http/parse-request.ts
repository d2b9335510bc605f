import type * as z from 'zod';
import { Problem } from './problem.ts';
import type { Fault } from './problem.ts';

/** Part of a request as its schema makes it; every fault of it in one problem. */
export function checked(where: Fault['in'], schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap((issue) => faultsOf(where, issue));
  const [first] = faults;
  const more = faults.length > 1 ? `, and ${String(faults.length - 1)} more` : '';
  throw new Problem(
    'invalid-request',
    first ? `${where} ${first.pointer}: ${first.detail}${more}; /openapi.json describes every request.` : '',
    { faults: faults.slice(0, maxFaults) },
  );
}

const maxFaults = 20;

function faultsOf(where: Fault['in'], issue: z.core.$ZodIssue): Fault[] {
  const at = (path: readonly PropertyKey[], detail: string): Fault => ({ in: where, pointer: pointerTo(path), detail });
  if (issue.code !== 'unrecognized_keys') return [at(issue.path, issue.message)];
  return issue.keys.map((key) =>
    at([...issue.path, key], where === 'query' ? 'is no parameter here' : 'is no key here'),
  );
}

function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
