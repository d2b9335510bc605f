import type { ErrorRequestHandler, Response } from 'express';
import { PluginError } from '../../lib/errors.ts';
import { Problem, documentOf, problems } from './problem.ts';

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
  // Nobody reads the rest of a body that nobody wants.
  if (!response.req.complete) response.set('connection', 'close');
  response
    .status(problems[problem.problem].status)
    .set({ 'cache-control': 'no-store', ...problem.headers })
    .type('application/problem+json')
    .send(JSON.stringify(documentOf(problem)));
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof PluginError) return new Problem('cluster-unavailable', `${error.message}; ${error.hint}`);
  // Express throws one for a path with a percent sign that begins no character.
  if (error instanceof URIError) return new Problem('invalid-request', 'The path is not encoded right.');
  return new Problem('internal-error', 'The log says what went wrong.');
}
