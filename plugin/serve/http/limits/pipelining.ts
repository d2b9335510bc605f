import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';

/** Requests that a connection may have waiting while a response is being read. */
const maxWaiting = 16;

/**
 * Handles the requests of a connection one after the other: the next one when the client has taken the response to the one
 * before. Node itself hands over all that arrive together, some 1,700 in 64 KB, each with its response in memory until it is
 * read. A connection that has more waiting is closed.
 */
export function oneAtATime(handle: RequestListener): RequestListener {
  const waiting = new WeakMap<Socket, (() => void)[]>();
  return (request, response) => {
    const { socket } = request;
    if (socket.destroyed) return;
    const queue = waiting.get(socket);
    const run = (): void => {
      response.once('close', () => {
        const next = waiting.get(socket)?.shift();
        if (next && !socket.destroyed) next();
        else waiting.delete(socket);
      });
      handle(request, response);
    };
    if (queue === undefined) {
      waiting.set(socket, []);
      run();
    } else if (queue.length < maxWaiting) queue.push(run);
    else {
      queue.length = 0;
      socket.destroy();
    }
  };
}
