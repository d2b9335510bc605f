import { execFile } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { temporaryFolder } from './support/folder.ts';
import { service } from './support/objects.ts';

const run = promisify(execFile);
const answer = { type: 'prometheus', port: 9090, scheme: 'http', pathPrefix: '/dusa', preferred: true };
const resource = {
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'Prometheus',
  metadata: { namespace: 'muga', name: 'dusa' },
  spec: { routePrefix: '/dusa' },
};
const own = service({ namespace: 'muga', name: 'dusa', ports: [{ name: 'web', port: 9090 }] });

/** A report as people send it in, with this answer. */
function reportWith(expected: object, evidence: readonly object[] = [resource]): string {
  const facts = { kind: 'MisdetectionReport', version: '1.2.3', service: 'muga/dusa' };
  const services = [{ service: own, expected }];
  return `## Misdetected Service\n\n\`\`\`yaml\n${stringify({ ...facts, services, evidence })}\`\`\`\n`;
}

describe('npm run corpus:add', () => {
  const folder = temporaryFolder();
  const read = (file: string): Promise<string> => readFile(join(folder.path, 'corpus', file), 'utf8');
  const files = async (): Promise<readonly string[]> =>
    Promise.all(['reported.json', 'recorded.json', 'services.json'].map(read));
  const add = async (report: string): Promise<{ readonly stdout: string; readonly stderr: string }> => {
    const file = await folder.write('7.md', report);
    return run('npm', ['run', '--silent', 'corpus:add', '--', file, join(folder.path, 'corpus')]);
  };

  beforeEach(() => cp('test/corpus', join(folder.path, 'corpus'), { recursive: true }));

  it('adds the Services and the objects recorded beside them, and changes nothing else', async () => {
    const before = await files();

    const { stdout } = await add(reportWith(answer));

    expect(stdout).to.include('1 Services added to reported.json, 1 objects to recorded.json');
    const [reported = '', recorded = '', others] = await files();
    const entries = JSON.parse(reported) as object[];
    const source = 'report of a user, dynamic-toolset 1.2.3, about muga/dusa';
    expect(entries.at(-1)).to.deep.equal({ source, stack: 'reported/7', service: own, expected: answer });
    expect(entries.slice(0, -1)).to.deep.equal(JSON.parse(before[0] ?? ''));
    const known = JSON.parse(before[1] ?? '') as object;
    expect(JSON.parse(recorded)).to.deep.equal({ ...known, 'reported/7': [resource] });
    expect(others).to.equal(before[2]);
  }).timeout(60_000);

  for (const { what, report, message } of [
    {
      what: 'without an expected answer',
      report: reportWith({ type: 'FILL-IN' }),
      message: /7\.md:\d+: services\.0\.expected: expected type: null, or type \(.*; write the right answer there/,
    },
    {
      what: 'with a port for a Service that is not a backend',
      report: reportWith({ ...answer, type: null }),
      message: /7\.md:\d+: services\.0\.expected: Unrecognized keys: "port", .*; write the right answer there/,
    },
    {
      what: 'with an object of a kind that no detector reads',
      report: reportWith(answer, [{ ...resource, kind: 'Secret' }]),
      message: /7\.md:\d+: evidence\.0\.kind: expected one of EndpointSlice, Pod, .*; give the report as/,
    },
  ]) {
    it(`rejects a report ${what}, with line and remedy, and writes nothing`, async () => {
      const before = await files();

      const failure = await add(report).catch((error: unknown) => error as { code: number; stderr: string });

      expect(failure).to.have.property('code', 2);
      expect(failure.stderr).to.match(message);
      expect(await files()).to.deep.equal(before);
    }).timeout(60_000);
  }
});
