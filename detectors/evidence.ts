import type { Condition, Evidence, Pattern } from './types.ts';

/** Names that charts and operators give to a database's writable node, and to its replicas. */
export const primaryParts: readonly string[] = ['primary', 'master', 'leader', 'rw'];
export const replicaParts: readonly string[] = [
  ...['replica', 'replicas', 'repl', 'secondary', 'slave', 'slaves', 'follower', 'standby'],
  ...['read', 'readonly', 'ro', 'r'],
];

/** A custom resource owns the Service: the operator itself says what it is. */
export function owner(...kinds: readonly string[]): Evidence {
  return { rule: 'owner', tier: 1, when: { owner: kinds } };
}

/** A label that only one operator or chart writes. */
export function label(key: string): Evidence {
  return { rule: 'operator label', tier: 1, when: { labels: { [key]: '*' } } };
}

/** A term of the pod selector that only one operator writes. */
export function selects(key: string): Evidence {
  return { rule: 'operator selector', tier: 1, when: { selector: { [key]: '*' } } };
}

/** A port and a pod selector term that only one operator writes: for Services that users add beside its own. */
export function selectsWithPort(keys: readonly string[], port: Pattern): readonly Evidence[] {
  return keys.map((key) => together('operator selector and port', { selector: { [key]: '*' }, port }));
}

/** A name label is exactly the product's name. */
export function product(...names: readonly string[]): Evidence {
  return { rule: 'product label', tier: 2, when: { product: names } };
}

/** A name label starts or ends with the product's name, as prefixes of releases and teams do; a port confirms it. */
export function productLike(names: Pattern, port: Pattern): Evidence {
  return { rule: 'product label and port', tier: 4, when: { product: names, port } };
}

/** The Helm chart label: unlike the name labels, it survives `nameOverride`. */
export function chart(...names: readonly string[]): Evidence {
  return { rule: 'chart label', tier: 3, when: { chart: names } };
}

/** For Services written by hand, without labels: the exact name, confirmed by a port. */
export function exactName(names: Pattern, port: Pattern): Evidence {
  return { rule: 'exact name and port', tier: 5, when: { name: names, port } };
}

/**
 * Also for Services without labels: a port has the product in its name and the product's own number. In addition, the
 * Service's name has the product in it, or another port is named for a product that runs beside it in the same Pod.
 */
export function namedPort(word: string, number: string, companionPorts: readonly string[] = []): readonly Evidence[] {
  const port = { name: [word, `*-${word}`, `${word}-*`], number };
  const name = [word, `*-${word}`, `${word}-*`, `*-${word}-*`];
  const named: Evidence = { rule: 'name and port name', tier: 5, when: { name, namedPort: port } };
  return companionPorts.length === 0
    ? [named]
    : [named, { rule: 'port names', tier: 5, when: { namedPort: port, port: companionPorts } }];
}

/** Several facts that an operator or chart sets and that only together identify the product. */
export function together(rule: string, when: Condition): Evidence {
  return { rule, tier: when.owner === undefined && when.labels === undefined ? 2 : 1, when };
}
