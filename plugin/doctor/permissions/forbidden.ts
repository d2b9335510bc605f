import { PluginError } from '../../lib/errors.ts';
import { applied, quoted } from '../fix-commands.ts';
import type { Check, CheckName } from '../reasons.ts';
import { forbiddenCheck } from '../reasons.ts';

/** A read object, or why the cluster forbids reading it. */
export type ReadResult<T> = { readonly value: T } | { readonly denied: string };

/** Reads an object; a forbidden read is a result, any other error is thrown. */
export async function tryRead<T>(read: () => Promise<T>): Promise<ReadResult<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    if (error instanceof PluginError && error.code === 'CLUSTER_FORBIDDEN') return { denied: error.message };
    throw error;
  }
}

/** A check that could not be made, with the commands by which an administrator permits `user` to make it. */
export function unknown(check: CheckName, subject: string, denied: string, user: string | null): Check {
  const binding = 'kubectl create clusterrolebinding dynamic-toolset-doctor --clusterrole=dynamic-toolset-doctor';
  return forbiddenCheck(check, subject, denied, [
    'kubectl apply --kustomize manifests/rbac/doctor',
    `${binding} ${subjectFlag(user)} ${applied}`,
  ]);
}

function subjectFlag(user: string | null): string {
  if (user === null) return '--user="$(kubectl auth whoami --output=jsonpath={.status.userInfo.username})"';
  const [, account] = /^system:serviceaccount:([^:]+:[^:]+)$/.exec(user) ?? [];
  return account === undefined ? `--user=${quoted(user)}` : `--serviceaccount=${account}`;
}
