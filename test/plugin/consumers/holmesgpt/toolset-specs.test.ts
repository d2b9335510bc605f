import { expect } from 'chai';
import { custom, mcp } from '../../../../detectors/annotated.ts';
import { detectors } from '../../../../detectors/index.ts';
import {
  builtInSpecOf,
  discoveredType,
  entriesOf,
  toolsetSpecOf,
} from '../../../../plugin/consumers/holmesgpt/toolset-specs.ts';

describe('plugin/consumers/holmesgpt/toolset-specs', () => {
  it('is tested for all 22 detectors', () => {
    expect(detectors).to.have.length(22);
  });

  for (const detector of detectors) {
    const { id, toolset } = detector;
    it(`has a spec for ${toolset}, which ${id} configures`, () => {
      const spec = builtInSpecOf(toolset);

      expect(spec).not.to.equal(null);
      expect(toolsetSpecOf({ toolset, detector })).to.equal(spec);
      expect(spec!.paths).not.to.include('/*');
    });

    it(`has no spec for a misspelt ${toolset}`, () => {
      expect(() => toolsetSpecOf({ toolset: `${toolset}s`, detector })).to.throw(`has no toolset "${toolset}s"`);
    });
  }

  it('lists paths for each HTTP API, and for no other toolset', () => {
    for (const { toolset } of detectors) {
      const { kind, type, paths } = builtInSpecOf(toolset)!;
      expect(paths.length > 0, toolset).to.equal(kind === 'http');
      expect(type === 'http', toolset).to.equal(kind === 'http');
    }
  });

  it('allows all paths of an announced HTTP API, and rejects other names', () => {
    expect(toolsetSpecOf({ toolset: 'custom/shop/api', detector: custom })).to.include({
      kind: 'http',
      title: 'HTTP API',
    });
    expect(toolsetSpecOf({ toolset: 'custom/shop/api', detector: custom }).paths).to.deep.equal(['/*']);
    expect(() => toolsetSpecOf({ toolset: 'custom', detector: custom })).to.throw('has no toolset "custom"');
    expect(() => toolsetSpecOf({ toolset: 'shop/api', detector: custom })).to.throw('has no toolset "shop/api"');
  });

  it('makes an announced MCP server an MCP entry, named without the prefix', () => {
    expect(toolsetSpecOf({ toolset: 'mcp/shop/api', detector: mcp })).to.include({ kind: 'mcp' });
    expect(entriesOf('mcp/shop/api')).to.deep.equal(['shop/api']);
  });

  it('uses the template of a custom detector, unless its toolset is built in', () => {
    const detector = { ...custom, id: 'mine', template: { type: 'http' } };

    expect(toolsetSpecOf({ toolset: 'mine', detector })).to.include({ kind: 'template', since: 20 });
    expect(toolsetSpecOf({ toolset: 'grafana/loki', detector })).to.equal(builtInSpecOf('grafana/loki'));
  });

  it('ignores inherited properties such as toString', () => {
    expect(builtInSpecOf('toString')).to.equal(null);
    expect(discoveredType('constructor')).to.equal(null);
    expect(entriesOf('toString')).to.deep.equal(['toString']);
  });
});
