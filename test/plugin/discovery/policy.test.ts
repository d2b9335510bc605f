import { expect } from 'chai';
import { stringify } from 'yaml';
import { temporaryFolder } from '../../support/folder.ts';
import { grafana, recording } from '../../support/objects.ts';
import type { Outcome } from '../../support/run.ts';
import { runHere } from '../../support/run.ts';

/** What the platform lets each Argo CD project see, whatever Git says. */
describe('plugin/discovery/policy', () => {
  const folder = temporaryFolder();
  const reference = '{{ env.GRAFANA_API_KEY }}';

  async function run(command: string, project: string, spec: object = {}): Promise<Outcome> {
    const header = { apiVersion: 'toolset.kubernaut.ai/v1alpha1' };
    const projects = {
      'team-a': {
        namespaces: { include: ['team-a-*'], exclude: ['team-a-vault'] },
        trust: { namespaces: ['team-a-obs'] },
      },
      nothing: { namespaces: { include: ['nowhere'] } },
    };
    const policy = await folder.write(
      'policy.yaml',
      stringify({ ...header, kind: 'DiscoveryPolicy', spec: { projects } }),
    );
    await folder.write('toolset.yaml', stringify({ ...header, kind: 'ToolsetConfig', spec }));
    const items = ['team-a-obs', 'team-a-dev', 'team-a-vault', 'team-b'].map((namespace) => grafana(namespace));
    const snapshot = await folder.write('snapshot.json', recording(...items));
    const flags = ['--path', folder.path, '--snapshot', snapshot, '--policy', policy, '--project', project];
    return runHere([command, ...(command === 'explain' ? ['-o', 'json'] : []), ...flags]);
  }

  it('shows a project only its own Services, and not even the names of others', async () => {
    for (const command of ['generate', 'explain']) {
      const { code, stdout, stderr } = await run(command, 'team-a');

      expect(code).to.equal(0);
      expect(stdout).to.include('team-a-obs').and.include('team-a-dev');
      expect(stdout + stderr).to.not.match(/team-b|vault/);
    }
  });

  it('prints nothing for a project without a rule', async () => {
    const { code, stdout, stderr } = await run('generate', 'team-b');

    expect([code, stdout]).to.deep.equal([5, '']);
    expect(stderr)
      .to.include('POLICY_DENIED')
      .and.not.match(/team-a|vault/);
  });

  it('does not let a project trust more namespaces than the policy allows', async () => {
    const spec = { trust: { namespaces: ['*'] }, credentials: { 'grafana/dashboards': { api_key: reference } } };

    const { stdout } = await run('generate', 'team-a', spec);

    expect(stdout.split('\ndata:')[1]?.split(reference)).to.have.length(2);
    expect(stdout).to.match(/api_key: "\{\{ env\.GRAFANA_API_KEY \}\}"\n\s+api_url: "http:\/\/grafana\.team-a-obs\./);
  });

  it('shows no Services to a project that may see none of the existing namespaces', async () => {
    const { code, stdout } = await run('explain', 'nothing');

    expect(code).to.equal(0);
    expect((JSON.parse(stdout) as { services: unknown[] }).services).to.deep.equal([]);
  });
});
