import { expect } from 'chai';
import fc from 'fast-check';
import { writeFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { toolsetYaml } from '../../cluster/support/program.ts';
import { asOneCluster, readSet, sets } from '../../accuracy/corpus.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { grafana, prometheus, recording, service, slice } from '../../support/objects.ts';
import type { Outcome } from '../../support/run.ts';
import { reported, runHere } from '../../support/run.ts';

describe('plugin/commands/generate', () => {
  const folder = temporaryFolder();
  const generate = async (...objects: readonly KubeObject[]): Promise<Outcome> => {
    const path = await folder.write('cluster.json', recording(...objects));
    return runHere(['generate', '--path', folder.path, '--snapshot', path]);
  };

  it('does not depend on the order in which the cluster lists its objects', async () => {
    const services = ['a', 'b', 'c'].flatMap((namespace) => [prometheus(namespace), grafana(namespace)]);
    const objects = [...services, ...services.map((one) => slice(one)), service({ name: 'unrelated' })];
    const { stdout: expected } = await generate(...objects);
    const path = `${folder.path}/shuffled.json`;

    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(objects, { minLength: objects.length }), async (shuffled) => {
        await writeFile(path, recording(...shuffled));
        const { stdout } = await runHere(['generate', '--path', folder.path, '--snapshot', path]);
        return stdout === expected;
      }),
      { numRuns: 20 },
    );
    expect(expected).to.contain('name: "c/prometheus"');
  });

  it('reads consecutive YAML documents', async () => {
    const [one, other] = [prometheus(), grafana()];
    const { stdout: expected } = await generate(one, other);
    const documents = `# by hand\n---\n${JSON.stringify(one)}\n---\n${JSON.stringify(other)}\n`;
    const path = await folder.write('cluster.yaml', documents);

    const { stdout } = await runHere(['generate', '--path', folder.path, '--snapshot', path]);

    expect(stdout).to.equal(expected);
  });

  it('records the health check chosen by a flag in the ConfigMap, so that serve repeats the discovery with it', async () => {
    const path = await folder.write('cluster.json', recording(prometheus()));
    const healthWith = async (...flags: readonly string[]): Promise<unknown> => {
      const { stdout } = await runHere(['generate', '--path', folder.path, '--snapshot', path, ...flags]);
      const { metadata } = parse(stdout) as KubeObject;
      const settings = JSON.parse(metadata.annotations?.['kubernaut.io/toolset-settings'] ?? '') as {
        health?: unknown;
      };
      return settings.health;
    };

    expect(await healthWith('--check', 'none')).to.deep.equal({ check: 'none' });
    expect(await healthWith('--check', 'http')).to.equal(undefined);
    await folder.write('toolset.yaml', JSON.stringify(toolsetYaml({ health: { check: 'none', evictAfter: '1m' } })));
    expect(await healthWith('--check', 'readiness')).to.deep.equal({ check: 'readiness', evictAfter: '1m' });
    expect(await healthWith()).to.deep.equal({ check: 'none', evictAfter: '1m' });
  });

  it('prints no command, script or tool into which a model would put parameters', async () => {
    const { code, stdout } = await generate(...asOneCluster(readSet(sets[0])));

    expect(code).to.equal(0);
    expect(Object.keys(toolsetsIn(stdout) as object)).to.have.lengthOf.at.least(10);
    const { data } = parse(stdout) as { readonly data: Readonly<Record<string, string>> };
    expect(Object.values(data).join('\n')).not.to.match(
      /^\s*-?\s*"?(?:command|script|tools|transformers|prerequisites|source)"?:/m,
    );
  });

  it('gives a credential reference from Git to a trusted backend', async () => {
    await folder.write(
      'toolset.yaml',
      'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec:\n' +
        '  trust: {namespaces: [monitoring]}\n' +
        '  credentials: {grafana/dashboards: {api_key: "{{ env.GRAFANA_API_KEY }}"}}\n',
    );

    const { code, stdout } = await generate(grafana());

    expect(code).to.equal(0);
    expect(toolsetsIn(stdout)).to.have.nested.property(
      'grafana/dashboards.config.api_key',
      '{{ env.GRAFANA_API_KEY }}',
    );
  });

  it('leaves out a Service whose name is a template', async () => {
    const { code, stdout } = await generate(prometheus('monitoring', 'prometheus-{{ env.TOKEN }}'));

    expect(code).to.equal(0);
    expect(stdout).to.not.include('env.TOKEN');
  });

  describe('under a policy', () => {
    const rules = (projects: string): string =>
      `apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: DiscoveryPolicy\nspec:\n  projects:${projects}\n`;
    const withPolicy = async (policy: string, ...args: readonly string[]): Promise<Outcome> => {
      const cluster = await folder.write('cluster.json', recording(prometheus('team-a'), prometheus('team-b')));
      const file = await folder.write('policy.yaml', policy);
      return runHere(['generate', '--path', folder.path, '--snapshot', cluster, '--policy', file, ...args]);
    };

    it('prints only what the project may see', async () => {
      const { stdout } = await withPolicy(rules('\n    a: {namespaces: {include: [team-a]}}'), '--project', 'a');

      expect(toolsetsIn(stdout)).to.have.nested.property(
        'prometheus/metrics.config.prometheus_url',
        'http://prometheus.team-a.svc.cluster.local:9090',
      );
    });

    it('prints nothing for a project without a rule', async () => {
      const outcome = await withPolicy(rules(' {}'), '--project', 'a');

      expect(outcome).to.deep.include({ code: 5, writes: [] });
      expect(reported(outcome)).to.include({
        code: 'POLICY_DENIED',
        message: 'the policy has no rule for the Argo CD project "a"',
      });
    });

    it('requires a project', async () => {
      const outcome = await withPolicy(rules(' {}'), '--project', '');

      expect(outcome.code).to.equal(2);
      expect(reported(outcome).message).to.equal('--policy needs the Argo CD project that it is applied to');
    });

    it('rejects an invalid policy', async () => {
      const outcome = await withPolicy(rules('\n    a: {namespaces: {inclde: [team-a]}}'), '--project', 'a');

      expect(outcome.code).to.equal(2);
      expect(reported(outcome).code).to.equal('SETTINGS_INVALID');
      expect(reported(outcome).message).to.match(/policy\.yaml:5:\d+ spec\.projects\.a\.namespaces/);
    });

    it('rejects a missing policy file', async () => {
      const outcome = await runHere(['generate', '--path', folder.path, '--policy', '/absent', '--project', 'a']);

      expect(reported(outcome)).to.include({
        code: 'FILE_UNREADABLE',
        message: '--policy /absent cannot be read: no such file or directory',
      });
    });
  });
});

/** The toolsets that the consumer reads; the names have dots in no key, so that nested properties can be named. */
function toolsetsIn(manifest: string): unknown {
  const { data } = parse(manifest) as { readonly data: Readonly<Record<string, string>> };
  return (parse(Object.values(data).join('')) as { readonly toolsets: unknown }).toolsets;
}
