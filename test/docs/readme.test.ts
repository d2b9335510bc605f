import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { bugExitCode, exitCodes } from '../../plugin/lib/codes.ts';
import { placeProgram, programFile } from '../support/built-program.ts';
import { temporaryFolder } from '../support/folder.ts';

const repository = join(import.meta.dirname, '../..');
const readme = readFileSync(join(repository, 'README.md'), 'utf8');

/** What needs a cluster, an engine or a registry: checked for what it names, not run. */
const online = [/^npm ci$/, /^docker build -t \S+ \.$/, /^kubectl /, /^npx dynamic-toolset (explain|doctor)$/];

describe('README', () => {
  const commands = blocks('sh').flatMap((block) => block.trim().split('\n'));
  const folder = temporaryFolder();
  let demo: readonly string[];

  before(function () {
    this.timeout(60_000);
    demo = runScript('demo').split('\n');
  });

  it('shows lines that the demo prints', () => {
    const shown = blocks('text')
      .filter((block) => block.startsWith('DECISION'))
      .flatMap((block) => block.trimEnd().split('\n'));

    expect(shown).to.have.length.above(3);
    expect(shown.filter((line) => !demo.includes(line))).to.deep.equal([]);
  });

  for (const command of commands.filter((one) => one.startsWith('npx dynamic-toolset ') && !isOnline(one))) {
    it(`shows a working command: ${command}`, async function () {
      this.timeout(60_000);
      const program = join(folder.path, programFile);
      await placeProgram(program);

      expect(runProgram(program, command.split(' ').slice(2))).to.not.equal('');
    });
  }

  it('has only commands that a test runs or that need more than this repository', () => {
    const others = commands.filter((one) => !/^(npx dynamic-toolset |npm run demo$)/.test(one) && !isOnline(one));

    expect(others).to.deep.equal([]);
  });

  it('builds the image that the manifests use', () => {
    const { version, name } = packageJson;
    const patch = readFileSync(join(repository, 'manifests/sidecar/patch.yaml'), 'utf8');

    expect(commands).to.include(`docker build -t ${name}:${version} .`);
    expect(patch).to.include(`image: ${name}:${version}\n`);
  });

  it('lists exactly the exit codes of the program', () => {
    const listed = [...readme.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));

    expect(listed).to.deep.equal([...new Set([0, ...Object.values(exitCodes), bugExitCode])].sort((a, b) => a - b));
  });

  it('names the Node.js version that package.json requires', () => {
    expect(readme).to.contain(`Node ${packageJson.engines.node.replace('>=', '')} or newer`);
  });
});

function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block);
}

function isOnline(command: string): boolean {
  return online.some((pattern) => pattern.test(command));
}

function runProgram(file: string, args: readonly string[]): string {
  return execFileSync(process.execPath, [file, ...args], { cwd: repository, encoding: 'utf8' });
}

/** What `npm run` would run, without npm's own lines. */
function runScript(name: keyof typeof packageJson.scripts): string {
  const [node, ...args] = packageJson.scripts[name].split(' ');
  expect(node).to.equal('node');
  return execFileSync(process.execPath, args, { cwd: repository, encoding: 'utf8' });
}
