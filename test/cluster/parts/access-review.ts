import { expectSuccess } from './request.ts';
import type { Request } from './request.ts';

/** Whether the server's authorizer allows the request to the user. */
export async function isAllowed(request: Request, user: string, resourceAttributes: object): Promise<boolean> {
  const apiVersion = 'authorization.k8s.io/v1';
  const review = { apiVersion, kind: 'SubjectAccessReview', spec: { user, resourceAttributes } };
  const answer = await request('POST', `/apis/${apiVersion}/subjectaccessreviews`, review);
  const { status } = expectSuccess(answer, 'asking for access') as { readonly status: { readonly allowed: boolean } };
  return status.allowed;
}
