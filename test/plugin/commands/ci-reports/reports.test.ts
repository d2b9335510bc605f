import { expect } from 'chai';
import * as fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Entry } from '../../../../plugin/commands/ci-reports/entry.ts';
import { reportRenderers } from '../../../../plugin/commands/ci-reports/reports.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { realPart } from '../../../support/real-part.ts';
import { runHere } from '../../../support/run.ts';
import { findPython } from '../../../tools/python.ts';

const inputs = { command: 'validate', version: '1.2.3', defaultFile: 'apps/a b/toolset.yaml' };
const errorsPage = 'https://github.com/OWNER/REPOSITORY/blob/main/docs/errors.md';

const mistake: Entry = {
  code: 'SETTINGS_INVALID',
  level: 'error',
  message: 'unknown key "discvery"',
  remedy: ['correct it'],
  subject: 'apps/a b/toolset.yaml',
  location: { file: 'apps/a b/toolset.yaml', line: 3, column: 8 },
  helpUrl: `${errorsPage}#settings_invalid`,
};
const unreadable: Entry = {
  ...mistake,
  ...{ code: 'Forbidden', level: 'unknown', subject: 'plugin: Namespace argocd', location: null },
};
const passed: Entry = { ...unreadable, code: 'ServeRunning', level: 'passed', subject: 'serve: Deployment a/b' };

/** Texts that others write, with what XML, JSON and terminals take badly. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    ']]>',
    '</failure>',
    '&#0;',
    '\u0000',
    '\uFFFE',
    '\uD800',
    '\u001B[31m',
    '"\'<&>',
    'x'.repeat(10_000),
  ),
);
const entry = fc.record<Entry>({
  code: fc.constantFrom('SETTINGS_INVALID', 'Forbidden'),
  level: fc.constantFrom('error', 'warning', 'note', 'unknown', 'passed'),
  message: text.filter((one) => one !== ''),
  remedy: fc.array(text, { maxLength: 3 }),
  subject: text,
  location: fc.option(
    fc.record({ file: text, line: fc.integer({ min: 1, max: 9 }), column: fc.integer({ min: 1, max: 9 }) }),
  ),
  helpUrl: fc.constant(errorsPage),
});

/** SARIF's own schema, as it was published for 2.1.0. */
async function sarifSchema(): Promise<z.ZodType> {
  const json = await readFile(join(import.meta.dirname, 'sarif-2.1.0.json'), 'utf8');
  // Zod takes a reference for a whole URL: what RFC 3986 lets it consist of is checked instead.
  const read = json.replaceAll('"format":"uri-reference"', () => String.raw`"pattern":"^[\\w.~%!$&'()*+,;=:@/?#-]*$"`);
  return z.fromJSONSchema(JSON.parse(read) as Parameters<typeof z.fromJSONSchema>[0]);
}

/** GitLab's documentation of a code quality report: what is needed of each finding, and its severities. */
const CodeQuality = z.array(
  z.object({
    description: z.string().min(1),
    check_name: z.string().min(1),
    fingerprint: z.string().min(1),
    severity: z.enum(['info', 'minor', 'major', 'critical', 'blocker']),
    location: z.object({ path: z.string(), lines: z.object({ begin: z.int().min(1) }) }),
  }),
);

interface TestCase {
  readonly name: string;
  readonly file: string | null;
  readonly line: string | null;
  /** Names and texts of what is in it. */
  readonly children: readonly (readonly [element: string, message: string | null, text: string])[];
}

const script = `
import json, sys, xml.etree.ElementTree as tree
def read(text):
    root = tree.fromstring(text)
    return {'counts': [root.get('tests'), root.get('failures'), root.get('errors')], 'cases': [
        {'name': case.get('name'), 'file': case.get('file'), 'line': case.get('line'),
         'children': [[child.tag, child.get('message'), child.text] for child in case]}
        for case in root.iter('testcase')]}
json.dump([read(text.encode()) for text in json.load(sys.stdin)], sys.stdout)
`;

/** Expat reads them, in one process. */
function readXml(
  texts: readonly string[],
): readonly { readonly counts: readonly string[]; readonly cases: readonly TestCase[] }[] {
  const options = { input: JSON.stringify(texts), encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;
  const { status, stdout, stderr } = spawnSync(findPython() ?? 'python3', ['-c', script], options);
  expect(status, stderr).to.equal(0);
  return JSON.parse(stdout) as ReturnType<typeof readXml>;
}

function samples(count: number): readonly (readonly Entry[])[] {
  return fc.sample(fc.array(entry, { maxLength: 4 }), { numRuns: count, seed: 19 });
}

describe('plugin/commands/ci-reports', () => {
  it('prints SARIF that conforms to the 2.1.0 schema, whatever the entries contain', async () => {
    const schema = await sarifSchema();

    fc.assert(
      fc.property(fc.array(entry, { maxLength: 3 }), (entries) => {
        const log = JSON.parse(reportRenderers.sarif(entries, inputs)) as unknown;
        expect(schema.safeParse(log).error?.issues ?? []).to.deep.equal([]);
      }),
      { numRuns: 50 },
    );
    expect(schema.safeParse({ version: '2.1.0', runs: [{ results: [] }] }).success).to.equal(false);
  });

  it('gives SARIF the rule with its page, and the location in Git or the cluster object beside the settings', () => {
    const { runs } = JSON.parse(reportRenderers.sarif([mistake, unreadable, passed], inputs)) as {
      readonly runs: readonly [{ readonly tool: { readonly driver: object }; readonly results: readonly object[] }];
    };
    const place = {
      artifactLocation: { uri: 'apps/a%20b/toolset.yaml', uriBaseId: '%SRCROOT%' },
      region: { startLine: 3, startColumn: 8 },
    };

    expect(runs[0].tool.driver).to.deep.include({
      version: '1.2.3',
      rules: [
        { id: 'SETTINGS_INVALID', helpUri: `${errorsPage}#settings_invalid` },
        { id: 'Forbidden', helpUri: mistake.helpUrl },
      ],
    });
    expect(runs[0].results).to.have.length(2);
    expect(runs[0].results[0]).to.deep.include({
      ...{ ruleId: 'SETTINGS_INVALID', ruleIndex: 0, level: 'error' },
      message: { text: 'unknown key "discvery"\ncorrect it' },
      locations: [{ physicalLocation: place }],
    });
    expect(runs[0].results[1]).to.deep.include({
      level: 'warning',
      locations: [
        {
          physicalLocation: { ...place, region: { startLine: 1, startColumn: 1 } },
          logicalLocations: [{ fullyQualifiedName: 'plugin: Namespace argocd', kind: 'resource' }],
        },
      ],
    });
  });

  it('prints a code quality report in the format of GitLab with unique fingerprints, whatever the entries contain', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 3 }), (entries) => {
        const list = CodeQuality.parse(JSON.parse(reportRenderers['code-quality'](entries, inputs)));
        expect(new Set(list.map(({ fingerprint }) => fingerprint)).size).to.equal(list.length);
      }),
    );
  });

  it('keeps the fingerprint of a finding when its line moves, and gives the next of its kind another', () => {
    const fingerprints = (entries: readonly Entry[]): readonly string[] =>
      CodeQuality.parse(JSON.parse(reportRenderers['code-quality'](entries, inputs))).map((one) => one.fingerprint);
    const moved = { ...mistake, location: { ...mistake.location!, line: 9 } };

    const [first, second] = fingerprints([mistake, moved]);

    expect(fingerprints([moved])).to.deep.equal([first]);
    expect(second).to.not.equal(first);
  });

  it('prints XML that a parser accepts, with a test case for each entry, whatever the entries contain', function () {
    if (!realPart('Python', findPython() !== null, 'node test/tools/python.ts')) this.skip();
    const all = samples(100);

    const read = readXml(all.map((entries) => reportRenderers.junit(entries, inputs)));

    for (const [index, { cases, counts }] of read.entries()) {
      const entries = all[index]!;
      expect(cases).to.have.length(entries.length);
      const elements = cases.flatMap(({ children }) => children.map(([element]) => element));
      const count = (name: string): string => String(elements.filter((one) => one === name).length);
      expect(counts).to.deep.equal([String(entries.length), count('failure'), count('error')]);
      for (const { children } of cases)
        for (const [, , body] of children) expect(body).to.not.match(/[[\p{Cc}\p{Cf}]--[\n]]/v);
    }
  });

  it('reports to JUnit what failed, what could not be checked and what passed', function () {
    if (!realPart('Python', findPython() !== null, 'node test/tools/python.ts')) this.skip();

    const [read] = readXml([reportRenderers.junit([mistake, unreadable, passed], inputs)]);

    expect(read).to.deep.equal({
      counts: ['3', '1', '1'],
      cases: [
        {
          ...{ name: 'SETTINGS_INVALID apps/a b/toolset.yaml:3', file: 'apps/a b/toolset.yaml', line: '3' },
          children: [['failure', mistake.message, `${mistake.message}\ncorrect it\n${mistake.helpUrl}`]],
        },
        {
          ...{ name: 'Forbidden plugin: Namespace argocd', file: null, line: null },
          children: [['error', mistake.message, `${mistake.message}\ncorrect it\n${mistake.helpUrl}`]],
        },
        { name: 'ServeRunning serve: Deployment a/b', file: null, line: null, children: [] },
      ],
    });
  });
});

describe('validate --output junit, sarif, code-quality', () => {
  const folder = temporaryFolder();

  it('reports the same finding at the same line in each format', async () => {
    await folder.write('overrides.yaml', 'toolsets:\n  grafana/tempoo: {enabled: true}\n');

    const [sarif, quality, junit] = await Promise.all(
      ['sarif', 'code-quality', 'junit'].map((format) => runHere(['validate', '-o', format, folder.path])),
    );

    expect([sarif?.code, quality?.code, junit?.code]).to.deep.equal([1, 1, 1]);
    const { runs } = JSON.parse(sarif?.stdout ?? '') as {
      readonly runs: readonly [
        { readonly results: readonly { readonly ruleId: string; readonly locations: unknown }[] },
      ];
    };
    expect(runs[0].results.map(({ ruleId }) => ruleId)).to.deep.equal(['OVERRIDE_REJECTED']);
    expect(JSON.stringify(runs[0].results[0]?.locations)).to.include('"startLine":2,"startColumn":3');
    const [finding] = CodeQuality.parse(JSON.parse(quality?.stdout ?? ''));
    expect(finding).to.deep.include({ check_name: 'OVERRIDE_REJECTED', severity: 'minor' });
    expect(finding?.location.lines).to.deep.equal({ begin: 2 });
    expect(junit?.stdout).to.match(
      /<testcase name="OVERRIDE_REJECTED [^"]*overrides\.yaml:2" .* line="2">\n +<failure /,
    );
  });

  it('reports a folder without findings as a passed JUnit test and as an empty code quality list', async () => {
    await folder.write('overrides.yaml', 'toolsets: {}\n');

    const junit = await runHere(['validate', '-o', 'junit', folder.path]);
    const quality = await runHere(['validate', '-o', 'code-quality', folder.path]);

    expect([junit.code, quality.code, quality.stdout]).to.deep.equal([0, 0, '[]\n']);
    expect(junit.stdout)
      .to.include('tests="1" failures="0" errors="0"')
      .and.to.match(/<testcase name="no problems .*\/>/);
  });
});
