import type { ApplicationView } from '../../../argocd/application.ts';
import { isPluginError } from '../../../lib/errors.ts';
import { keyOf } from '../../../lib/object-key.ts';
import type { ProjectPolicy } from '../../../settings/policy.ts';
import { configMapProblem } from '../../reasons.ts';
import type { ConfigMapProblem } from '../../reasons.ts';
import { unreadableMs } from './inputs.ts';
import type { EvaluationInputs } from './inputs.ts';

/** A project can change without an event: it is reread with the next evaluation, and after this time at the latest. */
const projectMs = 60_000;

/**
 * What the policy grants the project of an Application; `null` without a policy. The project's name is only a claim by
 * the Application's author, so outside of Argo CD's namespace the project itself must permit the Application, as in
 * Argo CD.
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
