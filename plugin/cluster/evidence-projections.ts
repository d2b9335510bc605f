import type { CustomResource, FieldType, FieldValues, ResourceField } from '../../detectors/types.ts';
import type { Json } from '../lib/json.ts';
import { asObject, asObjects, asString, asStrings, getOwn, isObject, setOwn } from '../lib/json.ts';
import type { ContainerView, PodKeys, PodRef, PodView } from './types.ts';
import { withoutTrailing } from '../lib/trailing.ts';

/** Longest path, in characters; a longer one is not a route prefix. */
export const maxPath = 256;
/**
 * Most names read from a list: one more than the tenants that may become instances, so that a longer list is
 * recognized.
 */
const maxNames = 17;
/** Containers of a Pod that are read; further sidecars are ignored. */
const maxContainers = 16;
/** Arguments of one container that are read. */
const maxArguments = 256;
/** Longest image name, with registry, tag and digest, in characters. */
const maxImage = 1024;

/** Keeps only the fields that the type names. Reading a reduced object again gives the same result. */
export function fieldValues(object: unknown, { fields }: CustomResource): FieldValues {
  const values = Object.entries(fields).flatMap(([name, field]) => {
    const value = valueOf(at(object, field.at), field);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(values);
}

/** An object with these values at the paths of the type's fields: what a snapshot records. */
export function objectOf(values: FieldValues, { fields }: CustomResource): Json {
  const root: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = getOwn(values, name);
    if (value !== undefined)
      put(root, field.at, Array.isArray(value) ? named(value, field, at(root, field.at)) : value);
  }
  return root;
}

/** Two fields may name different keys of the same list. */
function named(names: readonly string[], { name = 'name' }: ResourceField, before: unknown): Json[] {
  const others = asObjects(before);
  const length = Math.max(names.length, others.length);
  return Array.from({ length }, (_, index) => {
    const own = names[index];
    return { ...others[index], ...(own === undefined ? {} : { [name]: own }) };
  });
}

function at(object: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => getOwn(asObject(value), key), object);
}

function put(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) {
    setOwn(root, key, value);
    return;
  }
  const map = { ...asObject(getOwn(root, key)) };
  put(map, rest, value);
  setOwn(root, key, map);
}

function valueOf(value: unknown, field: ResourceField): FieldValues[string] | undefined {
  if (value === undefined || value === null) return undefined;
  if (field.as !== 'names') return scalarOf(value, field.as);
  const names = asObjects(value).flatMap((one) => wordOf(getOwn(one, field.name ?? 'name')) ?? []);
  return names.length > 0 ? names.slice(0, maxNames) : undefined;
}

function scalarOf(value: unknown, type: Exclude<FieldType, 'names'>): string | number | boolean | undefined {
  switch (type) {
    case 'path':
      return pathOf(value);
    case 'url path':
      return pathOf(value) ?? urlPathOf(value);
    case 'presence':
      return isPresent(value);
    case 'flag':
      return flagOf(value);
    case 'port':
      return typeof value === 'number' ? portOf(value) : wordOf(value);
    case 'word':
      return wordOf(value);
    case 'words':
      return wordsIn(value);
  }
}

/** The path without its trailing slash; empty for the root; `undefined` unless it consists of plain segments. */
export function pathOf(value: unknown): string | undefined {
  const written = asString(value);
  if (written.length > maxPath) return undefined;
  const text = withoutTrailing(written, '/');
  if (text === '') return value === '' || value === '/' ? '' : undefined;
  if (!/^(?:\/[A-Za-z0-9._~-]+)+$/.test(text)) return undefined;
  return text.split('/').some((segment) => /^\.+$/.test(segment)) ? undefined : text;
}

/** Also accepts a URL whose host is a template variable, as in `%(protocol)s://%(domain)s/grafana/`. */
function urlPathOf(value: unknown): string | undefined {
  // Copy: a substring would keep the whole argument in memory.
  const text = Buffer.from(asString(value).slice(0, 2048)).toString();
  const path = /^%\(protocol\)s:\/\/[^/?#\s]*([^?#]*)/.exec(text)?.[1];
  if (path !== undefined) return path === '' ? '' : pathOf(path);
  const url = URL.parse(text);
  return url && /^https?:$/.test(url.protocol) ? pathOf(url.pathname) : undefined;
}

function isPresent(value: unknown): boolean {
  if (isObject(value)) return Object.keys(value).length > 0;
  return Array.isArray(value) ? value.length > 0 : value !== false && value !== '';
}

function flagOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return value === 'true' ? true : value === 'false' ? false : undefined;
}

function portOf(value: number): number | undefined {
  return Number.isInteger(value) && value > 0 && value < 65_536 ? value : undefined;
}

function wordOf(value: unknown): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(asString(value)) ? asString(value) : undefined;
}

/** The words that a list has as its entries or a text between its commas, with commas between them. */
function wordsIn(value: unknown): string | undefined {
  const entries: readonly unknown[] = Array.isArray(value) ? value : asString(value).split(',');
  const words = entries.flatMap((one) => wordOf(one) ?? []).slice(0, maxNames);
  return words.length > 0 ? words.join(',') : undefined;
}

/**
 * Keeps image names, known arguments, one probe of each container and port numbers; `null` for a Pod that the selector does not
 * match.
 */
export function podView(object: unknown, { selector }: Pick<PodRef, 'selector'>, keys: PodKeys): PodView | null {
  const { metadata, spec } = asObject(object);
  const labels = asObject(asObject(metadata).labels);
  const terms = Object.entries(selector);
  const isOwn = terms.length > 0 && terms.every(([key, value]) => getOwn(labels, key) === value);
  if (!isOwn) return null;
  return asObjects(asObject(spec).containers)
    .slice(0, maxContainers)
    .map((container) => containerView(container, keys));
}

function containerView(container: Json, keys: PodKeys): ContainerView {
  const own = asObjects(container.ports);
  const args = [container.command, container.args].flatMap(asStrings).slice(0, maxArguments);
  return {
    image: imageOf(asString(container.image)),
    command: args.find((arg) => keys.commands.has(arg)) ?? null,
    flags: flagsOf(args, keys),
    readiness: probeOf(container, own),
    ports: own.flatMap(({ containerPort }) => (typeof containerPort === 'number' ? (portOf(containerPort) ?? []) : [])),
  };
}

/** `prometheus` from `quay.io/prometheus/prometheus:v3@sha256:…`. */
function imageOf(image: string): string {
  // A substring of a longer name would keep all of it in memory.
  if (image.length > maxImage) return '';
  return wordOf(image.split('@')[0]?.split('/').at(-1)?.split(':')[0]) ?? '';
}

/** `--flag=value`, `-flag=value`, or `--flag value`; a flag without a value is `true`. */
function flagsOf(args: readonly string[], { flags }: PodKeys): Readonly<Record<string, string>> {
  const found = new Map<string, string>();
  for (const [index, arg] of args.entries()) {
    const [, name = '', , value] = /^--?([A-Za-z0-9][\w.-]*)(=([^]*))?$/.exec(arg.slice(0, 4096)) ?? [];
    const type = flags.get(name);
    if (type === undefined) continue;
    const next = args[index + 1];
    const text = unquoted(value ?? (next?.startsWith('-') === false ? next : 'true'));
    const kept = type === 'switch' ? String(isPresent(text) && text !== 'false') : scalarOf(text, type);
    // A list may be spread over several flags.
    const all = type === 'words' ? wordsIn([found.get(name) ?? '', text].join(',')) : kept;
    if (typeof all === 'string') found.set(name, all);
  }
  return Object.fromEntries(found);
}

function unquoted(value: string): string {
  return /^"(.*)"$|^'(.*)'$/.exec(value)?.slice(1).join('') ?? value;
}

/** The readiness probe; where that sends no HTTP request, the liveness or startup probe, which asks the same server. */
function probeOf(container: Json, ports: readonly Json[]): ContainerView['readiness'] {
  const probes = [container.readinessProbe, container.livenessProbe, container.startupProbe];
  return (
    probes
      .values()
      .map((probe) => requestOf(asObject(asObject(probe).httpGet), ports))
      .find((request) => request !== null) ?? null
  );
}

function requestOf(httpGet: Json, ports: readonly Json[]): ContainerView['readiness'] {
  const path = pathOf(httpGet.path);
  if (path === undefined) return null;
  const named = ports.find(({ name }) => name === httpGet.port)?.containerPort;
  const port = typeof httpGet.port === 'number' ? httpGet.port : named;
  const scheme = asString(httpGet.scheme).toUpperCase() === 'HTTPS' ? 'https' : 'http';
  return { scheme, port: typeof port === 'number' ? (portOf(port) ?? null) : null, path };
}

/** What a snapshot records of a Pod: the reduced fields, at their usual places. */
export function podObjectOf(view: PodView): Json {
  return {
    containers: view.map(({ image, command, flags, readiness, ports }, index) => ({
      name: `container-${String(index)}`,
      image,
      args: [
        ...(command === null ? [] : [command]),
        ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
      ],
      ...(readiness === null
        ? {}
        : {
            readinessProbe: {
              httpGet: { scheme: readiness.scheme.toUpperCase(), port: readiness.port, path: readiness.path || '/' },
            },
          }),
      ports: ports.map((containerPort) => ({ containerPort })),
    })),
  };
}
