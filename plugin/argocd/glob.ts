/**
 * Matches namespaces as Argo CD does: a regular expression between slashes, else a glob. An invalid pattern matches
 * nothing.
 */
export function matchesNamespace(pattern: string, namespace: string): boolean {
  const isExpression = pattern.length > 2 && pattern.startsWith('/') && pattern.endsWith('/');
  return isExpression ? matchesExpression(pattern.slice(1, -1), namespace) : matchesGlob(pattern, namespace);
}

function matchesExpression(expression: string, text: string): boolean {
  try {
    return new RegExp(expression, 's').test(text);
  } catch {
    return false;
  }
}

/**
 * Matches whole texts by a glob as Argo CD does (gobwas/glob without separators): `*`, `?`, `[abc]`, `[a-c]`, `[!…]`,
 * `{a,b}`, and a backslash that escapes the next character. An invalid glob matches nothing, nor does one with braces
 * nested 100 deep.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const tokens = new GlobReader(pattern).sequence();
  const characters = Array.from(text);
  return tokens !== null && matchEnds(tokens, characters, new Set([0])).has(characters.length);
}

type Token =
  | { readonly kind: 'any' }
  | { readonly kind: 'one'; readonly matches: (character: string) => boolean }
  | { readonly kind: 'either'; readonly options: readonly (readonly Token[])[] };

/** End positions of matches that start at any of these positions: with sets of positions, no glob takes long. */
function matchEnds(
  tokens: readonly Token[],
  text: readonly string[],
  starts: ReadonlySet<number>,
): ReadonlySet<number> {
  return tokens.reduce((places, token) => tokenEnds(token, text, places), starts);
}

function tokenEnds(token: Token, text: readonly string[], starts: ReadonlySet<number>): ReadonlySet<number> {
  if (token.kind === 'either') return new Set(token.options.flatMap((option) => [...matchEnds(option, text, starts)]));
  if (token.kind === 'one')
    return new Set([...starts].flatMap((at) => (at < text.length && token.matches(text[at] ?? '') ? [at + 1] : [])));
  const first = Math.min(...starts);
  return new Set(
    Array.from(text.keys())
      .concat(text.length)
      .filter((at) => at >= first),
  );
}

/** Nesting of braces: far beyond what people write, far below what the call stack can take. */
const maxDepth = 100;

/** Each method returns `null` if the rest is not a glob. */
class GlobReader {
  readonly #characters: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#characters = Array.from(pattern);
  }

  /** Reads up to the end or, within braces, up to a comma or the closing brace, which is not consumed. */
  sequence(isInBraces = false): readonly Token[] | null {
    const tokens: Token[] = [];
    for (let next = this.#peek(); next !== undefined; next = this.#peek()) {
      if (isInBraces && (next === ',' || next === '}')) return tokens;
      this.#at += 1;
      const token = this.#tokenOf(next);
      if (token === null) return null;
      tokens.push(token);
    }
    return isInBraces ? null : tokens;
  }

  #peek(ahead = 0): string | undefined {
    return this.#characters[this.#at + ahead];
  }

  #tokenOf(sign: string): Token | null {
    if (sign === '*') return { kind: 'any' };
    if (sign === '?') return { kind: 'one', matches: () => true };
    if (sign === '{') return this.#braces();
    if (sign === '[') return this.#brackets();
    const literal = sign === '\\' ? this.#characters[this.#at++] : sign;
    return literal === undefined ? null : { kind: 'one', matches: (character) => character === literal };
  }

  #braces(): Token | null {
    if (this.#depth === maxDepth) return null;
    this.#depth += 1;
    const options: (readonly Token[])[] = [];
    for (;;) {
      const option = this.sequence(true);
      if (option === null) return null;
      options.push(option);
      this.#at += 1;
      if (this.#characters[this.#at - 1] === '}') break;
    }
    this.#depth -= 1;
    return { kind: 'either', options };
  }

  /** Either one range `a-c`, or characters that may include `-`: a range cannot be combined with them. */
  #brackets(): Token | null {
    const isNegated = this.#peek() === '!';
    if (isNegated) this.#at += 1;
    const isOf = this.#peek(1) === '-' ? this.#range() : this.#signs();
    return isOf && { kind: 'one', matches: (character) => isOf(character) !== isNegated };
  }

  #range(): ((character: string) => boolean) | null {
    const [low, high] = [this.#peek(), this.#peek(2)].map((sign) => sign?.codePointAt(0));
    const isClosed = this.#peek(3) === ']';
    this.#at += 4;
    if (low === undefined || high === undefined || high < low || !isClosed) return null;
    return (character) => {
      const code = character.codePointAt(0) ?? 0;
      return low <= code && code <= high;
    };
  }

  #signs(): ((character: string) => boolean) | null {
    const signs = new Set<string>();
    for (let next = this.#peek(); next !== undefined; next = this.#peek()) {
      this.#at += 1;
      if (next === ']') return signs.size > 0 ? (character) => signs.has(character) : null;
      const literal = next === '\\' ? this.#characters[this.#at++] : next;
      if (literal === undefined) return null;
      signs.add(literal);
    }
    return null;
  }
}
