import type { Detector, EntryPoint, Evidence } from '../../../detectors/types.ts';
import { otherParts, nonServerEnds, wholeWords } from '../../../detectors/excluded-names.ts';
import type { Reason } from '../reasons.ts';
import { because } from '../reasons.ts';
import { matchesPattern } from './glob.ts';
import { isConfirmed, isDistinctivePort } from './own-port.ts';
import type { ServiceFacts } from './service-facts.ts';
import { matchesCondition, ownersInName } from './service-facts.ts';
import { withoutTrailing } from '../../lib/trailing.ts';

/** The product's entry point that a Service belongs to, or the reason why there is none. */
export type EntryPointMatch = { readonly entryPoint: EntryPoint; readonly rank: number } | Reason;

/** The evidence for the product. */
type MatchedEvidence = Pick<Evidence, 'tier' | 'when'>;

/** One or more words that may name a component of the product. */
interface NamePart {
  /** Source of the words, for messages: `component`, `name`. */
  readonly where: string;
  readonly part: string;
}

/** What a Service says about its component, by source. */
interface Parts {
  readonly components: readonly NamePart[];
  readonly productLabels: readonly NamePart[];
  readonly name: readonly NamePart[];
  /** The last word of the name, where that word never names a server. */
  readonly end: readonly NamePart[];
}

/**
 * The component of the product that the Service belongs to. A component label counts before the product
 * label, and that before the Service's name. A word for another component in any of them excludes it,
 * unless an entry point has exactly that part.
 */
export function entryPointOf(facts: ServiceFacts, detector: Detector, evidence: MatchedEvidence): EntryPointMatch {
  // A user's own detector defines its own exclusions.
  if (detector.words.length === 0) return { entryPoint: detector.entryPoints[0], rank: 0 };
  const parts = partsOf(facts, detector, evidence);
  const other = otherPartOf(parts, detector, facts, evidence);
  if (other) return because('OtherPart', { part: shown(other), product: detector.title });
  const rank = guessesOf(parts, detector, facts, evidence)
    .map((part) => entryPointIndex(part, detector, facts))
    .find((index) => index !== -1);
  const index = rank ?? detector.entryPoints.findIndex(({ part }) => part === undefined);
  const entryPoint = detector.entryPoints[index];
  if (entryPoint) return { entryPoint, rank: index };
  const part = parts.components.map(shown).join(', ');
  return because('UnknownPart', { part: part === '' ? 'this Service' : part, product: detector.title });
}

/**
 * The words of the Service by source. In a name without the product, words are chosen freely: they do not
 * outweigh a label confirmed by the product's own port, or a port named for the product. What an operator
 * appends to the name of its resource does count.
 */
function partsOf(facts: ServiceFacts, detector: Detector, { tier, when }: MatchedEvidence): Parts {
  const { words } = detector;
  const behindProduct = tail(facts.ownName, words);
  const behind = behindProduct === undefined ? undefined : withoutResource(behindProduct, facts.resources);
  const free = behindProduct === undefined ? restOfRelease(facts) : '';
  const lastWord = facts.ownName.split('-').at(-1) ?? '';
  const end = nonServerEnds.has(lastWord) ? [lastWord] : [];
  const isFree = (free !== '' || end.length > 0) && ownersInName(facts.service).length === 0;
  const isLabel = tier <= 3 || when.component !== undefined;
  const isIgnored = isFree && (when.namedPort !== undefined || (isLabel && isConfirmed(facts.service, detector)));
  const isVetoed = isIgnored && entryPointIndex(free, detector, facts) === -1;
  return {
    components: named('component', facts.components),
    productLabels: named(
      'product label',
      facts.products.flatMap((value) => tail(value, words) ?? []),
    ),
    name: named('name', behind ?? [isVetoed ? '' : free]),
    end: named('name', isIgnored ? [] : end),
  };
}

/** The first word for a component that is not an entry point. */
function otherPartOf(
  { components, productLabels, name, end }: Parts,
  detector: Detector,
  facts: ServiceFacts,
  { tier }: MatchedEvidence,
): NamePart | undefined {
  const indexOf = (part: string): number => entryPointIndex(part, detector, facts);
  const rest = detector.entryPoints.find(({ part }) => part === undefined);
  const known = components.flatMap(({ part }) => detector.entryPoints[componentIndex(part, detector, facts)] ?? []);
  const allowed = [
    ...[...known, rest].flatMap((one) => one?.allows ?? []),
    ...(tier <= 3 && servesOwnMetrics(facts, detector) ? ['metrics'] : []),
  ];
  return [...components, ...productLabels, ...name, ...end].find(
    ({ part }) => indexOf(part) === -1 && hasOtherPart(part, detector, (word) => allowed.includes(word)),
  );
}

/** Whether an HTTP product has its query port here, where it serves its own metrics as well. */
function servesOwnMetrics({ service }: ServiceFacts, detector: Detector): boolean {
  return (
    detector.scheme.startsWith('http') &&
    service.ports.some((port) => port.protocol === 'TCP' && isDistinctivePort(port, detector))
  );
}

/** Possible names of the component, most credible first. */
function guessesOf(
  { components, productLabels, name }: Parts,
  detector: Detector,
  facts: ServiceFacts,
  { tier }: MatchedEvidence,
): readonly string[] {
  const { words } = detector;
  const indexOf = (part: string): number => entryPointIndex(part, detector, facts);
  // The product's own name as component, such as an application's `redis`, does not tell which part it is.
  const known = textsOf(components).filter((part) => !words.includes(part) || indexOf(part) !== -1);
  if (known.length > 0) return known.flatMap((part) => [part, ...endsOf(part, detector)]);
  const guesses = [...facts.roles, ...facts.products, ...textsOf(productLabels), ...textsOf(name)];
  // On weak evidence, the word after the product has to be known: "tempo-booking" is not Tempo.
  return tier >= 4 && productLabels.length > 0 ? guesses : [...guesses, ''];
}

function shown({ where, part }: NamePart): string {
  return `${where} ${JSON.stringify(part)}`;
}

function named(where: string, parts: readonly string[]): NamePart[] {
  return parts.map((part) => ({ where, part }));
}

function textsOf(named: readonly NamePart[]): readonly string[] {
  return named.map(({ part }) => part);
}

/** Index of the entry point for a component label, or -1. */
function componentIndex(part: string, detector: Detector, facts: ServiceFacts): number {
  const found = [part, ...endsOf(part, detector)].map((one) => entryPointIndex(one, detector, facts));
  return found.find((index) => index !== -1) ?? -1;
}

/** Possible parts in a component label that contains the product too: `prod-tempo-distributed-query-frontend`. */
function endsOf(part: string, { words }: Detector): readonly string[] {
  const parts = tail(part, words)?.split('-') ?? [];
  return parts.map((_, index) => parts.slice(index).join('-')).filter((end) => end !== '');
}

/** Index of the entry point that has this part and whose condition the Service meets, or -1. */
function entryPointIndex(part: string, { entryPoints }: Detector, facts: ServiceFacts): number {
  return entryPoints.findIndex(
    (entryPoint) =>
      entryPoint.part !== undefined &&
      matchesPattern(entryPoint.part, part) &&
      (entryPoint.when === undefined || matchesCondition(entryPoint.when, facts)),
  );
}

/** Whether an entry point of the product has this part, regardless of its other conditions. */
export function isEntryPoint(part: string, { entryPoints }: Detector): boolean {
  return entryPoints.some((one) => one.part !== undefined && matchesPattern(one.part, part));
}

/**
 * Whether a text contains a word for a component that answers no queries: a whole word, with or without a trailing
 * number, and never the product's own.
 */
export function hasOtherPart(
  text: string,
  { words, otherParts: own = [] }: Detector,
  isAllowed: (word: string) => boolean,
): boolean {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => !words.some((its) => word.startsWith(its)) && !isAllowed(word))
    .map((word) => withoutTrailing(word, '0123456789'))
    .some((word) => otherParts.has(word) || own.includes(word));
}

/** The text after the last of the product's words; `undefined` where it contains none. */
function tail(text: string, words: readonly string[]): string | undefined {
  const end = Math.max(...words.map((word) => (text.includes(word) ? text.lastIndexOf(word) + word.length : -1)));
  return end === -1 ? undefined : withoutEnd(text.slice(end)).replace(/^[-_.]+/, '');
}

/** The text before and after a custom resource's name, which operators append to the component: `querier-eu`. */
function withoutResource(part: string, resources: readonly string[]): readonly string[] {
  const found = resources.find((one) => `-${part}-`.includes(`-${one}-`));
  if (found === undefined) return [part];
  const [before = '', after = ''] = `-${part}-`.split(`-${found}-`);
  const rest = [before.replace(/^-/, ''), after.replace(/-$/, '')].filter((text) => text !== '');
  return rest.length > 0 ? rest : [''];
}

/** In a name without the product, only the text that a chart appends to its release names a component. */
function restOfRelease({ service, ownName }: ServiceFacts): string {
  return ownName === service.name ? '' : withoutNumber(ownName);
}

/** Last words that only say that it is a Service, or how the product is deployed. */
const deploymentEnds = new RegExp(`(?:-(?:${['svc', 'service', 'srv', 'lb', ...wholeWords].join('|')}))+$`);

/** Removes a trailing number and words for a Service or the kind of deployment. */
function withoutEnd(text: string): string {
  return withoutNumber(text).replace(deploymentEnds, '');
}

/** Removes a trailing number, as in the second of two: also where nothing else is left, as behind the product in `kafka1`. */
function withoutNumber(text: string): string {
  return text.replace(/(?:^|-)\d+$/, '');
}
