import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { schemathesisPython } from '../../tools/schemathesis.ts';
import { realPart } from '../../support/real-part.ts';
import { apiScene } from './scene.ts';

/** Examples per operation; a manual run with 500 of them takes minutes. */
const examples = '25';

describe('cluster/api/contract', () => {
  const scene = apiScene();

  it('conforms to its OpenAPI document for all requests of schemathesis', async function () {
    const python = schemathesisPython();
    if (!realPart('schemathesis', python !== null, 'node test/tools/schemathesis.ts')) this.skip();
    // An event stream never ends.
    const scope = ['--exclude-path', '/api/v1/events'];
    const { code, output } = await run(python!, await mkdtemp(join(scene.cluster.folder, 'schemathesis-')), [
      ...['-m', 'schemathesis.cli', 'run', `${scene.serve.url}/openapi.json`, '--no-color', ...scope],
      ...['--header', `Authorization: Bearer ${scene.token}`, '--checks', 'all', '--max-examples', examples],
      ...['--generation-deterministic', '--suppress-health-check', 'all'],
    ]);

    expect(code, output).to.equal(0);
    expect(output).to.match(/Operations: +12 selected \/ 13 total/);
    expect(output).not.to.match(/Warnings:/);
    expect(scene.serve.events.filter(({ event }) => event === 'bug')).to.deep.equal([]);
  });
});

function run(
  program: string,
  cwd: string,
  args: readonly string[],
): Promise<{ readonly code: number; readonly output: string }> {
  const { promise, resolve } = Promise.withResolvers<{ readonly code: number; readonly output: string }>();
  execFile(program, args, { cwd, maxBuffer: Infinity, timeout: 200_000 }, (error, stdout, stderr) => {
    resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr });
  });
  return promise;
}
