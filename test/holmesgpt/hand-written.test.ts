import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Data } from '../../plugin/lib/json.ts';
import { valueAt } from '../../plugin/lib/data/json-pointer.ts';
import { parseData } from '../../plugin/lib/data/yaml11-reader.ts';
import { recording } from '../support/objects.ts';
import { runHere } from '../support/run.ts';
import { meanings } from './hand-written/meanings.ts';
import type { JudgedToolset, Verdict } from './judge.ts';
import { example } from './products.ts';
import { judgeSuite } from './suite.ts';

const folder = join(import.meta.dirname, 'hand-written');
const services = ['prometheus', 'grafana', 'loki', 'tempo'].map((id) => example(id).service);
const settings = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\nspec: {target: {version: "0.45"}}\n';

/** Names that 0.45 takes for another one. */
const renamed: Readonly<Record<string, string>> = { runbook: 'skills', 'coralogix/logs': 'coralogix' };

/** Live files of people: `adopt`, then `generate`, beside what the real HolmesGPT makes of the person's own file. */
describe('holmesgpt/hand-written', () => {
  const suite = judgeSuite(['0.45.0']);

  it('has a meaning for each file', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

    expect(meanings.map(({ file }) => `${file}.yaml`).sort()).to.deep.equal(files.sort());
  });

  for (const { file, on, off, lost } of meanings) {
    it(`makes HolmesGPT load the same from the adopted ${file}.yaml, with no secret in Git`, async () => {
      const text = readFileSync(join(folder, `${file}.yaml`), 'utf8');

      const { overrides, generated, variables } = await adoptedFrom(suite.folder, text);
      const env = {
        ...Object.fromEntries(variablesIn(text).map((name) => [name, 'http://backend.ns.svc'])),
        ...variables,
      };
      const judge = suite.judges['0.45.0'];
      const before = await judge.judge(text, { env, isImpatient: true });
      const after = await judge.judge(generated, { env, isImpatient: true });

      expect(overrides).to.not.include('hunter2');
      expect(loaded(after)).to.deep.equal(loaded(before));
      expect(named(before, on).every((one) => one?.enabled === true && !isRejected(one))).to.equal(true);
      expect(named(before, off).map((one) => one?.enabled)).to.deep.equal(off.map(() => false));
      expect(named(before, lost).every((one) => one === undefined || isRejected(one))).to.equal(true);
    });
  }
});

/** The file in Git and the generated one, and the variables that `adopt` asks for with what they stand for. */
async function adoptedFrom(
  parent: string,
  text: string,
): Promise<{ overrides: string; generated: string; variables: Readonly<Record<string, string>> }> {
  const git = await mkdtemp(join(parent, 'adopted-'));
  const snapshot = join(git, 'cluster.json');
  const metadata = { namespace: 'holmesgpt', name: 'custom-toolsets-configmap' };
  const live = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'custom_toolset.yaml': text } };
  await writeFile(join(git, 'toolset.yaml'), settings);
  await writeFile(snapshot, recording(...services, live));
  const run = (command: string): ReturnType<typeof runHere> =>
    runHere([command, '--path', git, '--snapshot', snapshot]);
  const adopted = await run('adopt');
  await writeFile(join(git, 'overrides.yaml'), adopted.stdout);
  const { code, stdout, stderr } = await run('generate');
  expect(code, stderr).to.equal(0);
  const { data } = parse(stdout) as { data: Readonly<Record<string, string>> };
  const variables = secretsOf(adopted.stderr, parseData(text)!);
  return { overrides: adopted.stdout, generated: data['custom_toolset.yaml']!, variables };
}

/** From the warnings of `adopt`, as a person follows them. */
function secretsOf(stderr: string, live: Data): Readonly<Record<string, string>> {
  const found = stderr.matchAll(
    /"message":"(\/\S+) of the live ConfigMap looks like a secret.*? the variable (\w+) with (.*?)"\}/g,
  );
  return Object.fromEntries(
    [...found].map(([, pointer = '', variable = '', what = '']) => {
      const path = pointer
        .slice(1)
        .split('/')
        .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
      const value = valueAt(live, path) as string;
      return [variable, what === 'it' ? value : value.slice(value.indexOf(' ') + 1)];
    }),
  );
}

function variablesIn(text: string): string[] {
  return [...text.matchAll(/\{\{ env\.(\w+) \}\}/g)].map(([, name = '']) => name);
}

/** All that HolmesGPT works with, apart from the wording of failures. */
function loaded({ exception, toolsets }: Verdict): object {
  const parts = Object.entries(toolsets).map(([name, { status, enabled, tools, effective, description }]) => [
    name,
    { status, enabled, tools, effective, description },
  ]);
  return { exception, toolsets: Object.fromEntries(parts) as object };
}

function named({ toolsets }: Verdict, names: readonly string[]): (JudgedToolset | undefined)[] {
  return names.map((name) => toolsets[name] ?? toolsets[renamed[name] ?? '']);
}

function isRejected({ error }: JudgedToolset): boolean {
  return /validation error|auto-detect prometheus/.test(error ?? '');
}
