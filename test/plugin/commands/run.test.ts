import { expect } from 'chai';
import { gzipSync } from 'node:zlib';
import { newest, oldest } from '../../../plugin/consumers/holmesgpt/catalog.ts';
import { PluginError } from '../../../plugin/lib/errors.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { prometheus, recording } from '../../support/objects.ts';
import { reported, runHere } from '../../support/run.ts';

describe('plugin/commands/run', () => {
  const folder = temporaryFolder();

  for (const args of [[], ['help'], ['--help'], ['-h']]) {
    it(`prints help for "${args.join(' ')}"`, async () => {
      const { code, stdout, stderr } = await runHere(args);

      expect([code, stderr]).to.deep.equal([0, '']);
      expect(stdout).to.contain('Usage: dynamic-toolset COMMAND [flags]');
      for (const command of ['generate', 'explain', 'snapshot'])
        expect(stdout).to.match(new RegExp(`^  ${command} `, 'm'));
    });
  }

  for (const args of [
    ['explain', '--help'],
    ['-h', 'explain'],
    ['help', 'explain'],
    ['explain', 'prometheus', '--unknown', '-h'],
  ]) {
    it(`prints help of the command for "${args.join(' ')}"`, async () => {
      const { code, stdout, stderr } = await runHere(args);

      expect([code, stderr]).to.deep.equal([0, '']);
      expect(stdout).to.contain('Usage: dynamic-toolset explain [SERVICE] [flags]');
    });
  }

  for (const [args, says] of [
    [['--path', 'generate'], 'flags without a command'],
    [['help', 'explian'], 'unknown command "explian", did you mean explain?'],
    [['generate', '-o', 'json'], '-o does not apply to this command'],
    [['validate', '--snapshot', 'a'], '--snapshot does not apply to this command'],
    [['--against', 'a', 'explain'], '--against does not apply to this command'],
  ] as const) {
    it(`rejects "${args.join(' ')}"`, async () => {
      const outcome = await runHere(args);

      expect(outcome).to.deep.include({ code: 2, writes: [] });
      expect(reported(outcome).message).to.equal(says);
    });
  }

  for (const args of [['version'], ['--version']]) {
    it(`prints the version for "${args.join(' ')}"`, async () => {
      const { code, stdout, stderr } = await runHere(args);

      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout.split('\n').map((line) => line.split(/ {2,}| (?=\d)/))).to.deep.equal([
        ['dynamic-toolset', '1.2.3'],
        ['commit', 'unknown'],
        ['Node.js', process.versions.node],
        ['HolmesGPT', `${oldest} to`, newest],
        [''],
      ]);
    });
  }

  for (const [name, says] of [
    ['genrate', 'unknown command "genrate", did you mean generate?'],
    ['deploy', 'unknown command "deploy"'],
    ['toString', 'unknown command "toString"'],
    ['', 'unknown command ""'],
  ] as const) {
    it(`rejects the command "${name}"`, async () => {
      const outcome = await runHere([name]);

      expect(outcome).to.deep.include({ code: 2, writes: [] });
      expect(reported(outcome)).to.deep.equal({
        level: 'error',
        code: 'USAGE',
        message: says,
        hint: 'dynamic-toolset --help lists the commands, and dynamic-toolset COMMAND --help the flags of one',
      });
    });
  }

  describe('the output', () => {
    const args = (command: string): string[] => [
      command,
      '--path',
      folder.path,
      '--snapshot',
      `${folder.path}/cluster.json`,
    ];

    beforeEach(async () => {
      await folder.write('cluster.json', recording(prometheus()));
    });

    for (const command of ['generate', 'explain', 'snapshot']) {
      it(`is written once by ${command}, with nothing on stderr`, async () => {
        const { code, writes, stderr } = await runHere(args(command));

        expect(code).to.equal(0);
        expect(writes).to.have.length(1);
        expect(writes[0]).to.match(/\n$/);
        expect(stderr).to.equal('');
      });

      it(`is empty when ${command} fails`, async () => {
        await folder.write('toolset.yaml', 'spec: [\n');

        const outcome = await runHere(args(command));

        expect(outcome).to.deep.include({ code: 2, writes: [] });
        expect(reported(outcome).code).to.equal('SETTINGS_INVALID');
      });
    }

    it('is empty when the overrides are invalid', async () => {
      await folder.write('overrides.yaml', 'toolset: {}\n');

      const outcome = await runHere(args('generate'));

      expect(outcome).to.deep.include({ code: 2, writes: [] });
      expect(reported(outcome).message).to.equal('overrides.yaml:1:1 unknown key "toolset", did you mean "toolsets"?');
    });

    it('is empty when the generated file is invalid', async () => {
      await folder.write('overrides.yaml', 'toolsets: {kubernetes/core: null, prometheus/metrics: null}\n');

      const outcome = await runHere(args('generate'));

      expect(outcome).to.deep.include({ code: 5, writes: [] });
      expect(reported(outcome).code).to.equal('OUTPUT_INVALID');
    });

    it('makes the run fail when it cannot be written', async () => {
      const refusal = new PluginError('OUTPUT_UNWRITABLE', 'stdout cannot be written: EPIPE', { hint: 'look' });

      const outcome = await runHere(args('generate'), refusal);

      expect(outcome.code).to.equal(5);
      expect(reported(outcome).code).to.equal('OUTPUT_UNWRITABLE');
    });
  });

  it('exits with 70 and prints the stack for an unexpected failure', async () => {
    const outcome = await runHere(['version'], new TypeError('x is not a function'));

    expect(outcome.code).to.equal(70);
    expect(reported(outcome).stack).to.match(/^TypeError: x is not a function\n {4}at /);
  });

  const snapshots = [
    { title: 'that does not exist', content: null, says: /^--snapshot .* cannot be read: no such file or directory$/ },
    { title: 'that is not YAML', content: 'a: [', says: /^--snapshot .* is neither JSON nor YAML: / },
    { title: 'that is truncated JSON', content: '{"a": ', says: /^--snapshot .* is neither JSON nor YAML: / },
    { title: 'without Kubernetes objects', content: 'a: 1\n', says: /^--snapshot .* holds no Kubernetes objects$/ },
    {
      title: 'that PowerShell wrote as UTF-16',
      content: Buffer.from('\uFEFF{"kind": "List", "items": []}', 'utf16le'),
      says: /^--snapshot .* is UTF-16, .*: save it as UTF-8$/,
    },
    { title: 'that is compressed', content: gzipSync('{}'), says: /^--snapshot .* is compressed: unpack it/ },
    { title: 'that is empty', content: '', says: /^--snapshot .* holds no Kubernetes objects$/ },
  ];
  for (const { title, content, says } of snapshots) {
    it(`rejects a snapshot ${title}`, async () => {
      const path = content === null ? `${folder.path}/absent` : await folder.write('cluster.yaml', content);

      const outcome = await runHere(['generate', '--path', folder.path, '--snapshot', path]);

      expect(outcome).to.deep.include({ code: 2, writes: [] });
      expect(reported(outcome).code).to.equal('SNAPSHOT_INVALID');
      expect(reported(outcome).message).to.match(says);
    });
  }
});
