import { detectors } from '../../detectors/index.ts';
import type { Detector, ServiceView } from '../../detectors/types.ts';
import { memoize } from '../../plugin/lib/memoize.ts';
import type { Entry } from './corpus.ts';
import { stacks } from './corpus.ts';
import { judgeOfService, judgeStack, servicesOf } from './judge.ts';

/** Places in a detector whose texts were written from something: evidence, entry points, ports, defaults, vetoes. */
const places = [
  ...(['evidence', 'abbreviations', 'purposes', 'entryPoints', 'ports', 'schemes', 'paths'] as const),
  ...(['otherParts', 'notOf', 'fronts'] as const),
] as const;

export type Path = readonly (string | number)[];

/**
 * Leave one literal out, then another: those whose absence changes what becomes of one stack of the corpus, and of no
 * other, were perhaps written from it. One row each: detector, literal, stack.
 */
export async function soleNeeds(corpus: readonly Entry[]): Promise<readonly (readonly [string, string, string])[]> {
  const all = [...stacks(corpus)].map(([stack, entries]) => ({ stack, entries, text: entries.map(textOf).join('\n') }));
  const before = new Map(
    await Promise.all(all.map(async ({ stack, entries }) => [stack, await outcome(entries, detectors)] as const)),
  );
  const rows: [string, string, string][] = [];
  for (const detector of detectors) {
    const concerned = all.filter(({ text }) => isMentioned(text, detector));
    const byItself = memoize(claimOf(detector));
    for (const path of literalsOf(detector)) {
      const changedOne = without(detector, path);
      const known = detectors.map((one) => (one === detector ? changedOne : one));
      const changedClaim = claimOf(changedOne);
      const isOwn = !others.has(String(path[0]));
      const changed: string[] = [];
      // Where its words do not occur it matches nothing, so its absence changes nothing.
      const parts = String(literalAt(detector, path))
        .toLowerCase()
        .split(/[^a-z0-9]+/);
      const hasParts = (text: string): boolean => parts.every((part) => text.includes(part));
      for (const { stack, entries, text } of concerned) {
        if (!hasParts(text)) continue;
        const matched = isOwn ? (await servicesOf(entries)).filter((service) => hasParts(viewText(service))) : [];
        if (isOwn && matched.every((service) => byItself(service) === changedClaim(service))) continue;
        if ((await outcome(entries, known)) !== before.get(stack)) changed.push(stack);
        if (changed.length > 1) break;
      }
      const [only] = changed;
      if (only !== undefined && changed.length === 1) rows.push([detector.id, title(detector, path), only]);
    }
  }
  return rows;
}

/** Places that say something of other products, whose detectors they need to have an effect. */
const others: ReadonlySet<string> = new Set(['notOf', 'fronts']);

/**
 * What one detector makes of a Service by itself: as long as that stays the same for each Service of a stack, so does what
 * all detectors make of the stack, which takes longer to ask.
 */
function claimOf(detector: Detector): (service: ServiceView) => string {
  const judge = judgeOfService(detector);
  return (service) =>
    JSON.stringify(judge(service), (key, value: unknown) => {
      if (key === 'service') return undefined;
      return key === 'detector' ? (value as Detector | null)?.id : value;
    });
}

/** What is wrong about a stack, in one text. */
async function outcome(entries: readonly Entry[], known: readonly Detector[]): Promise<string> {
  return JSON.stringify((await judgeStack(entries, known)).map(({ miss }) => miss));
}

export function mentions(entry: Entry, detector: Detector): boolean {
  return isMentioned(textOf(entry), detector);
}

function isMentioned(text: string, { words }: Detector): boolean {
  return words.some((word) => text.includes(word));
}

const textOf = memoize((entry: Entry) => JSON.stringify(entry).toLowerCase());

/** All that a detector can find in a Service. */
const viewText = memoize((service: ServiceView) => JSON.stringify(service).toLowerCase());

/** Paths to every text and number of the detector that could be left out: a list's item, or the whole of a single one. */
export function literalsOf(detector: Detector): Path[] {
  return places.flatMap((place) => leaves(detector[place], [place]));
}

function leaves(value: unknown, path: Path): Path[] {
  if (value === undefined || typeof value === 'boolean') return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, [...path, index]));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
  const labelOnly = ['rule', 'tier', 'scheme', 'path', 'chart'].includes(String(path.at(-1))) && path[0] !== 'evidence';
  const isText = ['rule', 'tier'].includes(String(path.at(-1)));
  // The title of an entry point decides nothing.
  const isTitle = path[0] === 'entryPoints' && path.at(-1) === 'name' && path.length === 3;
  return isText || labelOnly || isTitle ? [] : [path];
}

/** The detector with this literal never matching: a text that no Kubernetes name, label or port can have. */
export function without(detector: Detector, path: Path): Detector {
  return replace(detector, path) as Detector;
}

function replace(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return typeof value === 'number' ? -1 : '\0';
  if (Array.isArray(value))
    return value.map((item, index) => (index === key ? replace(item, rest) : (item as unknown)));
  const map = value as Readonly<Record<string, unknown>>;
  return { ...map, [key]: replace(map[key], rest) };
}

/** The text or number itself. */
export function literalAt(detector: Detector, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Readonly<Record<string | number, unknown>>)[key], detector);
}

function title(detector: Detector, path: Path): string {
  const [place, index] = path;
  const evidence = place === 'evidence' ? ` (${detector.evidence[Number(index)]?.rule ?? ''})` : '';
  return `${path.filter((key) => typeof key === 'string').join('.')} ${String(literalAt(detector, path))}${evidence}`;
}
