import { expect } from 'chai';
import fc from 'fast-check';
import { load, loadAll } from 'js-yaml';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import type { Outcome } from '../support/run.ts';
import { grafana, prometheus, recording } from '../support/objects.ts';
import { reported, runHere } from '../support/run.ts';
import { fuzz } from './fuzz.ts';
import { mutatedData, mutatedText } from './mutations.ts';
import type { GitSeed } from './seeds.ts';
import { decoy, gitSeeds } from './seeds.ts';

/** Files by name; each character of a text is a byte, for files need not be UTF-8. */
type Files = Readonly<Record<string, string>>;

/** The program's own words for what it expected of a file in Git. */
const refusals = ['SETTINGS_INVALID', 'OVERRIDES_INVALID', 'PATCHES_INVALID', 'FILE_UNREADABLE', 'PATCH_FAILED'];
/** Depend on the cluster: `validate` does not look at one. */
const later = ['OVERRIDE_CONFLICT', 'PATCH_FAILED', 'OUTPUT_INVALID', 'OUTPUT_TOO_LARGE'];
/** Argo CD shows an error to people. */
const maxErrorChars = 8_000;

describe('fuzz/git-files', () => {
  let folder = '';
  let cluster = '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dynamic-toolset-fuzz-'));
    cluster = join(folder, 'cluster.json');
    await writeFile(cluster, recording(prometheus(), prometheus('team'), grafana(), grafana('team')));
  });
  after(() => rm(folder, { recursive: true }));

  const names = { settings: 'toolset.yaml', overrides: 'overrides.yaml', patches: 'patches.yaml' } as const;
  const textOf = (data: unknown): string => Buffer.from(stringify(data ?? null)).toString('latin1');
  const partOf = (part: keyof GitSeed): fc.Arbitrary<string> => {
    const seeds = gitSeeds.map((seed) => seed[part]).filter((seed) => seed !== null);
    // One file that is refused hides what the others do: most are as people write them.
    return fc.oneof(
      { weight: part === 'settings' ? 6 : 2, arbitrary: fc.constantFrom(...seeds.map(textOf)) },
      { weight: 2, arbitrary: mutatedData(seeds).map(textOf) },
      { weight: 1, arbitrary: mutatedText(seeds.map(textOf)) },
    );
  };

  fuzz<Files>({
    name: 'git-files',
    law: 'generates a readable manifest or one error, agrees with validate, and reveals no secret, for any Git files',
    inputs: fc.record({ settings: partOf('settings'), overrides: partOf('overrides'), patches: partOf('patches') }),
    check: async (files) => {
      for (const [part, name] of Object.entries(names))
        await writeFile(join(folder, name), Buffer.from(files[part] ?? '', 'latin1'));

      const generated = await runHere(['generate', '--path', folder, '--snapshot', cluster, '--check', 'none']);
      const validated = await runHere(['validate', '-o', 'json', folder]);

      if (generated.code === 0) assertManifest(generated.stdout);
      else assertError(generated);
      expect(validated.code).to.be.oneOf([0, 1]);
      const findings = JSON.parse(validated.stdout) as readonly Finding[];
      assertAgreement(generated, findings);
      expect(validated.stdout + validated.stderr + generated.stderr).not.to.include(decoy);
    },
  });
});

interface Finding {
  readonly severity: string;
  readonly code: string;
  readonly place: { readonly line: number; readonly column: number };
}

/** One ConfigMap for each target; some targets have custom resources beside it. */
function assertManifest(text: string): void {
  const documents = parseAllDocuments(text).map((one) => one.toJS() as Manifest);
  expect(loadAll(text)).to.deep.equal(documents);
  expect(documents[0]?.kind).to.equal('ConfigMap');
  const files = documents.flatMap(({ kind, data = {} }) => (kind === 'ConfigMap' ? Object.entries(data) : []));
  for (const [key, file] of files) if (!key.endsWith('.json')) expect(load(file)).to.deep.equal(parse(file));
}

interface Manifest {
  readonly kind: string;
  readonly data?: Readonly<Record<string, string>>;
}

function assertError(outcome: Outcome): void {
  expect(outcome.code, outcome.stderr).to.be.oneOf([2, 5]);
  expect(outcome.stdout).to.equal('');
  expect(reported(outcome)).to.have.property('code');
  expect(outcome.stderr.length).to.be.at.most(maxErrorChars);
}

/** What generation refuses for a file alone, validation finds without a cluster; and the other way round. */
function assertAgreement(generated: Outcome, findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === 'error').map(({ code }) => code);
  for (const { place } of findings) expect([place.line > 0, place.column > 0]).to.deep.equal([true, true]);
  if (errors.length > 0) expect(generated.code, errors.join()).to.equal(2);
  const code = generated.code === 0 ? '' : reported(generated).code;
  if (refusals.includes(code ?? '') && !later.includes(code ?? '')) expect(errors).to.include(code);
}
