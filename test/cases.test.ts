import { expect } from 'chai';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runHere } from './support/run.ts';

const root = join(import.meta.dirname, 'cases');

/** A folder each: a recorded cluster, perhaps Git's files and warnings, and the manifest. UPDATE=1 writes the manifests anew. */
describe('cases', () => {
  for (const name of readdirSync(root)) {
    it(`generates the expected manifest and warnings for ${name}`, async () => {
      const folder = join(root, name);
      const expected = join(folder, 'expected.yaml');

      const { code, stdout, stderr } = await runHere([
        ...['generate', '--path', folder],
        ...['--snapshot', join(folder, 'cluster.yaml')],
      ]);

      const warnings = join(folder, 'warnings.jsonl');
      expect([code, stderr]).to.deep.equal([0, existsSync(warnings) ? readFileSync(warnings, 'utf8') : '']);
      if (process.env.UPDATE === '1') writeFileSync(expected, stdout);
      expect(stdout).to.equal(readFileSync(expected, 'utf8'));
    });
  }
});
