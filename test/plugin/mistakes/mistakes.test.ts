import { expect } from 'chai';
import { join } from 'node:path';
import { temporaryFolder } from '../../support/folder.ts';
import { BareRepository } from '../../support/bare-repository.ts';
import { runHere } from '../../support/run.ts';
import { exitCodes, warningCodes } from '../../../plugin/lib/codes.ts';
import type { Mistake } from './mistakes.ts';
import { mistakes } from './mistakes.ts';

const cluster = join(import.meta.dirname, '../../../manifests/examples/cluster.yaml');

/** What was told: a code, and the sentences with their place. */
interface Told {
  readonly code: string;
  readonly text: string;
}

interface Printed {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly place?: { readonly file: string; readonly line: number; readonly column: number };
}

const fleet = 'fleet.git';

function makeRepository(folder: string, branches: NonNullable<Mistake['repository']>): void {
  const repository = new BareRepository(folder, fleet);
  for (const [branch, files] of Object.entries(branches)) {
    const main = repository.tip('main');
    if (main !== null) repository.git('update-ref', `refs/heads/${branch}`, main);
    repository.commit(files, branch);
  }
}

describe('common mistakes', () => {
  const folder = temporaryFolder();

  async function toldOf({
    files = {},
    args = ['validate', '-o', 'json', 'FOLDER'],
    environment,
    repository,
  }: Mistake): Promise<Told[]> {
    for (const [name, text] of Object.entries(files)) await folder.write(name, text);
    if (repository) makeRepository(folder.path, repository);
    const given = args.map((one) =>
      one.replace('FOLDER', folder.path).replace('REPOSITORY', join(folder.path, fleet)).replace('CLUSTER', cluster),
    );
    const { stdout, stderr } = await runHere(given, undefined, environment);
    const findings = given[0] === 'validate' ? (JSON.parse(stdout) as Printed[]) : [];
    const lines = stderr.split('\n').filter((line) => line !== '');
    return [...findings, ...lines.map((line) => JSON.parse(line) as Printed)].map(
      ({ code, message, hint = '', place }) => {
        const where = place ? `${place.file.split('/').at(-1)!}:${String(place.line)}:${String(place.column)} ` : '';
        return { code, text: `${where}${message}\n${hint}`.replaceAll(folder.path, 'FOLDER') };
      },
    );
  }

  for (const mistake of mistakes) {
    it(`${mistake.title}: reports ${mistake.code} with the location and the fix`, async () => {
      const { code, place, remedy } = mistake;

      const told = await toldOf(mistake);

      const texts = told.filter((one) => one.code === code).map(({ text }) => text);
      const whole = texts.filter((text) => text.includes(place) && text.includes(remedy));
      expect(whole, `of ${JSON.stringify(told)}`).not.to.deep.equal([]);
    });
  }

  it('number at least 50, each with a known code', () => {
    const codes = new Set([...Object.keys(exitCodes), ...warningCodes]);

    expect(mistakes.filter(({ code }) => !codes.has(code))).to.deep.equal([]);
    expect(mistakes.length).to.be.at.least(50);
  });
});
