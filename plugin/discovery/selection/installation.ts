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

/** Whether two Services of one product and namespace belong to one installation or to two, or whether that is open. */
export type Installations = 'one' | 'two' | 'unknown';

/**
 * The release or operator's resource that made the Services decides, where both have one. Otherwise they are two
 * installations if different tools or releases deployed them. A Service without a maker does not belong to another
 * one's installation, unless it is named after it or its Pods have the same name; if both lack one, their Pods' names
 * are compared. Contradicting signs give `unknown`, as do node groups of one name in releases of their own.
 */
export function installationsOf(a: Candidate, b: Candidate): Installations {
  const [one, other] = [signsOf(a), signsOf(b)];
  const shareDeployer = areBothKnown(one.deployers, other.deployers) ? overlap(one.deployers, other.deployers) : null;
  const haveTerm = overlap(one.terms, other.terms);
  if (areBothKnown(one.makers, other.makers)) {
    if (haveCommonMaker(one, other)) return shareDeployer === false ? 'unknown' : 'one';
    return haveTerm || areGroupsOfOneCluster(a, b) ? 'unknown' : 'two';
  }
  if (haveTerm) return 'unknown';
  if (shareDeployer !== null) return shareDeployer ? 'unknown' : 'two';
  const mayBelongTogether =
    one.makers.size === 0 && other.makers.size === 0
      ? sharePodName(one, other)
      : isNamedAfter(a, other) || isNamedAfter(b, one) || overlap(one.productTerms, other.productTerms);
  return mayBelongTogether ? 'unknown' : 'two';
}

/** Roles in charts' names for groups of nodes: each group is a release of its own in one cluster. */
export const nodeRoles = 'master|manager|data|client|coordinating|ingest|ml|hot|warm|cold|frozen';
const nodeGroup = new RegExp(`^(?<cluster>.+)-(?:${nodeRoles})s?$`);

/** The cluster in the name of a group of nodes; `null` for any other name. */
export function clusterOfGroup(name = ''): string | null {
  return nodeGroup.exec(name)?.groups?.cluster ?? null;
}

/** Elastic's chart names the group in the label `app`, which says less than a component label: people use it freely. */
function areGroupsOfOneCluster({ service: one }: Candidate, { service: other }: Candidate): boolean {
  const cluster = clusterOfGroup(one.labels.app);
  return cluster !== null && cluster === clusterOfGroup(other.labels.app);
}

/** Signs of the installation that a Service belongs to. Words for a component are removed from names. */
interface Signs {
  /** Helm releases, or what operators call so. The Pods' labels win: the Service's may come from a deployment tool. */
  readonly releases: ReadonlySet<string>;
  /** Names of operators' resources. */
  readonly resources: ReadonlySet<string>;
  /** Releases and resources: `thanos` for `thanos-query-frontend`. */
  readonly makers: ReadonlySet<string>;
  /** Releases and Applications of the tools that deployed it. */
  readonly deployers: ReadonlySet<string>;
  /** Terms of the pod selector with a vendor's key and a value other than the product. */
  readonly terms: ReadonlySet<string>;
  /** Terms of the pod selector that name the product. */
  readonly productTerms: ReadonlySet<string>;
  /** Names of its Pods, else of the Service. */
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
    terms: termsOf(selector, (key, value) => isVendorKey(key) && !detector.words.includes(value)),
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

/** In Argo CD's tracking id, a colon and the object follow the Application. */
function applicationOf(value: string): string {
  return value.replace(/:.*/s, '');
}

function resourceKeysOf(labels: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(labels).filter((key) => isResourceLabel(key) || databaseLabels.includes(key));
}

function areBothKnown(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size > 0 && other.size > 0;
}

/** Whether the makers match; a resource may be named after the release whose chart brings it, or the reverse. */
function haveCommonMaker(one: Signs, other: Signs): boolean {
  return overlap(one.makers, other.makers) || isPartlyNamed(one, other) || isPartlyNamed(other, one);
}

function overlap(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.values().some((name) => other.has(name));
}

function isPartlyNamed({ releases }: Signs, { resources }: Signs): boolean {
  return releases
    .values()
    .some((release) =>
      resources.values().some((resource) => beginsWith(resource, release) || beginsWith(release, resource)),
    );
}

function isVendorKey(key: string): boolean {
  return key.includes('/') && !/^(?:app\.kubernetes\.io|helm\.sh)\//.test(key);
}

/**
 * Whether the Service is named after a maker. The product's own name does not count: hand-written Services use it too.
 */
function isNamedAfter({ service: { name }, detector: { words } }: Candidate, { makers }: Signs): boolean {
  return makers.values().some((maker) => !words.includes(maker) && `-${name}-`.includes(`-${maker}-`));
}

/** Whether the Pods' names match, or there are none. */
function sharePodName({ podNames: one }: Signs, { podNames: other }: Signs): boolean {
  if (one.length === 0 || other.length === 0) return true;
  return one.some((name) => other.some((its) => beginsWith(name, its) || beginsWith(its, name)));
}

/** Compares whole words; every text starts with the empty one. */
function beginsWith(text: string, begin: string): boolean {
  if (begin === '') return true;
  return text.startsWith(begin) && (text.length === begin.length || text[begin.length] === '-');
}

/** The known components, each between dashes, longest first. */
const partsOf = memoize(({ entryPoints, words }: Detector): readonly string[] =>
  entryPoints
    .flatMap(({ part }) => part ?? [])
    .filter((part) => part !== '' && !part.includes('*') && !words.includes(part))
    .toSorted((a, b) => b.length - a.length)
    .map((part) => `-${part}-`),
);

/** Removes the component. Operators append the resource's name to it; charts put the release in front. */
function withoutPart(name: string, detector: Detector): string {
  const text = `-${name}-`;
  const part = partsOf(detector).find((one) => text.includes(one));
  return part === undefined ? name : text.replace(part, '-').slice(1, -1);
}
