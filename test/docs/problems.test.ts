import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { operations } from '../../plugin/serve/http/openapi/operations.ts';
import { problems } from '../../plugin/serve/http/problem.ts';

const docs = join(import.meta.dirname, '../../docs');
const text = readFileSync(join(docs, 'problems.md'), 'utf8');
const sections = new Map(
  text
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.split('\n')[0] ?? '', section] as const),
);

describe('docs/problems.md', () => {
  for (const [name, { status }] of Object.entries(problems)) {
    it(`says of ${name} which status it has, what it means and what to do`, () => {
      const section = sections.get(name) ?? '';

      const parts = [...section.matchAll(/^- \*\*(\w+):\*\* \S/gm)].map(([, part]) => part);
      expect(parts).to.deep.equal(['Status', 'Means', 'Do']);
      expect(section).to.include(`- **Status:** ${String(status)}\n`);
    });
  }

  it('has a heading for nothing else', () => {
    expect([...sections.keys()]).to.have.members(Object.keys(problems));
  });
});

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
