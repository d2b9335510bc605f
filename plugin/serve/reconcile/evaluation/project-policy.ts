import type { ApplicationView } from '../../../argocd/application.ts';
import { isPluginError } from '../../../lib/errors.ts';
import { keyOf } from '../../../lib/object-key.ts';
import type { ProjectPolicy } from '../../../settings/policy.ts';
import { configMapProblem } from '../../reasons.ts';
import type { ConfigMapProblem } from '../../reasons.ts';
import type { EvaluationInputs } from './inputs.ts';

/** A project can change without any event: it is read again with the next evaluation, and at the latest after this time. */
const projectMs = 60_000;
const unreadableMs = 5_000;

/**
 * What the policy grants the project of an Application; `null` without a policy. The name of the project is a claim of
 * the Application's author, so that outside of Argo CD's namespace the project itself has to permit it, as for Argo CD.
 */
export async function policyFor(
  key: string,
  application: ApplicationView,
  cluster: string | null,
  { grantOf, permits, onDue }: EvaluationInputs,
): Promise<ProjectPolicy | null | { readonly problem: ConfigMapProblem }> {
  const { project, namespace, argoCdNamespace: argoCd } = application;
  const policy = grantOf(project, cluster);
  const names = { application: keyOf(application), project: JSON.stringify(project) };
  if (policy === 'nothing') {
    const missing = { project: names.project, cluster: JSON.stringify(cluster ?? 'any') };
    return { problem: configMapProblem('ProjectNotInPolicy', missing) };
  }
  if (policy === null || namespace === argoCd) return policy;
  try {
    onDue(key, projectMs);
    if (await permits(application)) return policy;
    return { problem: configMapProblem('ProjectNotPermitted', { ...names, argoCd }) };
  } catch (cause) {
    if (!isPluginError(cause)) throw cause;
    onDue(key, unreadableMs);
    return { problem: configMapProblem('ProjectUnreadable', { ...names, error: `${cause.message}; ${cause.hint}` }) };
  }
}
