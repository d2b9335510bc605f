import type { Detector, EntryPoint, Tier } from '../../../detectors/types.ts';
import { otherParts, tellingEnds } from '../../../detectors/excluded-names.ts';
import type { ServiceFacts } from './service-facts.ts';
import { matchesPattern } from './glob.ts';

/** The entry point of the product that a Service is, or why it is none. */
export type EntryPointMatch = { readonly entryPoint: EntryPoint; readonly rank: number } | { readonly reason: string };

interface Named {
  /** For people: `component "write"`. */
  readonly where: string;
  readonly part: string;
}

/**
 * Which part of the product the Service is. A component label is believed before the product label, and that
 * before the Service's name; a word for another part in any of them is a veto, unless an entry point has exactly that part.
 */
export function entryPointOf(facts: ServiceFacts, detector: Detector, tier: Tier): EntryPointMatch {
  const [sole] = detector.entryPoints;
  // A user's own detector says by itself what it excludes.
  if (detector.words.length === 0) return { entryPoint: sole, rank: 0 };
  const told = named('component', facts.components);
  const labelled = named(
    'product label',
    facts.products.flatMap((value) => tail(value, detector.words) ?? []),
  );
  const byName = named('name', [tail(facts.ownName, detector.words) ?? restOfRelease(facts)]);
  const end = named(
    'name',
    facts.ownName.split('-').filter((word, index, all) => index === all.length - 1 && tellingEnds.has(word)),
  );
  const allowed = told.flatMap(({ part }) => detector.entryPoints[entryPointIndex(part, detector)]?.allows ?? []);

  const veto = [...told, ...labelled, ...byName, ...end].find(
    ({ part }) => entryPointIndex(part, detector) === -1 && hasOtherPart(part, detector, allowed),
  );
  if (veto) {
    return {
      reason: `${veto.where} ${JSON.stringify(veto.part)} is another part of ${detector.title}, not one that answers queries`,
    };
  }
  const guesses =
    told.length > 0
      ? told
      : [
          ...named('role', facts.roles),
          ...named('product', facts.products),
          ...labelled,
          ...byName,
          // On weak evidence, what follows the product has to be known: "tempo-booking" is none of Tempo.
          ...named('', tier >= 4 && labelled.some(({ part }) => part !== '') ? [] : ['']),
        ];
  const ranks = guesses.map(({ part }) => entryPointIndex(part, detector)).filter((rank) => rank !== -1);
  const rank = ranks[0] ?? detector.entryPoints.findIndex((entryPoint) => entryPoint.part === undefined);
  const entryPoint = detector.entryPoints[rank];
  if (entryPoint) return { entryPoint, rank };
  const parts = told.map(({ part }) => `component ${JSON.stringify(part)}`).join(', ');
  return { reason: `${parts === '' ? 'this part' : parts} of ${detector.title} does not answer queries` };
}

function named(where: string, parts: readonly string[]): Named[] {
  return parts.map((part) => ({ where, part }));
}

/** Index of the entry point that names this part, or -1. */
function entryPointIndex(part: string, detector: Detector): number {
  return detector.entryPoints.findIndex(
    (entryPoint) => entryPoint.part !== undefined && matchesPattern(entryPoint.part, part),
  );
}

/** Whole words only, and never the product's own. */
function hasOtherPart(part: string, { words, otherParts: own = [] }: Detector, allowed: readonly string[]): boolean {
  return part
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .some((word) => !words.includes(word) && !allowed.includes(word) && (otherParts.has(word) || own.includes(word)));
}

/** What follows the last of the product's words in a text; `undefined` where none is in it. */
function tail(text: string, words: readonly string[]): string | undefined {
  const end = Math.max(...words.map((word) => (text.includes(word) ? text.lastIndexOf(word) + word.length : -1)));
  return end === -1 ? undefined : withoutNumber(text.slice(end)).replace(/^[-_.]+/, '');
}

/** Without the product in it, only what a chart puts behind its release names a part. */
function restOfRelease({ service, ownName }: ServiceFacts): string {
  return ownName === service.name ? '' : withoutNumber(ownName);
}

/** The second of two, or one of several. */
function withoutNumber(text: string): string {
  return text.replace(/-\d+$/, '');
}
