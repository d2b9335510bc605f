import { readFileSync } from 'node:fs';

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

const folder = new URL('../corpus/', import.meta.url);

/** Every entry of all files: the first sample, what was looked up beside it, stacks that the rules had not seen, and what users reported. */
export function readCorpus(): readonly Entry[] {
  return ['services.json', 'more-services.json', 'services-2.json', 'reported.json'].flatMap(
    (file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Entry[],
  );
}

/** The Services of one stack live together in a cluster of their own. */
export function stacks(entries: readonly Entry[]): ReadonlyMap<string, readonly Entry[]> {
  return Map.groupBy(entries, ({ stack }) => stack);
}

/** How people name an entry: `stack service`. */
export function titleOf({ stack, service }: Entry): string {
  return `${stack} ${service.metadata.name}`;
}
