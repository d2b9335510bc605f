import {
  databaseLabels,
  deployerAnnotations,
  instanceLabels,
  isResourceLabel,
  productLabels,
} from '../../../detectors/label-keys.ts';
import type { Detector } from '../../../detectors/types.ts';
import { memoize } from '../../lib/memoize.ts';
import type { Candidate } from '../decision.ts';
import { valuesOf } from '../match/service-facts.ts';

/** Whether two Services of one product and namespace belong to one installation of it, to two, or whether nothing tells. */
export type Installations = 'one' | 'two' | 'untold';

/**
 * What made them tells it where both say that: a release, an operator's resource. Else what deployed them, where that differs.
 * What is made by nothing that says so belongs to no installation that is, unless it is called after it or names its
 * pods alike; and of two such Services the names of their pods tell. Where one of these speaks against the others, nothing tells.
 */
export function installationsOf(a: Candidate, b: Candidate): Installations {
  const [one, other] = [signsOf(a), signsOf(b)];
  const areDeployedByOne = areBothTold(one.deployers, other.deployers) ? share(one.deployers, other.deployers) : null;
  const haveTerm = share(one.terms, other.terms);
  if (areBothTold(one.makers, other.makers)) {
    if (areTied(one, other)) return areDeployedByOne === false ? 'untold' : 'one';
    return haveTerm ? 'untold' : 'two';
  }
  if (haveTerm) return 'untold';
  if (areDeployedByOne !== null) return areDeployedByOne ? 'untold' : 'two';
  const isAlike =
    one.makers.size === 0 && other.makers.size === 0
      ? havePodsOfOneName(one, other)
      : isCalledAfter(a, other) || isCalledAfter(b, one) || share(one.productTerms, other.productTerms);
  return isAlike ? 'untold' : 'two';
}

/** What a Service says about the installation that it is of. Names are without words for a part of the product. */
interface Signs {
  /** Of Helm, or what an operator calls so. Where the pods have one, that of the Service may be a deployer's mark. */
  readonly releases: ReadonlySet<string>;
  /** Of operators. */
  readonly resources: ReadonlySet<string>;
  /** Releases and resources: `thanos` for `thanos-query-frontend`. */
  readonly makers: ReadonlySet<string>;
  /** Releases and applications of the tools that deployed it. */
  readonly deployers: ReadonlySet<string>;
  /** By which it selects pods, in a vendor's own words and other than the product. */
  readonly terms: ReadonlySet<string>;
  /** By which it selects pods of the product. */
  readonly productTerms: ReadonlySet<string>;
  /** What its pods are called, else itself. */
  readonly podNames: readonly string[];
}

const signsOf = memoize(({ service, detector }: Candidate): Signs => {
  const { labels, annotations, owners } = service;
  const selector = service.selector ?? {};
  const short = (name: string): string => withoutPart(name, detector);
  const ofPods = valuesOf(selector, instanceLabels);
  const releases = (ofPods.length > 0 ? ofPods : valuesOf(labels, instanceLabels)).map((name) => short(name) || name);
  const resources = [
    ...owners.map(({ name }) => name),
    ...[labels, selector].flatMap((map) => valuesOf(map, resourceKeysOf(map))),
  ].map((name) => short(name) || name);
  const podNames = valuesOf(selector, productLabels);
  return {
    releases: new Set(releases),
    resources: new Set(resources),
    makers: new Set([...releases, ...resources]),
    deployers: termsOf(annotations, (key) => deployerAnnotations.includes(key), applicationOf),
    terms: termsOf(selector, (key, value) => isVendors(key) && !detector.words.includes(value)),
    productTerms: termsOf(selector, (key) => productLabels.includes(key)),
    podNames: (podNames.length > 0 ? podNames : valuesOf(labels, productLabels)).map(short),
  };
});

function termsOf(
  map: Readonly<Record<string, string>>,
  isOne: (key: string, value: string) => boolean,
  read: (value: string) => string = (value) => value,
): ReadonlySet<string> {
  const terms = Object.entries(map).filter(([key, value]) => value !== '' && isOne(key, value));
  return new Set(terms.map(([key, value]) => `${key}=${read(value)}`));
}

/** Argo CD's mark goes on with the object, behind a colon. */
function applicationOf(value: string): string {
  return value.replace(/:.*/s, '');
}

function resourceKeysOf(labels: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(labels).filter((key) => isResourceLabel(key) || databaseLabels.includes(key));
}

function areBothTold(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size > 0 && other.size > 0;
}

/** A resource may be called after the release whose chart brings it, and the other way round. */
function areTied(one: Signs, other: Signs): boolean {
  return share(one.makers, other.makers) || isPartlyNamed(one, other) || isPartlyNamed(other, one);
}

function share(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.values().some((name) => other.has(name));
}

function isPartlyNamed({ releases }: Signs, { resources }: Signs): boolean {
  return releases
    .values()
    .some((release) =>
      resources.values().some((resource) => beginsWith(resource, release) || beginsWith(release, resource)),
    );
}

function isVendors(key: string): boolean {
  return key.includes('/') && !/^(?:app\.kubernetes\.io|helm\.sh)\//.test(key);
}

/** The product's own name says nothing: whatever people write for themselves has it too. */
function isCalledAfter({ service: { name }, detector: { words } }: Candidate, { makers }: Signs): boolean {
  return makers.values().some((maker) => !words.includes(maker) && `-${name}-`.includes(`-${maker}-`));
}

/** Whether what the pods are called is alike, or says nothing. */
function havePodsOfOneName({ podNames: one }: Signs, { podNames: other }: Signs): boolean {
  if (one.length === 0 || other.length === 0) return true;
  return one.some((name) => other.some((its) => beginsWith(name, its) || beginsWith(its, name)));
}

/** Whole words; the empty text begins everything. */
function beginsWith(text: string, begin: string): boolean {
  if (begin === '') return true;
  return text.startsWith(begin) && (text.length === begin.length || text[begin.length] === '-');
}

/** Between dashes, the longest first. */
const partsOf = memoize(({ entryPoints, words }: Detector): readonly string[] =>
  entryPoints
    .flatMap(({ part }) => part ?? [])
    .filter((part) => part !== '' && !part.includes('*') && !words.includes(part))
    .toSorted((a, b) => b.length - a.length)
    .map((part) => `-${part}-`),
);

/** Operators put their resource's name behind the part, charts put the release in front. */
function withoutPart(name: string, detector: Detector): string {
  const text = `-${name}-`;
  const part = partsOf(detector).find((one) => text.includes(one));
  return part === undefined ? name : text.replace(part, '-').slice(1, -1);
}
