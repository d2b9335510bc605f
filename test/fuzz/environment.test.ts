import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../plugin/commands/flags/environment.ts';
import { parseServeFlags, serveOptions } from '../../plugin/commands/flags/serve-flags.ts';
import { PluginError } from '../../plugin/lib/errors.ts';
import { parameters, variableOf } from '../../plugin/settings/application-parameters/definitions.ts';
import { prometheus, recording } from '../support/objects.ts';
import { reported, runHere } from '../support/run.ts';
import { fuzz } from './fuzz.ts';
import { hostileText, mutatedData, mutatedText } from './mutations.ts';

interface Input {
  readonly command: string;
  readonly flags: readonly string[];
  readonly parameters: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly project: string;
  readonly sourcePath: string;
}

/** In no project's policy. */
const hidden = 'hidden-namespace';
/** Argo CD shows an error to people. */
const maxErrorChars = 10_000;

const policy = {
  apiVersion: 'toolset.kubernaut.ai/v1alpha1',
  kind: 'DiscoveryPolicy',
  spec: { projects: { team: { namespaces: { include: ['monitoring', 'team-*'] }, trust: { namespaces: [] } } } },
};

describe('fuzz/environment', () => {
  let folder = '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dynamic-toolset-fuzz-'));
    await writeFile(join(folder, 'cluster.json'), recording(prometheus(), prometheus(hidden)));
    await writeFile(join(folder, 'policy.yaml'), JSON.stringify(policy));
  });
  after(() => rm(folder, { recursive: true }));

  const passed = [
    parameters.map(({ name }) => ({ name, string: 'a', array: ['team-*'], map: { grafana: 'false' } })),
    [
      { name: 'target.version', string: '0.45' },
      { name: 'discovery.namespaces.include', array: ['*'] },
    ],
    [{ name: 'detectors', map: { loki: 'true', constructor: 'false' } }],
    [{ name: 'trust.namespaces', array: ['*'] }],
    [{ name: 'policy', string: '/dev/null' }],
  ];
  const json = passed.map((one) => JSON.stringify(one));
  const variable = fc.oneof(
    fc.constantFrom(...parameters.map(({ name }) => variableOf(name)), 'DETECTORS_LOKI', 'TRUST_NAMESPACES', 'POLICY'),
    hostileText,
  );
  // Those that only read: none writes, listens or connects.
  const commands = ['generate', 'explain', 'validate', 'parameters', 'diff', 'snapshot', 'help', 'serve-flags'];
  const flag = fc.oneof(
    fc.constantFrom('--check', 'http', 'none', '--deadline', '1s', '0', '99999h', '-o', 'json', '--all', '--toolset'),
    fc.constantFrom(
      '--path',
      '.',
      '/',
      '--against',
      '--context',
      '--skip',
      '--',
      '-',
      '-x',
      '--no-check',
      '--check=',
      '-ojson',
    ),
    fc.constantFrom(...Object.keys(serveOptions).map((name) => `--${name}`), ':8080', '[::1]:1', 'a:99999', 'x/y'),
    hostileText,
  );

  fuzz<Input>({
    name: 'environment',
    law: 'prints output or one error, and shows no project more than its policy allows, whatever Argo CD passes',
    inputs: fc.record({
      command: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...commands) }, { weight: 1, arbitrary: hostileText }),
      flags: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(flag, { maxLength: 4 })),
      parameters: fc.oneof(
        fc.constantFrom('', 'null', ...json),
        mutatedData(passed).map((data) => JSON.stringify(data)),
        mutatedText(json),
      ),
      variables: fc.oneof(
        { weight: 2, arbitrary: fc.constant({}) },
        fc.dictionary(variable, hostileText, { maxKeys: 3 }),
      ),
      project: fc.oneof({ weight: 3, arbitrary: fc.constant('team') }, hostileText),
      sourcePath: fc.oneof(fc.constantFrom('.', 'apps/one'), hostileText),
    }),
    check: async ({ command, flags, parameters: text, variables, project, sourcePath }) => {
      const environment = { project, sourcePath, application: { parameters: text, variables } };
      if (command === 'serve-flags') {
        assertServeFlags(flags, environment);
        return;
      }
      // Last, so that no flag before them leads to another cluster, folder or policy.
      const last = ['--policy', join(folder, 'policy.yaml'), '--snapshot', join(folder, 'cluster.json')];
      const own = command === 'validate' ? [folder] : ['--path', folder, ...last];
      const { code, stdout, stderr } = await runHere([command, ...flags, ...own], undefined, environment);

      expect(code, stderr).to.be.oneOf([0, 1, 2, 5]);
      expect(stderr.length).to.be.at.most(maxErrorChars);
      if (code > 1) {
        expect(stdout).to.equal('');
        expect(reported({ stderr })).to.include.keys('code', 'message', 'hint');
        expect(stderr.trimEnd()).to.match(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u);
      }
      expect(stdout + stderr).not.to.include(hidden);
    },
  });
});

function assertServeFlags(flags: readonly string[], environment: Environment): void {
  try {
    parseServeFlags(flags, environment);
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    expect(error.code).to.equal('USAGE');
  }
}
