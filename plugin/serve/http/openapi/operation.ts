import type * as z from 'zod';
import type { ClusterAccess } from '../auth/cluster-access.ts';
import type { ExtensionCaller } from '../auth/extension-access.ts';
import type { ReadModel } from '../state/read-model.ts';
import type { ShownCluster } from '../state/shown-cluster.ts';
import type { ProblemCode } from '../problem.ts';

/** A parsed request. */
export interface Input<Path, Query, Body> {
  readonly path: Path;
  readonly query: Query;
  readonly body: Body;
  /** Set for an operation of Argo CD's proxy; `null` for any other. */
  readonly caller: ExtensionCaller | null;
  /** The clusters that the request is about and its account may see; for Argo CD's proxy, all of them. */
  readonly clusters: readonly ShownCluster[];
  /** What else the account may see. */
  readonly access: ClusterAccess;
  /** Aborts when the client disconnects or the deadline passes. */
  readonly signal: AbortSignal;
}

type Fields = z.ZodObject;

/** One operation of the API: served by the router and described by the OpenAPI document. */
export interface ApiOperation {
  readonly id: string;
  readonly method: 'get' | 'post';
  /** In OpenAPI notation. A parameter matches the rest of the path. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters: Fields | null;
  readonly query: Fields;
  /** `null` without a body. */
  readonly body: z.ZodType | null;
  readonly response: z.ZodType;
  /** Who may call it: an account with a bearer token, or Argo CD's proxy extension. */
  readonly access: 'token' | 'extension';
  /** In addition to those of every operation. */
  readonly problems: readonly ProblemCode[];
  /** Tokens that it takes from the account's rate limit. */
  readonly cost: number;
  /** A fixed cluster that it is about, `*` for all; `null` if the request names it. */
  readonly about: string | null;
  /** `models` are those of the clusters that it is about, at least one. */
  readonly handle: (models: readonly ReadModel[], input: Input<unknown, unknown, unknown>) => Promise<unknown>;
}

/** An operation whose `handle` is typed by its schemas. */
export function operation<
  Query extends Fields,
  Response extends z.ZodType,
  Path extends Fields | null = null,
  Body extends z.ZodType | null = null,
>(
  one: Omit<
    ApiOperation,
    'parameters' | 'query' | 'body' | 'response' | 'access' | 'problems' | 'cost' | 'about' | 'handle'
  > & {
    readonly parameters?: Path;
    readonly query: Query;
    readonly body?: Body;
    readonly response: Response;
    /** `token` by default. */
    readonly access?: ApiOperation['access'];
    readonly problems?: readonly ProblemCode[];
    /** 1 by default. */
    readonly cost?: number;
    /** Defaults to the cluster named by the request. */
    readonly about?: string;
    readonly handle: (
      models: readonly ReadModel[],
      input: Input<OutputOf<Path>, z.output<Query>, OutputOf<Body>>,
    ) => Promise<z.input<Response>>;
  },
): ApiOperation {
  const { parameters = null, body = null, access = 'token', problems = [], cost = 1, about = null } = one;
  return { ...one, parameters, body, access, problems, cost, about } as unknown as ApiOperation;
}

type OutputOf<T> = T extends z.ZodType ? z.output<T> : null;
