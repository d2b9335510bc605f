import type { CorpusService } from '../accuracy/corpus.ts';

/** Changes the Services of one stack, together and in their order, as people change them without changing what they are. */
export type Transformation = (services: readonly CorpusService[]) => readonly CorpusService[];

const releaseKeys = ['app.kubernetes.io/instance', 'release'];

/**
 * Helm's rule for a release's full name: the chart's name follows unless it stands in the release's already. Each release
 * of a stack gets a name of its own by its place; names that begin with one change without its label as well.
 */
export function renameRelease(change: (release: string, place: number) => string): Transformation {
  return (services) => {
    const releases = [...new Set(services.flatMap((service) => releaseOf(service) ?? []))];
    return services.map((service) => {
      const { name, labels = {} } = service.metadata;
      const release = releaseOf(service) ?? releases.find((one) => name.startsWith(`${one}-`));
      if (release === undefined) return service;
      const renamed = change(release, releases.indexOf(release));
      const changed = withOwner(mapLabels(service, releaseKeys, release, renamed), release, renamed);
      return withName(changed, inName(name, release, renamed, labels));
    });
  };
}

function releaseOf({ metadata: { labels = {} } }: CorpusService): string | undefined {
  return releaseKeys.flatMap((key) => labels[key] ?? [])[0];
}

/** An operator's release is its resource. */
function withOwner(service: CorpusService, release: string, renamed: string): CorpusService {
  const { ownerReferences } = service.metadata;
  if (ownerReferences === undefined) return service;
  const changed = ownerReferences.map((owner) => ({ ...owner, name: owner.name === release ? renamed : owner.name }));
  return { ...service, metadata: { ...service.metadata, ownerReferences: changed } };
}

/** Where charts put the release (in front) and operators the name of the custom resource (behind). */
function inName(name: string, release: string, renamed: string, labels: Readonly<Record<string, string>>): string {
  const product = labels['app.kubernetes.io/name'] ?? labels.app ?? '';
  if (name === release || name.startsWith(`${release}-`)) {
    const rest = name.slice(release.length);
    const lostProduct = release.includes(product) && !renamed.includes(product) && !rest.includes(product);
    return `${renamed}${lostProduct ? `-${product}` : ''}${rest}`;
  }
  return name.endsWith(`-${release}`) ? `${name.slice(0, -release.length)}${renamed}` : name;
}

/** As Kustomize's namePrefix and nameSuffix: names change, labels and selectors do not. */
export function affixNames(prefix: string, suffix: string): Transformation {
  return (services) => services.map((service) => withName(service, `${prefix}${service.metadata.name}${suffix}`));
}

/** Helm's fullnameOverride: another beginning of the names, the same labels. */
export function overrideFullName(change: (chart: string) => string): Transformation {
  return (services) =>
    services.map((service) => {
      const { name, labels = {} } = service.metadata;
      const release = labels['app.kubernetes.io/instance'];
      const product = labels['app.kubernetes.io/name'];
      if (release === undefined || product === undefined || !isOfChart(service, product)) return service;
      const usual = release.includes(product) ? release : `${release}-${product}`;
      return name === usual || name.startsWith(`${usual}-`)
        ? withName(service, `${change(product)}${name.slice(usual.length)}`)
        : service;
    });
}

/** Helm's nameOverride: another product in name, labels and selectors, the chart's label as it was. */
export function overrideName(change: (chart: string) => string): Transformation {
  return (services) =>
    services.map((service) => {
      const { name, labels = {} } = service.metadata;
      const product = labels['app.kubernetes.io/name'];
      if (product === undefined || !isOfChart(service, product)) return service;
      const renamed = mapLabels(service, ['app.kubernetes.io/name'], product, change(product));
      return withName(renamed, name.replace(product, change(product)));
    });
}

/** Each namespace becomes another one. */
export function moveNamespaces(change: (namespace: string) => string): Transformation {
  return (services) =>
    services.map((service) => {
      const namespace = change(service.metadata.namespace ?? 'default');
      return { ...service, metadata: { ...service.metadata, namespace } };
    });
}

/** What GitOps tools, meshes and people add. */
export function addLabels(labels: Readonly<Record<string, string>>, annotations: typeof labels): Transformation {
  return (services) =>
    services.map((service) => {
      const { metadata } = service;
      return {
        ...service,
        metadata: {
          ...metadata,
          labels: { ...labels, ...metadata.labels },
          annotations: { ...annotations, ...metadata.annotations },
        },
      };
    });
}

/** Another order of ports, and of the keys of labels and selectors. */
export function reorder(shuffle: <T>(items: readonly T[]) => readonly T[]): Transformation {
  const reordered = (map: Readonly<Record<string, string>> = {}): Record<string, string> =>
    Object.fromEntries(shuffle(Object.entries(map)));
  return (services) =>
    services.map((service) => {
      const { metadata, spec } = service;
      const { ports, selector } = spec;
      return {
        ...service,
        metadata: { ...metadata, labels: reordered(metadata.labels) },
        spec: {
          ...spec,
          ...(ports ? { ports: shuffle(ports) } : {}),
          ...(selector ? { selector: reordered(selector) } : {}),
        },
      };
    });
}

function isOfChart({ metadata: { labels = {} } }: CorpusService, product: string): boolean {
  return (labels['helm.sh/chart'] ?? '').replace(/-v?\d+\.\d+.*$/, '') === product;
}

function withName(service: CorpusService, name: string): CorpusService {
  return { ...service, metadata: { ...service.metadata, name } };
}

function mapLabels(service: CorpusService, keys: readonly string[], from: string, to: string): CorpusService {
  const mapped = (map: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(map).map(([key, value]) => [key, keys.includes(key) && value === from ? to : value]),
    );
  const { metadata, spec } = service;
  return {
    ...service,
    metadata: { ...metadata, labels: mapped(metadata.labels ?? {}) },
    spec: { ...spec, ...(spec.selector ? { selector: mapped(spec.selector) } : {}) },
  };
}
