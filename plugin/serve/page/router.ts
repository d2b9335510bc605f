import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import express from 'express';
import type { RequestHandler, Router } from 'express';
import { notAllowed } from '../http/router.ts';
import type { Asset } from './assets.ts';
import { assets as bundled } from './assets.ts';

/**
 * Serves the page without authentication: it contains no data, but loads it from the API with the user's token. Markup
 * in responses cannot become a script: inline scripts are forbidden, and no text is parsed as HTML (Trusted Types,
 * where browsers support them).
 */
export function pageRouter(assets: readonly Asset[] = bundled): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  for (const asset of assets)
    router
      .route(asset.path)
      .get(sendAsset(asset))
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

function sendAsset({ mediaType, text }: Asset): RequestHandler {
  const plain = { body: Buffer.from(text), etag: etagOf(text, '') };
  const gzipped = { body: gzipSync(text, { level: 9 }), etag: etagOf(text, '-gzip') };
  return (request, response) => {
    const isGzip = request.acceptsEncodings('gzip', 'identity') === 'gzip';
    const { body, etag } = isGzip ? gzipped : plain;
    response.set({
      'content-type': mediaType,
      'content-security-policy': policy,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      // During an update, replicas can be of two releases: browsers must revalidate each file.
      'cache-control': 'no-cache',
      vary: 'Accept-Encoding',
      etag,
      ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
    });
    response.send(body);
  };
}

function etagOf(text: string, suffix: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}${suffix}"`;
}
