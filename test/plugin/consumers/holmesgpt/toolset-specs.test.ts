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
  it('are asked for by 22 detectors', () => {
    expect(detectors).to.have.length(22);
  });

  for (const detector of detectors) {
    const { id, toolset } = detector;
    it(`has one of its own for ${toolset}, which ${id} configures`, () => {
      const spec = builtInSpecOf(toolset);

      expect(spec).not.to.equal(null);
      expect(toolsetSpecOf({ toolset, detector })).to.equal(spec);
      expect(spec!.paths).not.to.include('/*');
    });

    it(`has none for a misspelt ${toolset}`, () => {
      expect(() => toolsetSpecOf({ toolset: `${toolset}s`, detector })).to.throw(`has no toolset "${toolset}s"`);
    });
  }

  it('prints a list of paths for each HTTP API, and no paths for other toolsets', () => {
    for (const { toolset } of detectors) {
      const { kind, type, paths } = builtInSpecOf(toolset)!;
      expect(paths.length > 0, toolset).to.equal(kind === 'http');
      expect(type === 'http', toolset).to.equal(kind === 'http');
    }
  });

  it('opens all paths of an HTTP API that its owner announced, and of no other', () => {
    expect(toolsetSpecOf({ toolset: 'custom/shop/api', detector: custom })).to.include({
      kind: 'http',
      title: 'HTTP API',
    });
    expect(toolsetSpecOf({ toolset: 'custom/shop/api', detector: custom }).paths).to.deep.equal(['/*']);
    expect(() => toolsetSpecOf({ toolset: 'custom', detector: custom })).to.throw('has no toolset "custom"');
    expect(() => toolsetSpecOf({ toolset: 'shop/api', detector: custom })).to.throw('has no toolset "shop/api"');
  });

  it('makes an entry of mcp_servers of an announced MCP server, without the prefix of its name', () => {
    expect(toolsetSpecOf({ toolset: 'mcp/shop/api', detector: mcp })).to.include({ kind: 'mcp' });
    expect(entriesOf('mcp/shop/api')).to.deep.equal(['shop/api']);
  });

  it('leaves a toolset of a custom detector to its template, unless it is a built-in one', () => {
    const detector = { ...custom, id: 'mine', template: { type: 'http' } };

    expect(toolsetSpecOf({ toolset: 'mine', detector })).to.include({ kind: 'template', since: 20 });
    expect(toolsetSpecOf({ toolset: 'grafana/loki', detector })).to.equal(builtInSpecOf('grafana/loki'));
  });

  it('takes no inherited property for a toolset', () => {
    expect(builtInSpecOf('toString')).to.equal(null);
    expect(discoveredType('constructor')).to.equal(null);
    expect(entriesOf('toString')).to.deep.equal(['toString']);
  });
});
