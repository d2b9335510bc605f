import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { parseDocument } from 'yaml';

interface Plugin {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly generate: { readonly command: readonly string[] };
    readonly parameters: { readonly dynamic: { readonly command: readonly string[] } };
  };
}

describe('plugin.yaml', () => {
  const document = parseDocument(readFileSync(new URL('../plugin.yaml', import.meta.url), 'utf8'));
  const plugin = document.toJS() as Plugin;

  it('is YAML without errors or warnings', () => {
    expect([...document.errors, ...document.warnings]).to.deep.equal([]);
  });

  it('has the API version, kind and name that the plugin server expects', () => {
    expect(plugin).to.include({ apiVersion: 'argoproj.io/v1alpha1', kind: 'ConfigManagementPlugin' });
    expect(plugin.metadata).to.deep.equal({ name: 'dynamic-toolset' });
  });

  it('runs the program by an absolute path, which neither PATH nor the repository can change', () => {
    const { generate, parameters } = plugin.spec;

    const commands = [generate.command, parameters.dynamic.command];

    expect(commands.map(([program]) => program)).to.satisfy((all: readonly string[]) => all.every(isAbsolute));
    expect(commands.map(([, ...args]) => args)).to.deep.equal([['generate'], ['parameters']]);
  });

  it('has neither a discovery rule nor a version, so it applies only to Applications that name it', () => {
    expect(plugin.spec).to.have.all.keys('generate', 'parameters');
    expect(plugin.spec.generate).to.have.all.keys('command');
  });
});
