import type { Decision } from '../discovery/decision.ts';
import { isEmptySelector } from '../cluster/label-selector.ts';
import { matchesPattern } from '../discovery/match/glob.ts';
import { allowsNamespace } from '../discovery/scope-and-filters.ts';
import type { ReferenceTargets } from '../discovery/survey/reference-targets.ts';
import type { Diagnostic } from '../lib/diagnostic.ts';
import type { Path } from '../lib/json.ts';
import type { ProjectPolicy } from '../settings/policy.ts';
import type { Settings } from '../settings/settings.ts';
import { didYouMean } from '../lib/messages/did-you-mean.ts';
import { credentialFindings, credentialsPath } from './credential-references.ts';
import { listed, referenceFinding } from './reference-finding.ts';
import type { Reference, ReferenceText } from './reference-finding.ts';

/** The state of the cluster and the policy that settings are compared with. */
interface ReferenceContext {
  readonly referenceTargets: ReferenceTargets;
  readonly decisions: readonly Pick<Decision, 'service' | 'detector'>[];
  readonly policy: ProjectPolicy | null;
}

/**
 * References in the settings that match nothing in the cluster. A name without a match is a warning. An exclusion, a
 * glob or a custom detector is a note, because these are often written for many clusters at once.
 */
export function referenceFindings(settings: Settings, context: ReferenceContext): Diagnostic[] {
  return [
    ...namespaceFindings(settings, context),
    ...policyFindings(context),
    ...selectorFindings(settings, context),
    ...credentialFindings(settings, context.decisions),
    ...settings.spec.customDetectors.flatMap(({ id }, index): Diagnostic[] =>
      context.decisions.some(({ detector }) => detector?.id === id)
        ? []
        : [
            referenceFinding('note', 'SETTING_UNUSED', settings, ['customDetectors', index, 'id'], {
              message: `the detector ${JSON.stringify(id)} matches no Service that was read`,
              hint: 'compare its match with the Services that explain --all lists, or leave it until there is one',
            }),
          ],
    ),
  ];
}

function namespaceFindings(settings: Settings, { referenceTargets, policy }: ReferenceContext): Diagnostic[] {
  const { include, exclude } = settings.spec.discovery.namespaces;
  const known = referenceTargets.namespaces ?? referenceTargets.ofServices;
  const matchesNone = ({ glob }: Reference): boolean => !known.some((name) => matchesPattern(glob, name));
  const finding = (severity: 'warning' | 'note', reference: Reference): Diagnostic =>
    referenceFinding(
      severity,
      'NAMESPACE_UNKNOWN',
      settings,
      reference.path,
      namespaceText(reference.glob, referenceTargets, policy),
    );
  const severityOf = ({ glob }: Reference): 'warning' | 'note' => (glob.includes('*') ? 'note' : 'warning');
  const included = listed(['discovery', 'namespaces', 'include'], include).filter(({ glob }) => glob !== '*');
  const isNothingRead = !include.includes('*') && included.every(matchesNone);
  return [
    ...included.filter(matchesNone).map((one) => finding(isNothingRead ? 'warning' : severityOf(one), one)),
    ...listed(['discovery', 'namespaces', 'exclude'], exclude)
      .filter(matchesNone)
      .map((one) => finding('note', one)),
    ...otherReferences(settings)
      .filter((one) => matchesNone(one) && mayBeRead(one, referenceTargets))
      .map((one) => finding(severityOf(one), one)),
  ];
}

/** References outside the namespaces that are read are no mistake: settings may be written for several scopes. */
function mayBeRead({ glob }: Reference, { scope, namespaces }: ReferenceTargets): boolean {
  return scope === 'cluster' || namespaces !== null || scope.includes(glob);
}

function otherReferences(settings: Settings): Reference[] {
  const { spec } = settings;
  return [
    ...listed(['trust', 'namespaces'], spec.trust.namespaces),
    ...Object.entries(spec.detectors).flatMap(([id, detector]) =>
      listed(['detectors', id, 'namespaces'], detector?.namespaces ?? []),
    ),
    ...spec.stores.flatMap(({ namespace }, index) => ({ path: ['stores', index, 'namespace'], glob: namespace })),
    ...Object.entries(spec.credentials).flatMap(([name, rules]) =>
      Array.isArray(rules)
        ? rules.flatMap(({ services }, index) =>
            listed([...credentialsPath(settings), name, index, 'services', 'namespaces'], services.namespaces),
          )
        : [],
    ),
  ];
}

/** With a policy, only mentions namespaces that it grants: the project may not learn whether others exist. */
function namespaceText(
  glob: string,
  { namespaces, ofServices }: ReferenceTargets,
  policy: ProjectPolicy | null,
): ReferenceText {
  const name = JSON.stringify(glob);
  const isGlob = glob.includes('*');
  const meant = (isGlob ? null : didYouMean(glob, namespaces ?? ofServices)) ?? 'correct the name';
  const correct = meant.endsWith('?') ? `${meant} ` : `${meant}; `;
  const verb = isGlob ? 'matches' : 'is called';
  const qualifier = policy ? " that the platform's policy grants this project" : ' of the cluster';
  if (policy && !isGlob && !allowsNamespace(policy, glob))
    return {
      message: `the platform's policy does not grant this project the namespace ${name}`,
      hint: `${correct}a platform administrator adds what is missing to the project's rule of the policy`,
    };
  if (namespaces !== null)
    return {
      message: `no namespace${qualifier} ${verb} ${name}`,
      hint: policy
        ? `${correct}a platform administrator adds what is missing to the project's rule of the policy`
        : `${correct}if the namespace is yet to be created, leave it`,
    };
  return {
    message: `no Service was read from a namespace that ${verb} ${name}`,
    hint: `${correct}if the namespace has no Service yet, leave it: kubectl get namespaces lists the names`,
  };
}

/** A policy that grants nothing in this cluster. */
function policyFindings({ referenceTargets, policy }: ReferenceContext): Diagnostic[] {
  const { scope, namespaces, ofServices } = referenceTargets;
  const isRead = scope === 'cluster' || scope.length > 0;
  if (policy === null || !isRead || (namespaces ?? ofServices).length > 0) return [];
  return [
    {
      severity: 'warning',
      code: 'NAMESPACE_UNKNOWN',
      message: `the platform's policy grants this project ${policy.include.map((one) => JSON.stringify(one)).join(', ')}: nothing was read from such a namespace`,
      hint: "a platform administrator corrects the project's namespaces.include in the policy",
    },
  ];
}

function selectorFindings(settings: Settings, { referenceTargets }: ReferenceContext): Diagnostic[] {
  const { namespaces, services } = settings.spec.discovery;
  const finding = (path: Path, message: string, command: string): Diagnostic =>
    referenceFinding('warning', 'SETTING_UNUSED', settings, path, {
      message,
      hint: `correct the labels of the selector: kubectl get ${command} --show-labels lists them`,
    });
  return [
    ...(!isEmptySelector(namespaces.selector) &&
    referenceTargets.namespaces !== null &&
    !referenceTargets.selectsNamespace
      ? [
          finding(
            ['discovery', 'namespaces', 'selector'],
            'no namespace has these labels, so nothing is discovered',
            'namespaces',
          ),
        ]
      : []),
    ...(!isEmptySelector(services.selector) &&
    referenceTargets.ofServices.length > 0 &&
    !referenceTargets.selectsService
      ? [
          finding(
            ['discovery', 'services', 'selector'],
            'no Service has these labels, so nothing is discovered',
            'services -A',
          ),
        ]
      : []),
  ];
}
