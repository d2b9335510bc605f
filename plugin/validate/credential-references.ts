import type { ServiceView } from '../../detectors/types.ts';
import { matchesSelector } from '../cluster/label-selector.ts';
import { instanceNamesOf } from '../discovery/annotations.ts';
import type { Decision } from '../discovery/decision.ts';
import { matchesPattern } from '../discovery/match/glob.ts';
import type { Diagnostic } from '../lib/diagnostic.ts';
import type { Path } from '../lib/json.ts';
import { didYouMean } from '../lib/messages/did-you-mean.ts';
import type { CredentialRule } from '../settings/schema/credentials.ts';
import type { Settings } from '../settings/settings.ts';
import { pathTo } from '../settings/targets.ts';
import { listed, referenceFinding } from './reference-finding.ts';
import type { Reference } from './reference-finding.ts';

/**
 * Rules for credentials that no Service of the cluster gets. An unknown namespace is reported as everywhere in the
 * settings, and an unknown toolset without a cluster.
 */
export function credentialFindings(
  settings: Settings,
  decisions: readonly Pick<Decision, 'service' | 'detector'>[],
): Diagnostic[] {
  const rules = Object.entries(settings.spec.credentials).flatMap(([name, credential]) =>
    Array.isArray(credential)
      ? credential.map((rule, index) => ({ rule, path: [...credentialsPath(settings), name, index] }))
      : [],
  );
  if (rules.length === 0) return [];
  // The candidates first, because a hint compares with a limited number of names.
  const services = [...decisions.filter(({ detector }) => detector), ...decisions.filter(({ detector }) => !detector)];
  const known = services.map(({ service }) => service);
  const instances = known.flatMap(instanceNamesOf);
  return rules.flatMap((rule) => [
    ...serviceFindings(rule, known, settings),
    ...instanceFindings(rule, instances, settings),
  ]);
}

/** Path to the credentials of the target, below `spec`. */
export function credentialsPath(settings: Settings): Path {
  return pathTo(settings, 'credentials').slice(1);
}

interface PlacedRule {
  readonly rule: CredentialRule;
  readonly path: Path;
}

/** One Service has to fit all of the parts: what is narrower is only reported if what is wider has a match. */
function serviceFindings(
  { rule: { services }, path }: PlacedRule,
  known: readonly ServiceView[],
  settings: Settings,
): Diagnostic[] {
  const { namespaces, names, selector } = services;
  const inNamespaces = known.filter(({ namespace }) => matchesPattern(namespaces, namespace));
  if (inNamespaces.length === 0) return [];
  const among = namespaces.includes('*') ? '' : ` in ${namespaces.map((one) => JSON.stringify(one)).join(' or ')}`;
  const what = `Service that was read${among}`;
  const present = inNamespaces.map(({ name }) => name);
  const unknown = listed([...path, 'services', 'names'], names)
    .filter(({ glob }) => !present.some((name) => matchesPattern(glob, name)))
    .map((one) => unknownName(one, what, present, settings));
  const named = inNamespaces.filter(({ name }) => matchesPattern(names, name));
  if (named.length === 0 || named.some(({ labels }) => matchesSelector(labels, selector))) return unknown;
  const isAny = [namespaces, names].every((globs) => globs.includes('*'));
  const text = {
    message: `no Service${isAny ? '' : ' of these namespaces and names'} has these labels`,
    hint: 'correct the labels of the selector: kubectl get services -A --show-labels lists them',
  };
  return [...unknown, referenceFinding('warning', 'SETTING_UNUSED', settings, [...path, 'services', 'selector'], text)];
}

/** A store with several tenants has an instance for each, whose name begins with that of the backend. */
function instanceFindings({ rule, path }: PlacedRule, known: readonly string[], settings: Settings): Diagnostic[] {
  return listed([...path, 'instances'], rule.instances)
    .filter(({ glob }) => !known.some((name) => matchesPattern(glob, name) || glob.startsWith(`${name}/`)))
    .map((one) => unknownName(one, 'instance', known, settings));
}

function unknownName(
  { path, glob }: Reference,
  what: string,
  known: readonly string[],
  settings: Settings,
): Diagnostic {
  const isGlob = glob.includes('*');
  const meant = (isGlob ? null : didYouMean(glob, known)) ?? 'correct the name';
  return referenceFinding(isGlob ? 'note' : 'warning', 'SETTING_UNUSED', settings, path, {
    message: `no ${what} ${isGlob ? 'matches' : 'is called'} ${JSON.stringify(glob)}`,
    hint: `${meant.endsWith('?') ? meant : `${meant};`} if the Service is yet to be created, leave it`,
  });
}
