import type { Condition, Evidence, Pattern } from './types.ts';

/** What charts and operators call the node of a database that takes writes, and those that copy it. */
export const primaryParts: readonly string[] = ['primary', 'master', 'leader', 'rw'];
export const replicaParts: readonly string[] = [
  ...['replica', 'replicas', 'repl', 'secondary', 'slave', 'slaves', 'follower', 'standby'],
  ...['read', 'readonly', 'ro', 'r'],
];

/** Owned by a custom resource: the operator itself says what the Service is. */
export function owner(...kinds: readonly string[]): Evidence {
  return { rule: 'owner', tier: 1, when: { owner: kinds } };
}

/** A label that only one operator or chart writes. */
export function label(key: string, value: Pattern = '*'): Evidence {
  return { rule: 'operator label', tier: 1, when: { labels: { [key]: value } } };
}

/** The pod selector has a term that only one operator writes. */
export function selects(key: string, value: Pattern = '*'): Evidence {
  return { rule: 'operator selector', tier: 1, when: { selector: { [key]: value } } };
}

/** The pod selector has a term that only one operator writes, on a Service that people made beside the operator's own. */
export function selectsWithPort(keys: readonly string[], port: Pattern): readonly Evidence[] {
  return keys.map((key) => together('operator selector and port', { selector: { [key]: '*' }, port }));
}

/** The product's own name stands in a name label. */
export function product(...names: readonly string[]): Evidence {
  return { rule: 'product label', tier: 2, when: { product: names } };
}

/** A name label ends or begins with the product, as prefixes of releases and teams make it, and a port confirms it. */
export function productLike(names: Pattern, port: Pattern): Evidence {
  return { rule: 'product label and port', tier: 4, when: { product: names, port } };
}

/** The Helm chart: it stays when `nameOverride` changes every name label. */
export function chart(...names: readonly string[]): Evidence {
  return { rule: 'chart label', tier: 3, when: { chart: names } };
}

/** Written by hand, without labels: the exact name, confirmed by a port. */
export function exactName(names: Pattern, port: Pattern): Evidence {
  return { rule: 'exact name and port', tier: 5, when: { name: names, port } };
}

/**
 * Without labels as well: a port has the product in its name and the product's own number, and so has the Service's name,
 * or another port is named for another product that stands beside it in one pod.
 */
export function namedPort(word: string, number: string, beside: readonly string[] = []): readonly Evidence[] {
  const port = { name: [word, `*-${word}`, `${word}-*`], number };
  const name = [word, `*-${word}`, `${word}-*`, `*-${word}-*`];
  const named: Evidence = { rule: 'name and port name', tier: 5, when: { name, namedPort: port } };
  return beside.length === 0
    ? [named]
    : [named, { rule: 'port names', tier: 5, when: { namedPort: port, port: beside } }];
}

/** Several facts of the operator's or chart's own making that only together say what the Service is. */
export function together(rule: string, when: Condition): Evidence {
  return { rule, tier: when.owner === undefined && when.labels === undefined ? 2 : 1, when };
}
