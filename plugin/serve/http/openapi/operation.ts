import type * as z from 'zod';
import type { ReadModel } from '../state/read-model.ts';
import type { ProblemCode } from '../problem.ts';

/** What a request says, once it is checked. */
export interface Input<Path, Query, Body> {
  readonly path: Path;
  readonly query: Query;
  readonly body: Body;
  /** Aborted when the client is gone, or the time is up. */
  readonly signal: AbortSignal;
}

type Fields = z.ZodObject;
const noParameters = null;

/** One operation of the API: the router serves it, and the OpenAPI document describes it. */
export interface ApiOperation {
  readonly id: string;
  readonly method: 'get' | 'post';
  /** As OpenAPI writes it. A parameter in it takes whatever is left of the path. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters: Fields | null;
  readonly query: Fields;
  /** `null` where no body is read. */
  readonly body: z.ZodType | null;
  readonly answer: z.ZodType;
  /** Problems of its own, besides those that any operation has. */
  readonly problems: readonly ProblemCode[];
  /** Of how many requests it takes the place in its account's rate. */
  readonly cost: number;
  readonly handle: (model: ReadModel, input: Input<unknown, unknown, unknown>) => Promise<unknown>;
}

/** An operation whose `handle` gets what its schemas make of a request. */
export function operation<
  Query extends Fields,
  Path extends Fields | null = null,
  Body extends z.ZodType | null = null,
>(
  one: Omit<ApiOperation, 'parameters' | 'query' | 'body' | 'problems' | 'cost' | 'handle'> & {
    readonly parameters?: Path;
    readonly query: Query;
    readonly body?: Body;
    readonly problems?: readonly ProblemCode[];
    /** One unless given. */
    readonly cost?: number;
    readonly handle: (
      model: ReadModel,
      input: Input<OutputOf<Path>, z.output<Query>, OutputOf<Body>>,
    ) => Promise<unknown>;
  },
): ApiOperation {
  const { parameters = noParameters, body = noParameters, problems = [], cost = 1 } = one;
  return { ...one, parameters, body, problems, cost } as unknown as ApiOperation;
}

type OutputOf<T> = T extends z.ZodType ? z.output<T> : null;
