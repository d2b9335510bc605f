import { expect } from 'chai';
import type { Overrides } from '../../../../plugin/customizations/overrides/overrides.ts';
import { changesOf } from '../../../support/git.ts';

describe('plugin/customizations/overrides: one name for the toolsets of one backend', () => {
  const parsed = (text: string): Overrides => changesOf({ 'overrides.yaml': text }).overrides[0]!;

  it('applies to both unless their own names override it, and keeps the line of each', () => {
    const { sections, file, pathOf } = parsed(
      'toolsets:\n  grafana/loki: {enabled: false}\n  elasticsearch: {config: {timeout_seconds: 5, verify_ssl: false}}\n  elasticsearch/cluster: {config: {timeout_seconds: 9}}\n',
    );

    expect(sections.toolsets).to.deep.equal({
      'grafana/loki': { enabled: false },
      'elasticsearch/data': { config: { timeout_seconds: 5, verify_ssl: false } },
      'elasticsearch/cluster': { config: { timeout_seconds: 9, verify_ssl: false } },
    });
    expect(file.locate(pathOf('toolsets', 'elasticsearch/data'), 'key').line).to.equal(3);
    expect(file.locate(pathOf('toolsets', 'elasticsearch/cluster'), 'key').line).to.equal(4);
    expect(pathOf('toolsets', 'grafana/loki')).to.deep.equal(['toolsets', 'grafana/loki']);
    expect(pathOf('mcp_servers', 'elasticsearch/data')).to.deep.equal(['mcp_servers', 'elasticsearch/data']);
  });

  it('removes both of them with null', () => {
    expect(parsed('toolsets: {elasticsearch: null}\n').sections.toolsets).to.deep.equal({
      'elasticsearch/data': null,
      'elasticsearch/cluster': null,
    });
  });

  for (const [key, entry] of [
    ['description', '{description: mine, tools: []}'],
    ['type', '{type: http}'],
  ] as const) {
    it(`is a toolset of its own if it has a ${key}`, () => {
      const { sections, pathOf } = parsed(`toolsets: {elasticsearch: ${entry}}\n`);

      expect(Object.keys(sections.toolsets!)).to.deep.equal(['elasticsearch']);
      expect(pathOf('toolsets', 'elasticsearch/data')).to.deep.equal(['toolsets', 'elasticsearch/data']);
    });
  }
});
