import { PluginError } from '../lib/errors.ts';
import type { Check, CheckName } from './check.ts';
import { quoted } from './check.ts';

/** What somebody saw, or what they were not let see. */
export type ReadResult<T> = { readonly value: T } | { readonly denied: string };

/** Looks; that the cluster forbids it is an answer, everything else is an error. */
export async function tryRead<T>(look: () => Promise<T>): Promise<ReadResult<T>> {
  try {
    return { value: await look() };
  } catch (error) {
    if (error instanceof PluginError && error.code === 'CLUSTER_FORBIDDEN') return { denied: error.message };
    throw error;
  }
}

/** What was not looked at, and what whoever may give rights runs so that `user` may. */
export function unknown(check: CheckName, subject: string, denied: string, user: string | null): Check {
  const binding = 'kubectl create clusterrolebinding dynamic-toolset-doctor --clusterrole=dynamic-toolset-doctor';
  return {
    check,
    subject,
    status: 'unknown',
    message: `you may not look: ${denied}`,
    fix: [
      'kubectl apply --kustomize manifests/rbac/doctor',
      `${binding} ${bound(user)} --dry-run=client --output=yaml | kubectl apply --filename=-`,
    ],
  };
}

function bound(user: string | null): string {
  if (user === null) return '--user="$(kubectl auth whoami --output=jsonpath={.status.userInfo.username})"';
  const [, account] = /^system:serviceaccount:([^:]+:[^:]+)$/.exec(user) ?? [];
  return account === undefined ? `--user=${quoted(user)}` : `--serviceaccount=${account}`;
}
