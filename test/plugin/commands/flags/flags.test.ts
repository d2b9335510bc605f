import { expect } from 'chai';
import { oneOf, parseFlags } from '../../../../plugin/commands/flags/flags.ts';
import type { FlagName } from '../../../../plugin/commands/flags/flags.ts';
import { failure } from '../../../support/failure.ts';

describe('plugin/commands/flags/flags', () => {
  it('has a default for everything', () => {
    expect(parseFlags([])).to.deep.equal({
      path: '.',
      snapshot: undefined,
      kubeconfig: undefined,
      defaultKubeconfig: undefined,
      context: undefined,
      policy: undefined,
      project: undefined,
      sourcePath: undefined,
      application: undefined,
      deadlineMs: 45_000,
      check: undefined,
      output: undefined,
      all: false,
      report: false,
      version: 'unknown',
      toolset: undefined,
      against: undefined,
      write: false,
      keepDiscovered: false,
      argoCdNamespace: 'argocd',
      skip: [],
      columns: Infinity,
      operands: [],
      inThread: false,
      onStage: undefined,
    });
  });

  it('reads every flag, with a space or an equals sign', () => {
    const shared = ['--path', 'a', '--kubeconfig=b', '--context', 'c', '--policy=d', '--project', 'e', '--check=none'];

    const flags = parseFlags([...shared, '-o', 'json', '--all', 'f'], ['output', 'all'], 1);

    expect(flags).to.include({ path: 'a', kubeconfig: 'b', context: 'c', policy: 'd', project: 'e', check: 'none' });
    expect(flags).to.include({ output: 'json', all: true });
    expect(flags.operands).to.deep.equal(['f']);
  });

  it('takes what stands after -- for an operand', () => {
    expect(parseFlags(['--', '--odd'], [], 1).operands).to.deep.equal(['--odd']);
  });

  it('takes the project from Argo CD, and rather from the flag', () => {
    const environment = { project: 'team-a' };

    expect(parseFlags([], [], 0, environment).project).to.equal('team-a');
    expect(parseFlags(['--project', 'team-b'], [], 0, environment).project).to.equal('team-b');
  });

  it('keeps the value of KUBECONFIG apart from --kubeconfig, which wins over it', () => {
    const flags = parseFlags(['--kubeconfig', 'named'], [], 0, { kubeconfig: 'a:b' });

    expect(flags).to.include({ kubeconfig: 'named', defaultKubeconfig: 'a:b' });
  });

  for (const [text, ms] of [
    ['30', 30_000],
    ['90s', 90_000],
    ['2m', 120_000],
    ['1m30s', 90_000],
    ['1h', 3_600_000],
  ] as const) {
    it(`reads --deadline ${text} as ${ms} ms`, () => {
      expect(parseFlags(['--deadline', text]).deadlineMs).to.equal(ms);
    });
  }

  const wrong: readonly { args: readonly string[]; own?: readonly FlagName[]; says: string }[] = [
    { args: ['--paht', 'x'], says: 'unknown flag --paht, did you mean --path?' },
    { args: ['--paht=x'], says: 'unknown flag --paht, did you mean --path?' },
    { args: ['--verbose'], says: 'unknown flag --verbose' },
    { args: ['--output', 'json'], says: 'unknown flag --output' },
    { args: ['--all'], says: 'unknown flag --all' },
    { args: ['-o', 'json'], says: 'unknown flag -o' },
    { args: ['-x'], says: 'unknown flag -x' },
    { args: ['--path'], says: '--path needs a value' },
    {
      args: ['--path', '--context'],
      says: 'invalid --path "--context": expected a value; write --flag=VALUE for one that starts with -',
    },
    { args: ['--write=x'], own: ['write'], says: 'invalid --write "x": expected no value' },
    { args: ['prometheus'], says: 'unexpected argument "prometheus"' },
    { args: ['-'], says: 'unexpected argument "-"' },
    {
      args: ['--snapshot', 'a', '--context', 'b'],
      says: '--snapshot cannot be combined with --kubeconfig or --context: a snapshot takes the place of the cluster',
    },
    {
      args: ['--kubeconfig', 'b', '--snapshot', '-'],
      says: '--snapshot cannot be combined with --kubeconfig or --context: a snapshot takes the place of the cluster',
    },
    { args: ['--check', 'tcp'], says: 'invalid --check "tcp": expected http, readiness or none' },
    ...['0', '0s', '', 'soon', '-5s', '5s1m', '10ms', '1.5s'].map((text) => ({
      args: [`--deadline=${text}`],
      says: `invalid --deadline ${JSON.stringify(text)}: expected a duration such as 45s or 2m`,
    })),
    ...['3601', '61m', '99999999h', '9'.repeat(400)].map((text) => ({
      args: ['--deadline', text],
      says: `invalid --deadline ${JSON.stringify(text)}: expected at most 1h`,
    })),
  ];
  for (const { args, own, says } of wrong) {
    it(`refuses ${args.join(' ').slice(0, 60)}`, async () => {
      const error = await failure(() => parseFlags(args, own));

      expect(error.code).to.equal('USAGE');
      expect(error.message).to.equal(says);
      expect(error.hint).to.equal('dynamic-toolset --help lists commands and flags');
    });
  }

  it('refuses the second operand where one is taken', async () => {
    const error = await failure(() => parseFlags(['a', 'b'], [], 1));

    expect(error.message).to.equal('unexpected argument "b"');
  });

  it('tells what a value may be', async () => {
    const error = await failure(() => oneOf('--output', 'xml', ['table', 'json']));

    expect(error.message).to.equal('invalid --output "xml": expected table or json');
    expect(oneOf('--output', undefined, ['table'])).to.equal(undefined);
  });
});
