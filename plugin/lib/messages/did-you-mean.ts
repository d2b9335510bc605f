/** A hint at the known word that a mistyped one is similar to: `did you mean "enabled"?`; `null` where none is. */
export function didYouMean(word: string, known: readonly string[]): string | null {
  const nearest = nearestWord(word, known);
  return nearest === null ? null : hint(word, nearest, JSON.stringify(nearest));
}

/** The same behind a comma, by default without quotes; empty where no known word is similar. */
export function suggestion(word: string, known: readonly string[], show: (word: string) => string = String): string {
  const nearest = nearestWord(word, known);
  return nearest === null ? '' : `, ${hint(word, nearest, show(nearest))}`;
}

function hint(word: string, nearest: string, shown: string): string {
  const character = lookAlikeIn(word, nearest);
  if (character === null) return `did you mean ${shown}?`;
  const codePoint = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `write ${shown} in ASCII: ${JSON.stringify(character)} is U+${codePoint}`;
}

/**
 * The first character that is not ASCII, where the words differ only in such characters: a letter of another script, or
 * an invisible one, makes them look the same.
 */
function lookAlikeIn(word: string, nearest: string): string | null {
  const [first] = /\P{ASCII}/u.exec(word) ?? [];
  if (first === undefined || /\P{ASCII}/u.test(nearest)) return null;
  const pieces = word.split(/\P{ASCII}/u).map((piece) => piece.replace(/\W/g, '\\$&'));
  return new RegExp(`^${pieces.join('.?')}$`, 'i').test(nearest) ? first : null;
}

/** Longer words are not typing mistakes, and longer lists are not what people choose from. */
const maxWord = 64;
const maxKnown = 1_000;

/** The known word most similar to a mistyped one; `null` where none is within three edits and a third of its length. */
export function nearestWord(word: string, known: readonly string[]): string | null {
  if (word.length > maxWord) return null;
  let best: string | null = null;
  let least = Math.min(3, Math.ceil(word.length / 3)) + 1;
  for (const candidate of known.slice(0, maxKnown)) {
    // Every surplus character is an edit, which excludes most candidates at once.
    if (Math.abs(candidate.length - word.length) >= least) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Edit distance (optimal string alignment): an insertion, deletion, substitution or swap of neighbours counts one. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    [before, previous] = [previous, row];
  }
  return previous[b.length] ?? 0;
}
