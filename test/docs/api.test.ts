import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { operations } from '../../plugin/serve/http/openapi/operations.ts';

const docs = join(import.meta.dirname, '../../docs');

describe('docs/api.md', () => {
  it('lists every operation', () => {
    const api = readFileSync(join(docs, 'api.md'), 'utf8');
    const listed = [...api.matchAll(/^\| `(GET|POST) (\/api\/v1\/\S+)`/gm)].map(
      ([, method = '', path]) => `${method} ${path!}`,
    );

    expect(listed).to.have.members([
      ...operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`),
      'GET /api/v1/events',
    ]);
  });
});
