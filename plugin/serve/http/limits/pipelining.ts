import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';

/** Requests that may wait on a connection while a response is being read. */
const maxWaiting = 16;

/**
 * Handles the requests of a connection one at a time: the next one starts when the client has read the previous
 * response. Node itself passes on all requests that arrive together, some 1,700 in 64 KB, each with its response in
 * memory until it is read. A connection with more waiting requests is closed.
 */
export function oneAtATime(handle: RequestListener): RequestListener {
  const waiting = new WeakMap<Socket, (() => void)[]>();
  return (request, response) => {
    const { socket } = request;
    const queue = waiting.get(socket) ?? [];
    const run = (): void => {
      response.once('close', () => {
        const next = queue.shift();
        if (next && !socket.destroyed) next();
        else waiting.delete(socket);
      });
      handle(request, response);
    };
    if (!waiting.has(socket)) {
      waiting.set(socket, queue);
      run();
    } else if (queue.length < maxWaiting) queue.push(run);
    else {
      queue.length = 0;
      socket.destroy();
    }
  };
}
