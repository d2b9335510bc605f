import { expect } from 'chai';
import type { Overrides } from '../../../../plugin/customizations/overrides/overrides.ts';
import { changesOf } from '../../../support/git.ts';

describe('plugin/customizations/overrides: one name for the toolsets of one backend', () => {
  const parsed = (text: string): Overrides => changesOf({ 'overrides.yaml': text }).overrides[0]!;

  it('applies to both unless their own names override it, and keeps the line of each', () => {
    const { sections, file, pathOf } = parsed(
      'toolsets:\n  elasticsearch: {config: {timeout_seconds: 5, verify_ssl: false}}\n  elasticsearch/cluster: {config: {timeout_seconds: 9}}\n',
    );

    expect(sections.toolsets).to.deep.equal({
      'elasticsearch/data': { config: { timeout_seconds: 5, verify_ssl: false } },
      'elasticsearch/cluster': { config: { timeout_seconds: 9, verify_ssl: false } },
    });
    expect(file.locate(pathOf('toolsets', 'elasticsearch/data'), 'key').line).to.equal(2);
    expect(file.locate(pathOf('toolsets', 'elasticsearch/cluster'), 'key').line).to.equal(3);
  });

  it('removes both of them with null', () => {
    expect(parsed('toolsets: {elasticsearch: null}\n').sections.toolsets).to.deep.equal({
      'elasticsearch/data': null,
      'elasticsearch/cluster': null,
    });
  });

  it('is a toolset of its own if it has a description', () => {
    const { toolsets } = parsed('toolsets: {elasticsearch: {description: mine, tools: []}}\n').sections;

    expect(Object.keys(toolsets!)).to.deep.equal(['elasticsearch']);
  });
});
