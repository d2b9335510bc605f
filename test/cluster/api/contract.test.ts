import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { schemathesisPython } from '../../tools/schemathesis.ts';
import { realPart } from '../../support/real-part.ts';
import { apiScene } from './scene.ts';

/** It asks some thousand times, each after the answer to the last. */
const timeoutMs = 600_000;

/** Examples per operation; a manual run with 500 of them takes minutes. */
const examples = '10';

const document = join(import.meta.dirname, '../../../docs/schemas/openapi.json');
/** Long enough for one. */
const secret = 'contract'.repeat(4);
/** As Argo CD's proxy sends them. */
const fromArgoCd = {
  'X-Dynamic-Toolset-Secret': secret,
  'Argocd-Username': 'alice',
  'Argocd-Application-Name': 'argocd:one',
  'Argocd-Project-Name': 'default',
};

describe('cluster/api/contract', () => {
  let folder = '';
  const scene = apiScene(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dynamic-toolset-contract-'));
    const file = join(folder, 'secret');
    await writeFile(file, secret);
    return ['--argocd-extension-secret-file', file];
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('conforms to its OpenAPI document for all requests of schemathesis', async function () {
    this.timeout(timeoutMs);
    if (!hasSchemathesis()) this.skip();
    // An event stream never ends.
    const others = '^/api/v1/(?:events$|extension/)';

    expect(await judged(['--exclude-path-regex', others], { Authorization: `Bearer ${scene.token}` })).to.match(
      /Operations: +16 selected \/ 19 total/,
    );
  });

  it("conforms to it for requests that come through Argo CD's proxy", async function () {
    this.timeout(timeoutMs);
    if (!hasSchemathesis()) this.skip();

    expect(await judged(['--include-path-regex', '^/api/v1/extension/'], fromArgoCd)).to.match(
      /Operations: +2 selected \/ 19 total/,
    );
  });

  function hasSchemathesis(): boolean {
    return realPart('schemathesis', schemathesisPython() !== null, 'node test/tools/schemathesis.ts');
  }

  /** What it printed, which has no warning. */
  async function judged(scope: readonly string[], headers: Readonly<Record<string, string>>): Promise<string> {
    const sent = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
    const { code, output } = await run(
      schemathesisPython()!,
      await mkdtemp(join(scene.cluster.folder, 'schemathesis-')),
      [
        // From the file: what comes from Argo CD may not ask for it.
        ...['-m', 'schemathesis.cli', 'run', document, '--url', scene.serve.url, '--no-color', ...scope],
        ...[...sent, '--checks', 'all', '--max-examples', examples],
        ...['--generation-deterministic', '--suppress-health-check', 'all'],
      ],
    );
    expect(code, output).to.equal(0);
    expect(output).not.to.match(/Warnings:/);
    expect(scene.serve.events.filter(({ event }) => event === 'bug')).to.deep.equal([]);
    return output;
  }
});

function run(
  program: string,
  cwd: string,
  args: readonly string[],
): Promise<{ readonly code: number; readonly output: string }> {
  const { promise, resolve } = Promise.withResolvers<{ readonly code: number; readonly output: string }>();
  execFile(program, args, { cwd, maxBuffer: Infinity, timeout: timeoutMs }, (error, stdout, stderr) => {
    resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr });
  });
  return promise;
}
