import { detectors } from '../../detectors/index.ts';
import {
  chartLabels,
  componentLabels,
  databaseLabels,
  houseLabels,
  instanceLabels,
  productLabels,
} from '../../detectors/label-keys.ts';
import type { Detector, ServiceView } from '../../detectors/types.ts';
import { serviceView } from '../../plugin/cluster/projections.ts';
import type { Candidate } from '../../plugin/discovery/decision.ts';
import { keptKeys, namedKeys } from '../../plugin/discovery/kept-keys.ts';
import { filtersOf } from '../../plugin/discovery/scope-and-filters.ts';
import type { Redundancy } from '../../plugin/discovery/selection/deduplicate.ts';
import { deduplicate } from '../../plugin/discovery/selection/deduplicate.ts';
import { neutralEvaluator } from '../../plugin/discovery/survey/evaluate-service.ts';
import type { Entry } from './corpus.ts';
import { stacks } from './corpus.ts';
import { everyDetector } from './judge.ts';

/** What one namespace of a stack has, as it stands by itself. */
interface Installation {
  readonly stack: string;
  readonly services: readonly ServiceView[];
  /** What only one of two in a namespace can be called: Services, releases, operators' resources. */
  readonly names: ReadonlySet<string>;
  readonly candidates: readonly Candidate[];
  /** Those that are taken. */
  readonly backends: readonly Candidate[];
  /** The products of which an endpoint is taken. */
  readonly products: readonly Detector[];
}

/** Two installations of one product in one namespace: those of two stacks, or one stack twice. */
export interface Pair {
  readonly product: Detector;
  readonly stacks: readonly [string, string];
  /** Whether a Service of one selects pods of the other: such two cannot stand beside each other. */
  readonly isEntangled: boolean;
  /** Entry points that are taken where each stands alone, and not where they stand together. */
  readonly lost: readonly Redundancy[];
  /** Those that are taken only where they stand together. */
  readonly gained: readonly Candidate[];
}

/** What became of the pairs. */
export interface Tally {
  readonly pairs: number;
  /** Each has all entry points that its two have alone. */
  readonly whole: number;
  /** One has lost an entry point, and its message says what brings it back. */
  readonly told: number;
  /** The same, and it does not. */
  readonly silent: number;
  /** One has an entry point that neither has alone. */
  readonly gained: number;
}

/** Of the pairs that can stand beside each other. */
export function tally(pairs: readonly Pair[]): Tally {
  const real = pairs.filter(({ isEntangled }) => !isEntangled);
  const count = (is: (pair: Pair) => boolean): number => real.filter(is).length;
  const isTold = ({ lost }: Pair): boolean => lost.every(({ because }) => because.message.includes('/toolset-name'));
  return {
    pairs: real.length,
    whole: count(({ lost, gained }) => lost.length + gained.length === 0),
    told: count((pair) => pair.lost.length > 0 && isTold(pair)),
    silent: count((pair) => pair.lost.length > 0 && !isTold(pair)),
    gained: count(({ gained }) => gained.length > 0),
  };
}

const namespace = 'shared';
const judge = neutralEvaluator(
  everyDetector,
  detectors,
  filtersOf(everyDetector, [], () => true),
);
const kept = keptKeys(detectors, namedKeys([everyDetector]));

/** Every pair of installations for each product that both have. The second one is renamed where it would be the first. */
export function sideBySide(corpus: readonly Entry[]): readonly Pair[] {
  const all = [...stacks(corpus)].flatMap(([stack, entries]) => installationsOf(stack, entries));
  const renamed = all.map((one) => installation(one.stack, renameAll(one.services)));
  return all.flatMap((first, index) =>
    all.slice(index).flatMap((second, more) => {
      const other = haveOneName(first, second) ? renamed[index + more]! : second;
      return pairsOf(first, other);
    }),
  );
}

function installationsOf(stack: string, entries: readonly Entry[]): Installation[] {
  const byNamespace = Map.groupBy(entries, ({ service }) => service.metadata.namespace ?? 'default');
  return [...byNamespace.values()].map((some) =>
    installation(
      stack,
      some.flatMap(({ service }) => {
        const view = serviceView(service, kept);
        return view ? [{ ...view, namespace }] : [];
      }),
    ),
  );
}

function installation(stack: string, services: readonly ServiceView[]): Installation {
  const candidates = services.flatMap((service) => judge(service).candidate ?? []);
  const { backends } = deduplicate(candidates);
  const products = new Set(backends.map(({ detector }) => detector));
  const names = new Set(services.flatMap(namesOf));
  return { stack, services, names, candidates, backends, products: [...products] };
}

function pairsOf(first: Installation, second: Installation): Pair[] {
  const products = first.products.filter((product) => second.products.includes(product));
  if (products.length === 0) return [];
  const alone = new Set([...first.backends, ...second.backends]);
  const { backends, redundant } = deduplicate([...first.candidates, ...second.candidates]);
  return products.map((product) => {
    const isOf = ({ detector }: Candidate): boolean => detector === product;
    const [one, other] = [first, second].map(({ candidates }) => candidates.filter(isOf));
    return {
      product,
      stacks: [first.stack, second.stack],
      isEntangled: areEntangled(one!, other!),
      lost: redundant.filter(({ candidate }) => isOf(candidate) && alone.has(candidate)),
      gained: backends.filter((candidate) => isOf(candidate) && !alone.has(candidate)),
    };
  });
}

/** Whether one selector has all terms of another: it selects the other's pods too. */
function areEntangled(first: readonly Candidate[], second: readonly Candidate[]): boolean {
  return first.some((a) => second.some((b) => selectSamePods(a.service, b.service)));
}

function selectSamePods({ selector: one }: ServiceView, { selector: other }: ServiceView): boolean {
  if (one === null || other === null) return false;
  const isPart = (part: typeof one, whole: typeof one): boolean =>
    Object.entries(part).every(([key, value]) => whole[key] === value);
  return isPart(one, other) || isPart(other, one);
}

function haveOneName(first: Installation, second: Installation): boolean {
  return [...second.names].some((name) => first.names.has(name));
}

function namesOf({ name, labels, owners }: ServiceView): readonly string[] {
  const releases = instanceLabels.flatMap((key) => (labels[key] === undefined ? [] : `release ${labels[key]}`));
  return [`Service ${name}`, ...releases, ...owners.map((owner) => `${owner.kind} ${owner.name}`)];
}

/** What says which product, part or chart it is, whatever the release is called. */
const meanings: ReadonlySet<string> = new Set([
  ...[productLabels, houseLabels, componentLabels, chartLabels].flat(),
  'app.kubernetes.io/part-of',
  'app.kubernetes.io/managed-by',
  'app.kubernetes.io/version',
  'heritage',
]);

/** As another release of the same chart, or another resource of the same operator, would call its Services. */
function renameAll(services: readonly ServiceView[]): readonly ServiceView[] {
  const given = services.flatMap(({ labels, owners }) => [
    ...[...instanceLabels, ...databaseLabels].flatMap((key) => labels[key] ?? []),
    ...owners.map(({ name }) => name),
  ]);
  const releases = [...new Set(given)].toSorted((a, b) => b.length - a.length);
  return services.map((service) => {
    const { name, labels, owners, selector, externalName } = service;
    const renamed = rename(name, releases);
    return {
      ...service,
      name: renamed === name ? `${name}-second` : renamed,
      labels: renameLabels(labels, releases),
      owners: owners.map((owner) => ({ ...owner, name: rename(owner.name, releases) })),
      selector: selector && renameLabels(selector, releases),
      // Another installation elsewhere has a host of its own.
      externalName: externalName === '' ? '' : `second-${externalName}`,
    };
  });
}

function renameLabels(labels: Readonly<Record<string, string>>, releases: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).map(([key, value]) => [key, meanings.has(key) ? value : rename(value, releases)]),
  );
}

/** `loki-gateway` of the release `loki` as `second-loki-gateway`, `prometheus-k8s` of the resource `k8s` as `prometheus-second-k8s`. */
function rename(text: string, releases: readonly string[]): string {
  const release = releases.find((one) => `-${text}-`.includes(`-${one}-`));
  return release === undefined ? text : `-${text}-`.replace(`-${release}-`, `-second-${release}-`).slice(1, -1);
}
