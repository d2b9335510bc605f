import { expect } from 'chai';
import { assertAccepted } from '../../../../plugin/consumers/holmesgpt/file-format.ts';
import { PluginError } from '../../../../plugin/lib/errors.ts';

/** What ends HolmesGPT's load of the whole file is refused instead. */
describe('plugin/consumers/holmesgpt/file-format', () => {
  function refused(file: Parameters<typeof assertAccepted>[0]): PluginError {
    try {
      assertAccepted(file);
    } catch (error) {
      expect(error).to.be.instanceOf(PluginError);
      return error as PluginError;
    }
    throw new Error('accepted');
  }

  it('rejects a file without entries', () => {
    const { code, message } = refused({ toolsets: {}, mcp_servers: {} });

    expect([code, message]).to.deep.equal([
      'OUTPUT_INVALID',
      'overrides.yaml removes every toolset; HolmesGPT does not load an empty file',
    ]);
  });

  it('accepts one entry in either section', () => {
    expect(() => {
      assertAccepted({ toolsets: { own: { enabled: true } }, mcp_servers: {} });
      assertAccepted({ toolsets: {}, mcp_servers: { own: { config: {} } } });
    }).not.to.throw();
  });

  for (const [place, file, path, key] of [
    ['a name', { toolsets: { 'a.b': {} }, mcp_servers: {} }, 'toolsets', 'a.b'],
    ['a map in a map', { toolsets: { own: { config: { 'a.b': 1 } } }, mcp_servers: {} }, 'toolsets.own.config', 'a.b'],
    [
      'an item of a list',
      { toolsets: { own: { tools: [{}, { '.': 1 }] } }, mcp_servers: {} },
      'toolsets.own.tools[1]',
      '.',
    ],
    ['an MCP server', { toolsets: {}, mcp_servers: { own: { 'x.': 1 } } }, 'mcp_servers.own', 'x.'],
  ] as const) {
    it(`rejects a dot in a key of ${place}, with its path`, () => {
      const { code, message } = refused(file);

      expect([code, message]).to.deep.equal([
        'OUTPUT_INVALID',
        `${path} has the key "${key}"; HolmesGPT refuses keys with a dot`,
      ]);
    });
  }

  it('accepts dots in values', () => {
    expect(() => {
      assertAccepted({ toolsets: { own: { config: { url: 'a.b', list: ['c.d'] } } }, mcp_servers: {} });
    }).not.to.throw();
  });
});
