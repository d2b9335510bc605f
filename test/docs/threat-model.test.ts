import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { isThere, namedTests } from './named-tests.ts';

/** Published vulnerabilities of plugins, GitOps companions and agents' tools: each is of one of the page's classes. */
const published = [
  ...['CVE-2022-24348', 'CVE-2022-24730', 'CVE-2022-24731', 'CVE-2023-40026', 'CVE-2022-24877', 'CVE-2022-24878'],
  ...['CVE-2022-24904', 'CVE-2022-31036', 'CVE-2022-31016', 'CVE-2023-40584', 'CVE-2024-29893', 'CVE-2023-25163'],
  ...['GHSA-6w87-g839-9wv7', 'CVE-2024-31216', 'CVE-2025-23216', 'CVE-2023-40029', 'CVE-2026-42880'],
  ...['CVE-2026-45737', 'CVE-2026-43824', 'CVE-2022-31035', 'CVE-2024-28175', 'CVE-2026-45738', 'CVE-2024-31989'],
  ...['CVE-2022-24817', 'CVE-2021-41254', 'CVE-2023-22736', 'CVE-2024-31990', 'CVE-2023-23947', 'CVE-2025-55196'],
  ...['CVE-2024-45041', 'CVE-2026-34984', 'CVE-2025-59531', 'CVE-2025-59537', 'CVE-2025-59538', 'CVE-2026-40109'],
  ...['CVE-2026-40886', 'CVE-2026-113709', 'CVE-2026-55797', 'CVE-2026-15583', 'CVE-2026-19516', 'CVE-2026-34884'],
  ...['CVE-2026-4789', 'GHSA-rp7v-4384-hfrp'],
];

/** Attacks that once succeeded: by number, and seven of lower severity. */
const succeeded = [...Array.from({ length: 25 }, (_, index) => String(index + 1)), ...Array<string>(7).fill('low')];

describe('docs/threat-model.md', () => {
  const text = readFileSync('docs/threat-model.md', 'utf8');
  const [assets, roles, classes, attacks] = tablesIn(text);
  const rows = [assets, roles, classes, attacks].flatMap((table) => table!.rows);

  it('lists each published vulnerability once, in one class', () => {
    const named = classes!.rows.flatMap(([, identifiers = '']) => identifiers.match(/(?:CVE|GHSA)-[\w-]+/g) ?? []);

    expect(named.toSorted()).to.deep.equal(published.toSorted());
  });

  it('lists each attack that once succeeded', () => {
    expect(attacks!.rows.map(([number]) => number)).to.deep.equal(succeeded);
  });

  it('has no empty or open cell', () => {
    for (const row of rows)
      for (const cell of row) expect(cell, row.join(' | ')).to.match(/^(?!open$|TBD$|-$).{2,}|^\d$/);
  });

  it('names an existing test for every class and attack', () => {
    for (const table of [classes!, attacks!]) {
      const column = table.head.indexOf('Test');
      for (const row of table.rows) {
        const named = namedTests(row[column]!);
        expect(named, row[0]).not.to.deep.equal([]);
        expect(named.filter((one) => !isThere(one))).to.deep.equal([]);
      }
    }
  });
});

interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

function tablesIn(text: string): readonly Table[] {
  return [...text.matchAll(/(?:^\|.*\n)+/gm)].map(([table]) => {
    const [head = [], , ...rows] = table
      .trimEnd()
      .split('\n')
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    return { head, rows };
  });
}
