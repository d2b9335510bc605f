import type { ErrorRequestHandler, Response } from 'express';
import { PluginError } from '../../lib/errors.ts';
import { problemFor } from './problem-details.ts';
import { Problem, documentOf, problems } from './problem.ts';
import { requestIdOf } from './request-id.ts';

/**
 * The last handler: turns every error into a problem response. An unexpected error is reported to `onBug` and not
 * revealed in the response.
 */
export function problemHandler(onBug: (error: unknown, requestId?: string) => void): ErrorRequestHandler {
  // Express recognizes an error handler by its four parameters.
  return (error: unknown, _request, response, next) => {
    const problem = problemOf(error);
    if (problem.code === 'internal-error') onBug(error, requestIdOf(response));
    if (response.headersSent) {
      next(error);
      return;
    }
    sendProblem(problem, response);
  };
}

function sendProblem(problem: Problem, response: Response): void {
  // The rest of the request body stays unread, so the connection cannot be reused.
  if (!response.req.complete) response.set('connection', 'close');
  response
    .status(problems[problem.code].status)
    .set({ 'cache-control': 'no-store', ...problem.headers })
    .type('application/problem+json')
    .send(JSON.stringify(documentOf(problem, requestIdOf(response))));
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof PluginError) return problemFor.clusterUnavailable(error);
  // express throws it for a path with an invalid percent-encoding.
  if (error instanceof URIError) return problemFor.invalidPathEncoding();
  return problemFor.bug();
}
