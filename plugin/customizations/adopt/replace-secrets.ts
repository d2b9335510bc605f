import type { Section, ToolsetFile } from '../../consumers/consumer.ts';
import { fileOf } from '../../consumers/consumer.ts';
import type { Data, Path } from '../../lib/json.ts';
import { getOwn, isList, isMap } from '../../lib/json.ts';
import { valueAt } from '../../lib/data/json-pointer.ts';
import { secretsIn } from '../../secrets/index.ts';

/** A secret of the live file: its place, and the variable that the consumer needs instead. */
export interface ReplacedSecret {
  /** Keys from the root of the file. */
  readonly path: Path;
  readonly variable: string;
  /** The word before the secret, such as `Bearer`, which stays in the file; `null` where there is none. */
  readonly scheme: string | null;
}

/**
 * The file with each secret replaced by a reference. Secrets that are in Git already stay: they are
 * no edit, and `validate` reports them.
 */
export function withReferences(
  live: ToolsetFile,
  current: ToolsetFile,
  refer: (variable: string) => string,
): { readonly file: ToolsetFile; readonly replaced: readonly ReplacedSecret[] } {
  const replaced: ReplacedSecret[] = [];
  const names = new Map<string, Data>();
  const inEntry = (section: Section, name: string, entry: Data): Data =>
    secretsIn({ [name]: entry }).reduce<Data>((changed, [, ...path]) => {
      const value = valueAt(entry, path);
      if (value === undefined || value === valueAt(getOwn(current[section], name), path)) return changed;
      const variable = freeName(variableFor(name, path), value, names);
      const scheme = schemeOf(value);
      replaced.push({ path: [section, name, ...path], variable, scheme });
      return withValue(changed, path, `${scheme === null ? '' : `${scheme} `}${refer(variable)}`);
    }, entry);
  const file = fileOf((section) =>
    Object.fromEntries(Object.entries(live[section]).map(([name, entry]) => [name, inEntry(section, name, entry)])),
  );
  return { file, replaced };
}

/** `Bearer abc` becomes `Bearer {{ env.X }}`. */
function schemeOf(value: Data): string | null {
  return typeof value === 'string' ? (/^(Bearer|Basic|Token|ApiKey|auth-key) \S/i.exec(value)?.[1] ?? null) : null;
}

/** Built from the toolset and the secret's key: `GRAFANA_DASHBOARDS_API_KEY`. */
function variableFor(name: string, path: Path): string {
  const key = path.findLast((step) => !/^\d+$/.test(String(step))) ?? '';
  const text = `${name}_${String(key)}`.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
  return text
    .replace(/^_|_$/g, '')
    .replace(/^(?=\d)/, 'X')
    .slice(0, 100);
}

/** Equal values share a name; different ones get different names. */
function freeName(base: string, value: Data, names: Map<string, Data>): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}_${String(number)}`;
    if (!names.has(name)) names.set(name, value);
    if (names.get(name) === value) return name;
  }
}

function withValue(data: Data, [key, ...rest]: Path, value: string): Data {
  if (key === undefined) return value;
  if (isList(data)) return data.map((one, index) => (index === Number(key) ? withValue(one, rest, value) : one));
  if (!isMap(data)) return data;
  return Object.fromEntries(
    Object.entries(data).map(([name, one]) => [name, name === key ? withValue(one, rest, value) : one]),
  );
}
