import type { Clock } from '../../lib/clock.ts';
import type { Connection } from '../../cluster/connection/connection.ts';
import type { RequestDescriptor, Verb } from '../../cluster/http/request-errors.ts';
import { statusError } from '../../cluster/http/request-errors.ts';
import { apiVersionOf, collectionPath, objectPath } from '../../cluster/http/resource-path.ts';
import type { ApiResponse } from '../../cluster/http/api-client.ts';
import { reader, writer } from '../../cluster/http/api-client.ts';

/** The part of a Lease (coordination.k8s.io/v1) that the election reads. */
export interface LeaseObject {
  /** Empty if there is no holder. */
  readonly holder: string;
  readonly durationMs: number;
  /** The complete object: an update must keep the fields that are not read here. */
  readonly raw: RawLease;
}

interface RawLease {
  readonly spec?: {
    readonly holderIdentity?: unknown;
    readonly leaseDurationSeconds?: unknown;
    readonly leaseTransitions?: unknown;
    readonly acquireTime?: unknown;
  };
}

export interface LeaseClientOptions {
  readonly connection: Connection;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly leaseMs: number;
  /** Timeout of each request. */
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, 'epochMs'>;
}

/**
 * Requests to the API server about one Lease. Each returns the new state; `null` if the Lease does not exist, or on a
 * conflict.
 */
export interface LeaseClient {
  readonly read: (signal: AbortSignal) => Promise<LeaseObject | null>;
  readonly create: (signal: AbortSignal) => Promise<LeaseObject | null>;
  /** Acquires or renews the Lease if it has not changed since `seen`. */
  readonly acquire: (seen: LeaseObject, signal: AbortSignal) => Promise<LeaseObject | null>;
  /** Gives up the Lease: the next replica can acquire it at once. */
  readonly release: (seen: LeaseObject, signal: AbortSignal) => Promise<LeaseObject | null>;
}

const group = 'coordination.k8s.io';

export function leaseClient(options: LeaseClientOptions): LeaseClient {
  const { connection, namespace, name, identity, leaseMs, timeoutMs, clock } = options;
  const microTime = (): string => microTimeOf(clock.epochMs());
  const leases = { group, resource: 'leases', namespace } as const;
  const path = objectPath(leases, name);
  const leaseDurationSeconds = Math.max(1, Math.ceil(leaseMs / 1000));
  const resourceFor = (verb: Verb): RequestDescriptor => ({
    ...leases,
    verb,
    name,
  });
  const leaseOf = (
    answer: ApiResponse,
    resource: RequestDescriptor,
    absent: ReadonlySet<number>,
  ): LeaseObject | null => {
    if (answer.status === 200 || answer.status === 201) return view(answer.body, leaseMs);
    if (absent.has(answer.status)) return null;
    throw statusError({ status: answer.status, text: JSON.stringify(answer.body) }, connection.server, resource);
  };
  const write = async (method: 'POST' | 'PUT', lease: object, signal: AbortSignal): Promise<LeaseObject | null> => {
    const resource = resourceFor(method === 'POST' ? 'create' : 'update');
    const body = JSON.stringify({ apiVersion: apiVersionOf(group), kind: 'Lease', ...lease });
    const to = method === 'POST' ? collectionPath(leases) : path;
    const request = { method, path: to, contentType: 'application/json', body };
    const answer = await writer(connection, signal)({ ...request, timeoutMs }, resource);
    return leaseOf(answer, resource, method === 'POST' ? conflict : conflictOrNotFound);
  };
  return {
    read: async (signal) => {
      const resource = resourceFor('get');
      return leaseOf(await reader(connection, signal, { timeoutMs, attempts: 1 })(path, resource), resource, notFound);
    },
    create: (signal) => {
      const spec = { leaseTransitions: 0, acquireTime: microTime(), renewTime: microTime() };
      const metadata = { namespace, name };
      return write('POST', { metadata, spec: { ...spec, holderIdentity: identity, leaseDurationSeconds } }, signal);
    },
    acquire: ({ raw, holder }, signal) => {
      const { leaseTransitions, acquireTime } = raw.spec ?? {};
      const transitions = typeof leaseTransitions === 'number' ? leaseTransitions : 0;
      const since =
        holder === identity ? { acquireTime } : { acquireTime: microTime(), leaseTransitions: transitions + 1 };
      const mine = { holderIdentity: identity, leaseDurationSeconds, renewTime: microTime(), ...since };
      return write('PUT', { ...raw, spec: { ...raw.spec, ...mine } }, signal);
    },
    release: ({ raw }, signal) => {
      const free = { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime() };
      return write('PUT', { ...raw, spec: { ...raw.spec, ...free } }, signal);
    },
  };
}

const notFound: ReadonlySet<number> = new Set([404]);
const conflict: ReadonlySet<number> = new Set([409]);
const conflictOrNotFound: ReadonlySet<number> = new Set([404, 409]);

function view(body: unknown, leaseMs: number): LeaseObject {
  const raw = (body ?? {}) as RawLease;
  const { holderIdentity, leaseDurationSeconds } = raw.spec ?? {};
  const isDuration = typeof leaseDurationSeconds === 'number' && leaseDurationSeconds > 0;
  return {
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    durationMs: isDuration ? leaseDurationSeconds * 1000 : leaseMs,
    raw,
  };
}

/** The times in a Lease are informational: no replica compares them. */
function microTimeOf(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z');
}
