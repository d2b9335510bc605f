import type { Connection, ConnectionOptions } from '../../cluster/connection/connection.ts';
import { once } from '../../lib/memoize.ts';
import type { Environment } from '../flags/environment.ts';
import type { FlagValues } from '../flags/flags.ts';

/** The connections of one run, closed when it ends. */
export interface Connections {
  /** Connects to the cluster that Argo CD runs in, or that flags and kubeconfig name; once. */
  readonly own: () => Promise<Connection>;
  /** Registers another connection to be closed at the end. */
  readonly opened: (connection: Connection) => Connection;
  /** Aborts at the deadline of the run. */
  readonly signal: AbortSignal;
}

/** Keeps connections open while `use` runs and the deadline allows. */
export async function withConnections<T>(
  flags: ConnectionOptions & FlagValues<'deadline'> & Pick<Environment, 'onStage'>,
  use: (connections: Connections) => Promise<T>,
): Promise<T> {
  flags.onStage?.('connecting to the cluster');
  const { connect } = await import('../../cluster/connection/connect.ts');
  const signal = AbortSignal.timeout(flags.deadlineMs);
  const open: Connection[] = [];
  const opened = (connection: Connection): Connection => {
    open.push(connection);
    return connection;
  };
  const own = once(async () => opened(await connect(flags)));
  try {
    return await use({ own, opened, signal });
  } finally {
    for (const connection of open) connection.close();
  }
}
