/** As Argo CD matches namespaces: a regular expression between slashes, else a glob. A pattern of another form matches nothing. */
export function matchesNamespace(pattern: string, namespace: string): boolean {
  const isExpression = pattern.length > 2 && pattern.startsWith('/') && pattern.endsWith('/');
  return isExpression ? matches(pattern.slice(1, -1), namespace) : matchesGlob(pattern, namespace);
}

/** As Argo CD matches whole texts by a glob with `*`, `?`, `[a-z]`, `[!a-z]` and `{a,b}`. One of another form matches nothing. */
export function matchesGlob(pattern: string, text: string): boolean {
  return matches(`^(?:${expressionOf(pattern)})$`, text);
}

function matches(expression: string, text: string): boolean {
  try {
    return new RegExp(expression, 's').test(text);
  } catch {
    return false;
  }
}

const globSigns: ReadonlyMap<string, string> = new Map([
  ['*', '.*'],
  ['?', '.'],
  ['{', '(?:'],
  ['}', ')'],
]);

/** Of a glob: `*`, `?`, `[a-z]`, `[!a-z]` and `{a,b}`. */
function expressionOf(glob: string): string {
  let depth = 0;
  return glob.replace(/\[!?[^\][]+\]|[^]/g, (part) => {
    if (part.length > 1) return part.replace('[!', '[^');
    if (part === '{') depth += 1;
    if (part === '}') depth -= 1;
    if (part === ',' && depth > 0) return '|';
    return globSigns.get(part) ?? part.replace(/[.+^$()|[\]\\/]/, '\\$&');
  });
}
