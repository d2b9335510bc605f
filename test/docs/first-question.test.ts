import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../support/folder.ts';
import { runHere } from '../support/run.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/first-question.md'), 'utf8');

describe('docs/first-question.md', () => {
  const folder = temporaryFolder();

  it('shows overrides for a store behind Grafana that are valid, and cause one warning without the URL', async () => {
    const [, shown = ''] = /^```yaml\n# overrides\.yaml\n(.*?)^```$/ms.exec(text) ?? [];
    expect(shown).to.contain('grafana_datasource_uid');

    await folder.write('overrides.yaml', shown);
    expect((await runHere(['validate', folder.path])).stdout).to.equal('1 folder checked: no problems\n');

    await folder.write('overrides.yaml', shown.replace(/^ *api_url: .*\n/m, ''));
    expect((await runHere(['validate', folder.path])).stdout.match(/\([A-Z_]+\)/g)).to.deep.equal([
      '(OVERRIDE_MISDIRECTED)',
    ]);
  });
});
