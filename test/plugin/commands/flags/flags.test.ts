import { expect } from 'chai';
import type { ParsedFlags } from '../../../../plugin/commands/flags/flags.ts';
import { parseFlags, readAhead } from '../../../../plugin/commands/flags/flags.ts';
import type { FlagName } from '../../../../plugin/commands/flags/options.ts';
import { options, optionsNamed } from '../../../../plugin/commands/flags/options.ts';
import { oneOf } from '../../../../plugin/commands/flags/values.ts';
import { failure } from '../../../support/failure.ts';

const aboutTheCluster = [
  ...(['path', 'snapshot', 'kubeconfig', 'context'] as const),
  ...(['policy', 'project', 'check', 'deadline'] as const),
];

/** As a command takes them: those about the cluster, and these. */
function parse<const Name extends FlagName = never>(
  args: readonly string[],
  own: readonly Name[] = [],
  maxOperands = 0,
  environment = {},
): ParsedFlags<Pick<typeof options, Name | (typeof aboutTheCluster)[number]>> {
  return parseFlags(args, optionsNamed([...aboutTheCluster, ...own]), environment, maxOperands);
}

describe('plugin/commands/flags/flags', () => {
  it('has the flags that a command declares, with their defaults', () => {
    expect(parse([])).to.deep.equal({ path: '.', deadlineMs: 45_000, version: 'unknown', operands: [] });
  });

  it('has a list for a flag that may be repeated, and false for a switch', () => {
    const names = ['own-cluster', 'cluster-secret', 'decision', 'skip', 'all', 'keep-discovered'] as const;

    expect(parseFlags([], optionsNamed(names))).to.deep.equal({
      ...{ ownClusters: [], clusterSecrets: [], decisions: [], skip: [], all: false, keepDiscovered: false },
      ...{ version: 'unknown', operands: [] },
    });
  });

  it('reads flags with a space or an equals sign', () => {
    const shared = ['--path', 'a', '--kubeconfig=b', '--context', 'c', '--policy=d', '--project', 'e', '--check=none'];

    const flags = parse([...shared, '-o', 'json', '--all', 'f'], ['output', 'all'], 1);

    expect(flags).to.include({ path: 'a', kubeconfig: 'b', context: 'c', policy: 'd', project: 'e', check: 'none' });
    expect(flags).to.include({ output: 'json', all: true });
    expect(flags.operands).to.deep.equal(['f']);
  });

  it('reads flags that may be repeated', () => {
    const args = [
      '-n',
      'a',
      '--namespace=b',
      '--decision',
      'denied',
      '--product',
      'loki',
      '--sort-by',
      'service',
      '-v',
    ];

    const flags = parse(args, ['namespace', 'decision', 'product', 'sort-by', 'verbose']);

    expect(flags).to.deep.include({
      namespaces: ['a', 'b'],
      decisions: ['denied'],
      products: ['loki'],
      sortBy: 'service',
    });
  });

  for (const [args, index] of [
    [['explain', 'a'], 0],
    [['--path', 'explain', 'diff'], 2],
    [['-v', '-n', 'a', 'explain', 'b'], 3],
    [['--path=a', 'generate'], 1],
    [['--', 'explain'], 1],
    [['--path', 'explain'], -1],
    [['-x', 'explain'], 1],
    [[], -1],
  ] as const) {
    it(`finds the command in "${args.join(' ')}"`, () => {
      expect(readAhead(args, options).commandAt).to.equal(index);
    });
  }

  for (const [args, isVerbose] of [
    [['-v', 'explain'], true],
    [['explain', '--verbose'], true],
    [['explain', '-Av'], true],
    [['explain', '-n', 'v'], false],
    [['explain', '--', '-v'], false],
    [['explain'], false],
  ] as const) {
    it(`reports ${isVerbose ? 'each stage' : 'no stage'} for "${args.join(' ')}"`, () => {
      expect(readAhead(args, options).isVerbose).to.equal(isVerbose);
    });
  }

  it('treats what follows -- as an operand', () => {
    expect(parse(['--', '--odd'], [], 1).operands).to.deep.equal(['--odd']);
  });

  it('takes the project from Argo CD unless the flag names one', () => {
    const environment = { project: 'team-a' };

    expect(parse([], [], 0, environment).project).to.equal('team-a');
    expect(parse(['--project', 'team-b'], [], 0, environment).project).to.equal('team-b');
  });

  it('keeps the value of KUBECONFIG apart from --kubeconfig', () => {
    const flags = parse(['--kubeconfig', 'named'], [], 0, { defaultKubeconfig: 'a:b' });

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
      expect(parse(['--deadline', text]).deadlineMs).to.equal(ms);
    });
  }

  const wrong: readonly { args: readonly string[]; own?: readonly FlagName[]; says: string }[] = [
    { args: ['--paht', 'x'], says: 'unknown flag --paht, did you mean --path?' },
    { args: ['--paht=x'], says: 'unknown flag --paht, did you mean --path?' },
    { args: ['--verbos'], says: 'unknown flag --verbos' },
    { args: ['--verbose'], says: '--verbose does not apply to this command' },
    { args: ['--output', 'json'], says: '--output does not apply to this command' },
    { args: ['--all'], says: '--all does not apply to this command' },
    { args: ['-o', 'json'], says: '-o does not apply to this command' },
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
      says: '--snapshot cannot be combined with --kubeconfig or --context: a snapshot replaces the cluster',
    },
    {
      args: ['--kubeconfig', 'b', '--snapshot', '-'],
      says: '--snapshot cannot be combined with --kubeconfig or --context: a snapshot replaces the cluster',
    },
    {
      args: ['--decision=taken'],
      own: ['decision'],
      says: 'invalid --decision "taken": expected selected, unhealthy, denied, redundant, rejected or ignored',
    },
    {
      args: ['--sort-by=age'],
      own: ['sort-by'],
      says: 'invalid --sort-by "age": expected decision, service or toolset',
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
    it(`rejects ${args.join(' ').slice(0, 60)}`, async () => {
      const error = await failure(() => parse(args, own));

      expect(error.code).to.equal('USAGE');
      expect(error.message).to.equal(says);
      expect(error.hint).to.equal(
        'dynamic-toolset --help lists the commands, and dynamic-toolset COMMAND --help the flags of one',
      );
    });
  }

  it('rejects a second operand where one is allowed', async () => {
    const error = await failure(() => parse(['a', 'b'], [], 1));

    expect(error.message).to.equal('unexpected argument "b"');
  });

  it('lists the allowed values in its error', async () => {
    const error = await failure(() => oneOf('--output', 'xml', ['table', 'json']));

    expect(error.message).to.equal('invalid --output "xml": expected table or json');
    expect(oneOf('--output', 'table', ['table', 'json'])).to.equal('table');
  });
});
