import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import packageJson from '../package.json' with { type: 'json' };
import { bugExitCode, exitCodes } from '../plugin/errors.ts';

const repository = join(import.meta.dirname, '..');
const readme = readFileSync(join(repository, 'README.md'), 'utf8');

/** What needs a cluster, an engine or a registry: checked for what it names, not run. */
const online = [/^npm ci$/, /^docker build -t \S+ \.$/, /^kubectl /, /^npx dynamic-toolset explain --check readiness$/];

interface Deployment {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly image: string;
          readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
        }[];
        readonly volumes: readonly { readonly name: string }[];
      };
    };
  };
}

describe('README', () => {
  const commands = blocks('sh').flatMap((block) => block.trim().split('\n'));
  let demo: readonly string[];

  before(function () {
    this.timeout(60_000);
    demo = runScript('demo').split('\n');
  });

  it('shows what the demo prints', () => {
    const shown = blocks('text')
      .filter((block) => block.startsWith('selected'))
      .flatMap((block) => block.trimEnd().split('\n'));

    expect(shown).to.have.length.above(3);
    expect(shown.filter((line) => !demo.includes(line))).to.deep.equal([]);
  });

  for (const command of commands.filter((one) => one.startsWith('npx dynamic-toolset ') && !isOnline(one))) {
    it(`can be followed: ${command}`, function () {
      this.timeout(60_000);

      expect(runProgram(command.split(' ').slice(2))).to.not.equal('');
    });
  }

  it('has no command that is neither run here nor known to need more than this repository', () => {
    const others = commands.filter((one) => !/^(npx dynamic-toolset |npm run demo$)/.test(one) && !isOnline(one));

    expect(others).to.deep.equal([]);
  });

  it('applies manifests that exist, of an image that it builds', () => {
    const folders = commands.flatMap((command) => /^kubectl apply -k (\S+)$/.exec(command)?.[1] ?? []);
    const image = `${packageJson.name}:${packageJson.version}`;

    expect(folders).to.not.be.empty;
    expect(folders.filter((folder) => !existsSync(join(repository, folder, 'kustomization.yaml')))).to.deep.equal([]);
    expect(commands).to.include(`docker build -t ${image} .`);
    expect(sidecar().containers.map((container) => container.image)).to.deep.equal([image]);
  });

  it('mounts what it defines, and the three folders that a sidecar needs', () => {
    const { containers, volumes } = sidecar();
    const ownVolumes = volumes.map(({ name }) => name);
    const mounts = containers.flatMap(({ volumeMounts }) => volumeMounts);

    expect(mounts.map(({ name }) => name).filter((name) => !ownVolumes.includes(name))).to.deep.equal([
      'var-files',
      'plugins',
    ]);
    expect(mounts.map(({ mountPath }) => mountPath)).to.include.members([
      '/var/run/argocd',
      '/home/argocd/cmp-server/plugins',
      '/tmp',
    ]);
  });

  it('names the plugin as plugin.yaml does', () => {
    const application = yamlBlock('Application') as {
      readonly spec: { readonly source: { readonly plugin: { readonly name: string } } };
    };
    const plugin = parse(readFileSync(join(repository, 'plugin.yaml'), 'utf8')) as {
      readonly metadata: { readonly name: string };
    };

    expect(application.spec.source.plugin.name).to.equal(plugin.metadata.name);
  });

  it('has every exit code, and no other', () => {
    const listed = [...readme.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));

    expect(listed).to.deep.equal([...new Set([0, ...Object.values(exitCodes), bugExitCode])].sort((a, b) => a - b));
  });
});

function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block);
}

function yamlBlock(kind: string): unknown {
  return blocks('yaml')
    .map((block) => parse(block) as { readonly kind: string })
    .find((object) => object.kind === kind);
}

function sidecar(): Deployment['spec']['template']['spec'] {
  return (yamlBlock('Deployment') as Deployment).spec.template.spec;
}

function isOnline(command: string): boolean {
  return online.some((pattern) => pattern.test(command));
}

function runProgram(args: readonly string[]): string {
  return execFileSync(process.execPath, ['plugin/main.ts', ...args], { cwd: repository, encoding: 'utf8' });
}

/** What `npm run` would run, without npm's own lines. */
function runScript(name: keyof typeof packageJson.scripts): string {
  const [node, ...args] = packageJson.scripts[name].split(' ');
  expect(node).to.equal('node');
  return execFileSync(process.execPath, args, { cwd: repository, encoding: 'utf8' });
}
