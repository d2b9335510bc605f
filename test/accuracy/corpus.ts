import { readFileSync } from 'node:fs';
import { memoize } from '../../plugin/lib/memoize.ts';

/** What is right for one Service of the corpus. `type` is a detector's id; `null` is never to be taken. */
export interface Expected {
  readonly type: string | null;
  readonly port?: number;
  readonly scheme?: string;
  readonly pathPrefix?: string;
  readonly preferred?: boolean;
  readonly usableIfAlone?: { readonly type: string; readonly port: number; readonly scheme: string };
  readonly tags?: readonly string[];
  readonly note?: string;
}

/** A v1 Service as charts and operators write it. */
export interface CorpusService {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly apiVersion: string; readonly kind: string; readonly name: string }[];
  };
  readonly spec: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly ports?: readonly CorpusPort[];
    readonly selector?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export interface CorpusPort {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
  readonly targetPort?: number | string;
}

export interface Entry {
  readonly source: string;
  readonly stack: string;
  readonly service: CorpusService;
  readonly expected: Expected;
}

/** Where the corpus is; a test writes into a copy. */
export const corpusFolder = new URL('../corpus/', import.meta.url);

/** The sets, in the order in which they were gathered: the rules were written with the first two at hand. */
export const sets = [
  { title: 'first sample', file: 'services.json' },
  { title: 'second sample', file: 'more-services.json' },
  { title: 'first held-out sample', file: 'services-2.json' },
  { title: 'second held-out sample', file: 'services-3.json' },
  { title: 'operators', file: 'services-4.json' },
  { title: 'applications, hand-written manifests', file: 'services-5.json' },
  { title: 'platforms, marketplaces', file: 'services-6.json' },
  { title: 'hand-written manifests', file: 'services-7.json' },
  { title: 'many authors', file: 'services-8.json' },
  { title: 'hand-written manifests, tools, operators', file: 'services-9.json' },
  { title: 'courses, pairs of installations, look-alikes', file: 'services-10.json' },
  { title: 'repositories of teams and homes', file: 'services-11.json' },
  { title: 'charts with published values', file: 'services-12.json' },
  { title: 'whole clusters, generated manifests', file: 'services-13.json' },
  { title: 'traps, bare Services', file: 'services-14.json' },
  { title: 'reported by users', file: 'reported.json' },
] as const;

export type CorpusSet = (typeof sets)[number];

/** The entries of one set. */
export function readSet({ file }: CorpusSet, folder = corpusFolder): readonly Entry[] {
  return readJson(file, folder) as readonly Entry[];
}

/** Every entry of all sets. */
export function readCorpus(folder = corpusFolder): readonly Entry[] {
  return sets.flatMap((set) => readSet(set, folder));
}

/** What was recorded of a stack beside its Services, by the stack's name: custom resources, Pods, EndpointSlices. */
export type Recorded = Readonly<Record<string, readonly { readonly kind: string }[]>>;

export function readRecorded(folder = corpusFolder): Recorded {
  return readJson('recorded.json', folder) as Recorded;
}

function readJson(file: string, folder: URL): unknown {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
}

/** The Services of one stack live together in a cluster of their own. */
export const stacks: (entries: readonly Entry[]) => ReadonlyMap<string, readonly Entry[]> = memoize((entries) =>
  Map.groupBy(entries, ({ stack }) => stack),
);

/** The Services of all entries as of one cluster: each stack has namespaces of its own. */
export function asOneCluster(entries: readonly Entry[]): readonly CorpusService[] {
  return [...stacks(entries).values()].flatMap((stack, index) =>
    stack.map(({ service }) => {
      const namespace = `${service.metadata.namespace ?? 'default'}-${String(index)}`;
      return { ...service, metadata: { ...service.metadata, namespace } };
    }),
  );
}

/** How people name an entry: `stack service`. */
export function titleOf({ stack, service }: Entry): string {
  return `${stack} ${service.metadata.name}`;
}
