import { expect } from 'chai';
import { parse } from 'yaml';
import { temporaryFolder } from '../../../support/folder.ts';
import { grafana, prometheus, recording } from '../../../support/objects.ts';
import { reported, runHere } from '../../../support/run.ts';

const header = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\n';
const llm = { provider: 'openai', model: 'gpt-4o', endpoint: '', max_retries: 3, temperature: 0.7 };

describe('plugin/consumers/kubernaut/sdk', () => {
  const folder = temporaryFolder();

  async function dataFor(target: object, key: string): Promise<unknown> {
    await folder.write('toolset.yaml', `${header}spec: {target: ${JSON.stringify(target)}}\n`);
    const snapshot = await folder.write('cluster.json', recording(prometheus('monitoring'), grafana('monitoring')));
    const { stdout } = await runHere(['generate', '--path', folder.path, '--snapshot', snapshot]);
    return parse((parse(stdout) as { data: Record<string, string> }).data[key] ?? '');
  }

  function sdkFor(target: object = {}): Promise<unknown> {
    return dataFor({ format: 'kubernaut-sdk', llm, ...target }, 'sdk-config.yaml');
  }

  async function problemWith(target: object): Promise<string> {
    await folder.write('toolset.yaml', `${header}spec: {target: ${JSON.stringify(target)}}\n`);
    return reported(await runHere(['generate', '--path', folder.path])).message ?? '';
  }

  it('prints what HolmesGPT 0.16 reads, with the model settings beside it', async () => {
    const holmesgpt = await dataFor({ version: '0.16' }, 'custom_toolset.yaml');

    expect(await sdkFor()).to.deep.equal({ llm, ...(holmesgpt as object) });
  });

  it('accepts another release of HolmesGPT, and rejects one older than all known releases', async () => {
    const holmesgpt = await dataFor({ version: '0.24' }, 'custom_toolset.yaml');

    expect(await sdkFor({ version: '0.24' })).to.deep.equal({ llm, ...(holmesgpt as object) });
    expect(await problemWith({ format: 'kubernaut-sdk', version: '0.1', llm })).to.include('releases 0.16 to 0.45');
  });

  const wrong: readonly (readonly [about: string, llm: object, message: string])[] = [
    [
      'a missing model',
      { provider: 'openai' },
      'spec.target: has no llm.model, without which Kubernaut does not start',
    ],
    ['a list as a value', { ...llm, model: ['a'] }, 'invalid value: expected a string, a number, true or false'],
    ['an invalid key', { ...llm, 'a.b': 1 }, 'invalid key: expected ones such as provider or timeout_seconds'],
    [
      'more than 30 keys',
      { ...llm, ...Object.fromEntries(Array.from({ length: 26 }, (_, index) => [`k${String(index)}`, 1])) },
      'expected at most 30 keys',
    ],
  ];
  for (const [about, given, message] of wrong) {
    it(`reports the location of ${about}`, async () => {
      const told = await problemWith({ format: 'kubernaut-sdk', llm: given });

      expect(told).to.include('toolset.yaml:3:').and.include(message);
    });
  }

  it('reports an API key of the model in Git without printing it', async () => {
    const target = { format: 'kubernaut-sdk', llm: { ...llm, api_key: 'sk-proj-0123456789abcdefABCDEF' } };
    await folder.write('toolset.yaml', `${header}spec: {target: ${JSON.stringify(target)}}\n`);

    const { stdout } = await runHere(['validate', folder.path]);

    expect(stdout).to.include('SECRET_INLINE').and.not.include('0123456789');
  });
});
