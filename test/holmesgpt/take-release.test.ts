import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { holmesVersions } from '../tools/holmesgpt.ts';
import { withNewest } from './take-release.ts';

const text = "const releases = {\n  '0.16.4': '2025-12-05',\n  '0.45.0': '2026-10-20',\n} as const;\n";

describe('holmesgpt/take-release', () => {
  const take = (version: string, day = '2026-12-01'): string => withNewest(text, '0.45.0', version, day);

  it('replaces the newest release with the next minor release', () => {
    expect(take('0.46.1')).to.equal(text.replace("'0.45.0': '2026-10-20'", "'0.46.1': '2026-12-01'"));
  });

  it('accepts a patch release of the newest, and the newest again', () => {
    expect(take('0.45.1')).to.include("  '0.45.1': '2026-12-01',\n");
    expect(take('0.45.0', '2026-10-20')).to.equal(text);
  });

  it('finds the newest release in the file that it changes', async () => {
    const file = await readFile(join(import.meta.dirname, '../tools/holmesgpt.ts'), 'utf8');

    expect(withNewest(file, holmesVersions.at(-1)!, holmesVersions.at(-1)!, '2026-12-01')).to.include(
      "': '2026-12-01',\n",
    );
  });

  const refused: readonly (readonly [string, string, string, string])[] = [
    ['a release after a skipped one', '0.47.0', '2026-12-01', 'take a release of 0.46 first'],
    ['an older release', '0.44.0', '2026-12-01', 'HolmesGPT 0.44.0 is older than 0.45.0'],
    ['an invalid version', "0.46.0', x: '", '2026-12-01', 'expected one such as 0.46.0'],
    ['an invalid date', '0.46.0', 'today', 'expected one such as 2026-12-01'],
  ];
  for (const [title, version, day, message] of refused) {
    it(`rejects ${title}`, () => {
      expect(() => take(version, day)).to.throw(message);
    });
  }
});
