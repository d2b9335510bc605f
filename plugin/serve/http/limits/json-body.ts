import type { Request, RequestHandler } from 'express';
import { Problem, clientDisconnected } from '../problem.ts';

/** Largest body that is read. */
const maxBytes = 1024 * 1024;

/**
 * Reads a JSON body into `request.body`, which stays `undefined` where there is none. What is too large is not read to
 * its end, as parsers of express do before they answer: a client could make them read for hours.
 */
export const readJson: RequestHandler = async (request, _response, next) => {
  const { 'content-length': length, 'transfer-encoding': chunked } = request.headers;
  if (chunked !== undefined || (length !== undefined && length !== '0')) {
    assertJson(request);
    if (Number(length) > maxBytes) throw tooLarge();
    request.body = parse(await readBytes(request));
  }
  next();
};

function assertJson({ headers }: Request): void {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers;
  const charset = /;\s*charset="?([\w-]+)/i.exec(type)?.[1] ?? 'utf-8';
  if (/^application\/json\s*(?:;|$)/i.test(type) && /^utf-?8$/i.test(charset) && encoding === 'identity') return;
  const is = encoding === 'identity' ? JSON.stringify(type) : `compressed by ${JSON.stringify(encoding)}`;
  throw new Problem('unsupported-media-type', `The body must be application/json in UTF-8, and is ${is}.`, {
    headers: { accept: 'application/json' },
  });
}

async function readBytes(request: Request): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    throw request.destroyed ? clientDisconnected() : error;
  }
  return Buffer.concat(chunks, bytes);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    throw new Problem('invalid-request', 'The body is no JSON.');
  }
}

function tooLarge(): Problem {
  return new Problem('payload-too-large', `The body may have ${String(maxBytes / 1024)} KiB.`);
}
