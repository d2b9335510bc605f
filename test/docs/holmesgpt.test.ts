import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runHere } from '../support/run.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/holmesgpt.md'), 'utf8');

describe('docs/holmesgpt.md', () => {
  const commands = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) => block.trim().split('\n'));

  it('shows a preview with validate and with diff', () => {
    expect(commands.map((one) => one.split(' ').slice(1, 5).join(' '))).to.deep.equal([
      'dynamic-toolset validate --target-version 0.24',
      'dynamic-toolset diff --target-version 0.24',
    ]);
  });

  for (const command of commands) {
    it(`shows a command that previews the release: ${command}`, async () => {
      const { code, stdout } = await runHere(command.split(' ').slice(2));

      expect(code).to.be.oneOf([0, 1]);
      expect(stdout).to.match(/ gone: HolmesGPT 0\.24 takes the best one of several backends: .* \(RELEASE_DIFFERS\)/);
    });
  }

  it('lists more than 60 changes of releases, among them the new toolset victorialogs once', () => {
    const rows = text.match(/^\| 0\.\d+ .*$/gm) ?? [];

    expect(rows.filter((row) => row.includes('`victorialogs`') && /\| new +\|$/.test(row))).to.have.length(1);
    expect(rows.length).to.be.above(60);
  });
});
