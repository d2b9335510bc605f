import { expect } from 'chai';
import type { Load } from '../../../../plugin/serve/page/browser/api/load.ts';
import { loadRoute } from '../../../../plugin/serve/page/browser/api/load.ts';
import { parseRoute } from '../../../../plugin/serve/page/browser/route.ts';

/** Offsets that are asked for, and the items that are shown, of so many Services. */
async function shownOf(hash: string, total: number): Promise<readonly unknown[]> {
  const all = Array.from({ length: total }, (_, index) => index);
  const asked: unknown[] = [];
  const load = ((path: string, { offset = 0, limit = 0 }: { readonly offset?: number; readonly limit?: number }) => {
    if (path !== 'explain') return Promise.resolve({ items: [], page: { total: 0 } });
    asked.push(offset);
    return Promise.resolve({ items: all.slice(offset, offset + limit), page: { offset, total } });
  }) as unknown as Load;
  const route = parseRoute(`#services?configMap=a%2Fb&${hash}`);
  const { content } = await loadRoute(load, { route, open: new Set() });
  const items = content?.view === 'services' ? (content.list?.items as unknown as readonly number[]) : [];
  return [asked, items[0] ?? null, items.length];
}

describe('plugin/serve/page: pages of Services', () => {
  for (const [title, hash, total, shown] of [
    ['the page in the address', 'offset=100', 150, [[100], 100, 50]],
    ['the last page when the list has become shorter', 'offset=300', 150, [[300, 100], 100, 50]],
    ['the last page when the address is just beyond the end', 'offset=200', 200, [[200, 100], 100, 100]],
    ['nothing when the list has become empty', 'offset=100', 0, [[100, 0], null, 0]],
    ['the first page for an infinite offset', 'offset=Infinity', 5, [[0], 0, 5]],
    ['the first page for a negative offset', 'offset=-100', 5, [[0], 0, 5]],
  ] as const) {
    it(`shows ${title}`, async () => {
      expect(await shownOf(hash, total)).to.deep.equal(shown);
    });
  }
});
