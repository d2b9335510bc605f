import { randomUUID } from 'node:crypto';
import { constants, hostname } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { connect } from '../cluster/connection/connect.ts';
import type { Connection } from '../cluster/connection/connection.ts';
import { openCluster } from '../cluster/named/named-cluster.ts';
import { connectArgoCd } from '../serve/argocd/connection.ts';
import { apiClient } from '../serve/argocd/api-client.ts';
import type { OpenCluster } from '../serve/clusters/open-cluster.ts';
import { crdClient } from '../serve/argocd/crd-client.ts';
import { emitTo } from '../serve/events.ts';
import { createLogger } from '../serve/logger.ts';
import { serve as serveUntil } from '../serve/serve.ts';
import { clusterSourcesOf } from './clusters/cluster-sources.ts';
import { membersReader } from './clusters/members-reader.ts';
import type { CommandOutput } from './command.ts';
import type { ServeFlags } from './flags/serve-flags.ts';

/** Time for a request to Argo CD that is in flight at shutdown to finish. */
const graceMs = 10_000;

/** Runs until SIGTERM or SIGINT; a second one ends the process at once. */
export async function serve(flags: ServeFlags): Promise<CommandOutput> {
  const ending = endingSignal();
  const abandoned = new AbortController();
  ending.addEventListener('abort', () => {
    setTimeout(() => {
      abandoned.abort();
    }, graceMs).unref();
  });
  const connection = await connect(flags);
  const argoCd = flags.argoCd && connectArgoCd(flags.argoCd, flags.variables);
  try {
    await serveUntil({
      ...flags,
      connection,
      policyFile: flags.policy,
      argoCd: argoCd ? apiClient(argoCd, abandoned.signal) : crdClient(connection, abandoned.signal),
      openCluster: openerOf(flags, connection, ending),
      readMembers: membersReader(flags),
      // Two processes on one host are two replicas.
      lease: flags.lease && { ...flags.lease, identity: `${hostname()}_${randomUUID()}` },
      emit: emitTo(createLogger(flags.logLevel)),
      onSynced: keepHeapSmall,
      signal: ending,
    });
  } finally {
    connection.close();
    argoCd?.close();
  }
  return { text: '', warnings: [] };
}

/**
 * By default, a long-running process lets its heap grow to several times its live size before it collects garbage.
 * While it lists, that would cost half as much CPU time again: all of what it reads then stays.
 */
function keepHeapSmall(): void {
  setFlagsFromString('--optimize-for-size');
}

/** `null` if the platform has configured no access to other clusters. */
function openerOf(flags: ServeFlags, own: Connection, signal: AbortSignal): OpenCluster | null {
  const { clusters, clusterSecrets, argoCdNamespace: namespace } = flags;
  if (clusters === undefined && clusterSecrets.length === 0) return null;
  return async (called) =>
    openCluster(called, {
      ...(await clusterSourcesOf(flags, { own: () => own, namespace, signal })),
      // Cluster names are for those who may read them: messages of this process are shown to others.
      mayName: () => false,
    });
}

/** The second signal ends the process at once: as PID 1 of a container, the process has no default signal handler. */
function endingSignal(): AbortSignal {
  const ending = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (ending.signal.aborted) process.exit(128 + constants.signals[name]);
      ending.abort();
    });
  }
  return ending.signal;
}
