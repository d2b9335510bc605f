import type { AuditEvent } from '../parts/audit.ts';
import type { Role, Rule } from './rbac.ts';

/** `list discovery.k8s.io/endpointslices in monitoring`, once for each combination that the roles allow. */
export function grantedBy(roles: readonly Role[]): readonly string[] {
  return roles.flatMap((role) => role.rules.flatMap((rule) => grantsOf(role, rule))).sort();
}

function grantsOf({ metadata }: Role, { verbs, apiGroups, resources, resourceNames = [''] }: Rule): string[] {
  return verbs.flatMap((verb) =>
    apiGroups.flatMap((apiGroup) =>
      resources.flatMap((resource) =>
        resourceNames.map((name) => describeAccess({ ...metadata, verb, apiGroup, resource, name })),
      ),
    ),
  );
}

/**
 * The same form for every request, each once, with an object's name and namespace only if a rule has them; a path that
 * is not a resource stands for itself, since no rule allows it.
 */
export function askedBy(events: readonly AuditEvent[], granted: readonly string[]): readonly string[] {
  const rules = new Set(granted);
  const asked = events.map((event) => {
    const { objectRef } = event;
    if (objectRef === undefined) return askedOf(event);
    const { name: _name, ...unnamed } = objectRef;
    const { namespace: _namespace, ...anywhere } = unnamed;
    const forms = [objectRef, unnamed, anywhere].map((one) => askedOf({ ...event, objectRef: one }));
    return forms.find((one) => rules.has(one)) ?? forms[1]!;
  });
  return [...new Set(asked)].sort();
}

function askedOf({ verb, objectRef, requestURI }: AuditEvent): string {
  if (objectRef?.resource === undefined) return `${verb} ${requestURI}`;
  const { apiGroup = '', resource, namespace, name = '' } = objectRef;
  return describeAccess({ verb, apiGroup, resource, name, ...(namespace === undefined ? {} : { namespace }) });
}

interface Access {
  readonly verb: string;
  readonly apiGroup: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name: string;
}

function describeAccess({ verb, apiGroup, resource, namespace = 'all namespaces', name }: Access): string {
  return `${verb} ${apiGroup}/${resource} ${name} in ${namespace}`;
}
