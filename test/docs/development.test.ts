import { expect } from 'chai';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };

const repository = join(import.meta.dirname, '../..');
const guide = read('docs/development.md');
const map = /^## Rooms$.*?(?=^## )/ms.exec(guide)?.[0] ?? '';
const cruiser = read('.dependency-cruiser.js');

describe('docs/development.md', () => {
  const rooms = globSync('plugin/*/', { cwd: repository });
  const named = [...map.matchAll(/^\| `([^`]*)`/gm)].map(([, room]) => room);

  it('maps exactly the folders of plugin/, main.ts and detectors', () => {
    expect(named).to.have.members([...rooms, 'plugin/main.ts', 'detectors']);
  });

  it('has a layer rule for every mapped folder', () => {
    for (const room of [...rooms, 'detectors']) expect(cruiser).to.match(new RegExp(`^ {2}'?${room}'?: `, 'm'));
  });

  it('lists the folders of plugin/serve', () => {
    const row = guide.split('\n').find((line) => line.startsWith('| `plugin/serve`')) ?? '';
    const told = [...(row.split('|')[2] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name);

    expect(told).to.have.members(
      globSync('plugin/serve/*/', { cwd: repository }).map((path) => path.split('/').at(-1)),
    );
  });

  for (const file of ['docs/development.md', 'CONTRIBUTING.md', '.vscode/launch.json']) {
    it(`names only existing scripts and files in ${file}`, () => {
      const text = read(file);

      const scripts = [...text.matchAll(/npm run ([a-z:]+)/g)].map(([, script]) => script);
      expect(scripts.filter((script) => !Object.hasOwn(packageJson.scripts, script ?? ''))).to.deep.equal([]);
      const paths = [...text.matchAll(/(?:plugin|test|detectors|docs)\/[\w./-]*\w/g)].map(([path]) => path);
      const made = 'detectors/beacon.ts';
      expect(paths.filter((path) => path !== made && !existsSync(join(repository, path)))).to.deep.equal([]);
    });
  }

  it('names the Node version that the scripts run on in .nvmrc', () => {
    expect(packageJson.devDependencies.node.split('.')[0]).to.equal(read('.nvmrc').trim());
  });
});

function read(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}
