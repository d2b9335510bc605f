import { PluginError } from '../../lib/errors.ts';
import { asObject } from '../../lib/json.ts';
import type { Json } from '../../lib/json.ts';
import type { ApiWriter } from './api-client.ts';
import { describeRequest } from './request-errors.ts';
import { apiVersionOf, collectionPath } from './resource-path.ts';

const groups = {
  TokenReview: 'authentication.k8s.io',
  SelfSubjectReview: 'authentication.k8s.io',
  SubjectAccessReview: 'authorization.k8s.io',
  LocalSubjectAccessReview: 'authorization.k8s.io',
} as const;

/**
 * Asks the API server to review an identity or a right, and returns the review's status. A LocalSubjectAccessReview needs
 * the namespace that its spec is about. Fails with CLUSTER_*.
 */
export async function review(
  write: ApiWriter,
  kind: keyof typeof groups,
  spec: Json,
  { timeoutMs, namespace = null }: { readonly timeoutMs?: number; readonly namespace?: string | null } = {},
): Promise<Json> {
  const group = groups[kind];
  const resource = { group, resource: `${kind.toLowerCase()}s`, verb: 'create', namespace } as const;
  const path = collectionPath(resource);
  const metadata = namespace === null ? {} : { metadata: { namespace } };
  const body = JSON.stringify({ apiVersion: apiVersionOf(group), kind, ...metadata, spec });
  const request = { method: 'POST', path, contentType: 'application/json', body, timeoutMs } as const;
  const { status, body: created } = await write(request, resource);
  if (status === 201) return asObject(asObject(created).status);
  throw new PluginError(
    'CLUSTER_RESPONSE_INVALID',
    `${describeRequest(resource)} failed: the API server answered ${String(status)} without a review`,
    { hint: `check that the address is that of a Kubernetes API server that serves ${apiVersionOf(group)}` },
  );
}
