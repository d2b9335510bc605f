import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import express from 'express';
import type { RequestHandler, Router } from 'express';
import { notAllowed } from '../http/router.ts';
import type { Asset } from './assets.ts';
import { assets as bundled } from './assets.ts';

/**
 * Serves the page to anybody: it holds no data. What it shows it gets from the API, with the token that a person gives it.
 * An answer of the API that holds markup cannot become a script, whatever the page does with it: nothing inline runs, and
 * no text is parsed as HTML (Trusted Types, where the browser has them).
 */
export function pageRouter(assets: readonly Asset[] = bundled): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  for (const asset of assets)
    router
      .route(asset.path)
      .get(answer(asset))
      .all(notAllowed(['get']));
  return router;
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

function answer({ mediaType, text }: Asset): RequestHandler {
  const plain = { body: Buffer.from(text), etag: etagOf(text, '') };
  const small = { body: gzipSync(text, { level: 9 }), etag: etagOf(text, '-gzip') };
  return (request, response) => {
    const isSmall = request.acceptsEncodings('gzip', 'identity') === 'gzip';
    const { body, etag } = isSmall ? small : plain;
    response.set({
      'content-type': mediaType,
      'content-security-policy': policy,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      // Replicas may be of two releases for a while: whoever has a file asks whether it is still the one.
      'cache-control': 'no-cache',
      vary: 'Accept-Encoding',
      etag,
      ...(isSmall ? { 'content-encoding': 'gzip' } : {}),
    });
    response.send(body);
  };
}

function etagOf(text: string, suffix: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}${suffix}"`;
}
