import type { Request, RequestHandler } from 'express';
import { problemFor } from '../problem-details.ts';

/** Largest accepted body. */
const maxBytes = 1024 * 1024;

/**
 * Parses a JSON body into `request.body`, which stays `undefined` without a body. Responds as soon as the body exceeds
 * the limit; express's own parsers would first read it to its end, which takes hours if the client is slow.
 */
export const readJson: RequestHandler = async (request, _response, next) => {
  const { 'content-length': length, 'transfer-encoding': chunked } = request.headers;
  if (chunked !== undefined || (length !== undefined && length !== '0')) {
    assertJson(request);
    if (Number(length) > maxBytes) throw problemFor.bodyTooLarge(maxBytes);
    request.body = parse(await readBytes(request));
  }
  next();
};

function assertJson({ headers }: Request): void {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers;
  const charset = /;\s*charset="?([\w-]+)/i.exec(type)?.[1] ?? 'utf-8';
  if (/^application\/json\s*(?:;|$)/i.test(type) && /^utf-?8$/i.test(charset) && encoding === 'identity') return;
  throw problemFor.unsupportedMediaType(
    encoding === 'identity' ? JSON.stringify(type) : `content-encoding ${JSON.stringify(encoding)}`,
  );
}

async function readBytes(request: Request): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw problemFor.bodyTooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    throw request.destroyed ? problemFor.clientDisconnected() : error;
  }
  return Buffer.concat(chunks, bytes);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    throw problemFor.invalidJson();
  }
}
