import { expect } from 'chai';
import { mkdir, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toolsetYaml } from '../../cluster/support/program.ts';
import { errorOf, failureIn } from '../support/conditions.ts';
import { createRepository } from '../parts/repository.ts';
import { openScene } from '../support/scene.ts';
import { sharedArgoCd } from '../parts/shared.ts';
import type { SharedArgoCd } from '../parts/shared.ts';

interface Trick {
  readonly title: string;
  /** Writes into the Application's folder. */
  readonly play: (folder: string) => Promise<void>;
  readonly code: string;
  readonly message: RegExp;
}

const tricks: readonly Trick[] = [
  {
    title: 'a link to a file of another Application',
    play: (folder) => symlink('../neighbour/toolset.yaml', join(folder, 'toolset.yaml')),
    code: 'FILE_UNREADABLE',
    message: /^toolset\.yaml .*link to a place outside/,
  },
  {
    title: 'a link to itself',
    play: (folder) => symlink('overrides.yaml', join(folder, 'overrides.yaml')),
    code: 'FILE_UNREADABLE',
    message: /^overrides\.yaml /,
  },
  {
    title: 'a folder where a file should be',
    play: async (folder) => {
      await mkdir(join(folder, 'overrides.yaml'));
      await writeFile(join(folder, 'overrides.yaml', 'file'), '');
    },
    code: 'FILE_UNREADABLE',
    message: /^overrides\.yaml /,
  },
  {
    title: 'a file of 3 MB',
    play: (folder) => writeFile(join(folder, 'overrides.yaml'), `toolsets: {} # ${'x'.repeat(3 << 20)}`),
    code: 'FILE_UNREADABLE',
    message: /^overrides\.yaml .*it has 3145\d{3} bytes/,
  },
  {
    title: 'aliases that multiply to a billion',
    play: (folder) => writeFile(join(folder, 'overrides.yaml'), bomb()),
    code: 'OVERRIDES_INVALID',
    message: /^overrides\.yaml:/,
  },
  {
    title: 'lists nested ten thousand deep',
    play: (folder) => writeFile(join(folder, 'overrides.yaml'), `toolsets: ${'['.repeat(10_000)}`),
    code: 'OVERRIDES_INVALID',
    message: /^overrides\.yaml:/,
  },
  {
    title: 'a path out of the repository',
    play: (folder) => writeSettings(folder, { overrides: { files: ['../../../../../../etc/hosts.yaml'] } }),
    code: 'FILE_UNREADABLE',
    message: /outside the repository/,
  },
];

describe('e2e/generate/hostile-repository', () => {
  let argoCd: SharedArgoCd;

  before(async function () {
    argoCd = await sharedArgoCd(this);
  });

  it('fails with a separate message per Application for links, large files and YAML bombs', async () => {
    const repository = await createRepository(await temporaryFolder());
    await repository.commitWith(async (workTree) => {
      for (const [index, { play }] of tricks.entries()) {
        const folder = join(workTree, `trick-${index}`);
        await mkdir(folder);
        await writeFile(join(folder, 'README.md'), '');
        await play(folder);
      }
      await mkdir(join(workTree, 'neighbour'));
      await writeSettings(join(workTree, 'neighbour'), {});
    });

    await Promise.all(tricks.map((_, index) => create(`trick-${index}`, repository.url)));
    const failures = await Promise.all(tricks.map((_, index) => untilFailed(`trick-${index}`)));

    for (const [index, { title, code, message }] of tricks.entries()) {
      const failure = failureIn(failures[index]!);
      expect(failure.code, title).to.equal(code);
      expect(failure.message, title).to.match(message);
    }
  });

  it('is rejected by Argo CD when a link leads outside, without showing a file of the machine', async () => {
    const repository = await createRepository(await temporaryFolder());
    await repository.commitWith(async (workTree) => {
      await mkdir(join(workTree, 'stolen'));
      await symlink('/etc/passwd', join(workTree, 'stolen', 'overrides.yaml'));
    });

    await create('stolen', repository.url);

    const message = errorOf(await untilFailed('stolen'));
    expect(message).to.include('out-of-bounds symlinks').and.to.not.include('root:');
  });

  it('may be a hundred folders deep, with names that look like code', async () => {
    const repository = await createRepository(await temporaryFolder());
    const path = ['$(touch hacked)', '--version', '; exit 1', ...Array.from({ length: 100 }, () => 'deep')].join('/');
    // For the rights and the namespaces; its folder is not used.
    const scene = await openScene(argoCd, 'deep');
    await repository.commit({ [join(path, 'toolset.yaml')]: toolsetYaml(scene.spec) });

    await scene.create({ repoUrl: repository.url, path });

    await scene.untilSynced();
    expect(Object.keys(await scene.toolsets())).to.deep.equal(['kubernetes/core']);
  });

  it('leaves nothing behind in the sidecar', async () => {
    expect(await readdir(argoCd.sidecar.workFolder)).to.deep.equal([]);
  });

  async function create(name: string, repoUrl: string): Promise<void> {
    await argoCd.applications.create(name, { repoUrl, path: name });
  }

  async function untilFailed(name: string): ReturnType<SharedArgoCd['applications']['get']> {
    return argoCd.applications.until(name, 'failed', ({ status }) => status?.sync?.status === 'Unknown');
  }

  async function temporaryFolder(): Promise<string> {
    return mkdtemp(join(argoCd.cluster.folder, 'hostile-'));
  }
});

async function writeSettings(folder: string, spec: object): Promise<void> {
  await writeFile(join(folder, 'toolset.yaml'), JSON.stringify(toolsetYaml(spec)));
}

/** Nine times nine times nine… copies of one word. */
function bomb(): string {
  const levels = Array.from({ length: 9 }, (_, level) => {
    const items = level === 0 ? '"x"' : `*a${level - 1}`;
    return `  a${level}: &a${level} [${Array.from({ length: 9 }, () => items).join(', ')}]\n`;
  });
  return `toolsets:\n${levels.join('')}`;
}
