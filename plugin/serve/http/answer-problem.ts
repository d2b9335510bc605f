import type { ErrorRequestHandler, Response } from 'express';
import { PluginError } from '../../errors.ts';
import { Problem, documentOf, problems } from './problem.ts';
import type { ProblemName } from './problem.ts';

/** The last handler: every failure becomes a problem response. A bug is told of, and its client is told nothing of it. */
export function answerProblems(onBug: (error: unknown) => void): ErrorRequestHandler {
  // Express knows the handler of errors by its four parameters.
  return (error: unknown, _request, response, next) => {
    const problem = problemOf(error);
    if (problem.problem === 'internal-error') onBug(error);
    if (response.headersSent) {
      next(error);
      return;
    }
    answer(problem, response);
  };
}

export function answer(problem: Problem, response: Response): void {
  response
    .status(problems[problem.problem].status)
    .set({ 'cache-control': 'no-store', ...problem.headers })
    .type('application/problem+json')
    .send(JSON.stringify(documentOf(problem)));
}

/** What express and its parsers throw, by their own names for it. */
const byType: Readonly<Record<string, readonly [ProblemName, string]>> = {
  'entity.too.large': ['payload-too-large', 'The body may have 1 MiB.'],
  'entity.parse.failed': ['invalid-request', 'The body is no JSON.'],
  'encoding.unsupported': ['unsupported-media-type', 'The body must not be compressed.'],
  'charset.unsupported': ['unsupported-media-type', 'JSON is UTF-8.'],
  'request.aborted': ['invalid-request', 'The body ended early.'],
  'request.size.invalid': ['invalid-request', 'The body is not as long as Content-Length says.'],
};

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof PluginError) return new Problem('cluster-unavailable', `${error.message}; ${error.hint}`);
  const { type, status } = (error ?? {}) as { readonly type?: unknown; readonly status?: unknown };
  const known = typeof type === 'string' ? byType[type] : undefined;
  if (known) return new Problem(...known);
  if (error instanceof URIError || status === 400)
    return new Problem('invalid-request', 'The path is not encoded right.');
  return new Problem('internal-error', 'The log says what went wrong.');
}
