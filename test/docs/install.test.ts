import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readApplication } from '../../plugin/settings/application-parameters/read.ts';
import { shellBlocks } from '../support/guide.ts';

const repository = join(import.meta.dirname, '../..');
const guides = ['README.md', ...globSync('docs/*.md', { cwd: repository })];

/** What the tests of the guide cannot run: it needs an engine, a kubelet, Helm, an operator, or another account. */
const notRun = [
  /^docker (build|push) /,
  /^helm upgrade /,
  /^kubectl -n argocd rollout status /,
  /^kubectl -n argocd exec /,
  /^kubectl apply -f manifests\/argocd-operator\/service-account\.yaml$/,
  /^kubectl -n argocd patch argocd /,
  /^kubectl (delete|apply) -k manifests\/rbac\/(cluster|namespaced)$/,
  /^kubectl -n dynamic-toolset rollout status deployment\/dynamic-toolset-serve$/,
  /^kubectl -n dynamic-toolset port-forward service\/dynamic-toolset-serve 8080:8080$/,
];

interface Role {
  readonly rules: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
}

/** Guides whose blocks with an id are run: by test/e2e/install/guide.test.ts, and by test/cluster/manifests/serve-guide.test.ts. */
for (const guide of ['docs/install.md', 'docs/serve.md', 'docs/api.md']) {
  describe(guide, () => {
    it('has only shell commands that a test runs or that are known to need more than the tests have', () => {
      const others = shellBlocks(guide)
        .filter(({ id }) => id === null)
        .flatMap(({ script }) => script.trim().split('\n'))
        .filter((command) => !notRun.some((pattern) => pattern.test(command)));

      expect(others).to.deep.equal([]);
    });

    it('gives every block that a test runs a unique id', () => {
      const ids = shellBlocks(guide).flatMap(({ id }) => id ?? []);

      expect(ids).to.not.be.empty;
      expect([...new Set(ids)]).to.deep.equal(ids);
    });
  });
}

describe('docs, manifests', () => {
  for (const guide of guides) {
    it(`names only existing paths of manifests/ in ${guide}`, () => {
      const paths = read(guide).match(/(?<![\w/])manifests\/[\w./-]*\w/g) ?? [];

      expect(paths.filter((path) => !existsSync(join(repository, path)))).to.deep.equal([]);
    });
  }

  for (const file of globSync('manifests/rbac/*/*role.yaml', { cwd: repository })) {
    it(`explains every permission of ${file}, and no other`, () => {
      const folder = file.split('/').at(-2) === 'namespace' ? 'namespaced' : (file.split('/').at(-2) ?? '');
      const rows = permissions(folder);

      const { rules } = parse(read(file)) as Role;
      const granted = rules.flatMap(({ verbs, resources }) =>
        resources.map((resource) => `${verbs.join(' ')} ${resource}`),
      );
      expect(rows.toSorted()).to.deep.equal(granted.toSorted());
    });
  }
});

describe('docs/settings.md, From the Application', () => {
  const section = read('docs/settings.md').split('## From the Application')[1] ?? '';

  it('shows parameters and a variable that an Application may set', () => {
    const [, yaml = ''] = /^```yaml\n([^]*?)^```$/m.exec(section) ?? [];
    const { source } = (parse(yaml) as { readonly spec: { readonly source: { readonly plugin: Plugin } } }).spec;
    const [, env = ''] = /`(env: \[.*?\])`/.exec(section) ?? [];
    const [variable] = (parse(`{${env}}`) as Plugin).env;

    const given = readApplication({
      parameters: JSON.stringify(source.plugin.parameters),
      variables: { [variable!.name]: variable!.value },
    });

    expect(given.map(({ path }) => path.join('.'))).to.deep.equal([
      'target.version',
      'target.version',
      'discovery.namespaces.include',
      'detectors.grafana.enabled',
    ]);
  });

  it("shows a command that applies an Application's variables as Argo CD would", function () {
    this.timeout(60_000);
    const [block] = shellBlocks('docs/settings.md').filter(({ script }) => script.startsWith('ARGOCD_ENV_'));
    const command = block?.script.replace('npx dynamic-toolset', `"${process.execPath}" plugin/main.ts`) ?? '';

    const explained = execFileSync('sh', ['-c', command], { cwd: repository, encoding: 'utf8' });

    expect(explained).to.include('prometheus/metrics');
    expect(explained).to.not.match(/^selected +\S+\/\S*grafana /m);
  });
});

interface Plugin {
  readonly parameters: readonly object[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

/** The rows of the table of permissions for a folder of manifests/rbac: those below it, up to the next folder. */
function permissions(folder: string): string[] {
  const rows = read('docs/install.md').match(/^\|.*\| `(list|get|create)` .*$/gm) ?? [];
  let current = '';
  return rows.flatMap((row) => {
    current = /\[rbac\/([\w-]+)\]/.exec(row)?.[1] ?? current;
    const [verb = '', ...resources] = [...(row.split('|')[2] ?? '').matchAll(/`([a-z/]+)`/g)].map(
      ([, word = '']) => word,
    );
    return current === folder ? resources.map((resource) => `${verb} ${resource}`) : [];
  });
}

function read(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}
