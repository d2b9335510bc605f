import { expect } from 'chai';
import { isNotDisabled } from '../../../plugin/consumers/consumer.ts';
import { originsOf } from '../../../plugin/customizations/origins.ts';
import type { ToolsetOrigin } from '../../../plugin/customizations/origins.ts';
import type { DataMap } from '../../../plugin/lib/json.ts';

const generated = {
  'kubernetes/core': { enabled: true },
  'prometheus/metrics': { enabled: true, config: { prometheus_url: 'http://a', 'x/y~z': 1 } },
};

describe('plugin/customizations/origins', () => {
  it('distinguishes discovered, default and override toolsets, sorted by name', () => {
    const origins = originsFrom({ ...generated, own: { enabled: false } });

    expect(origins).to.deep.equal([
      { name: 'kubernetes/core', enabled: true, origin: 'default', overridden: [] },
      { name: 'own', enabled: false, origin: 'override', overridden: [''] },
      { name: 'prometheus/metrics', enabled: true, origin: 'discovered', overridden: [] },
    ]);
  });

  const cases = [
    {
      title: 'a value that changed',
      after: { enabled: true, config: { prometheus_url: 'http://b', 'x/y~z': 1 } },
      overridden: ['/config/prometheus_url'],
    },
    {
      title: 'a value that was added',
      after: { ...generated['prometheus/metrics'], extra: { a: 1 } },
      overridden: ['/extra'],
    },
    { title: 'a value that was removed', after: { enabled: true }, overridden: ['/config'] },
    {
      title: 'several values, in order',
      after: { enabled: false, config: { prometheus_url: 'http://b' } },
      overridden: ['/config/prometheus_url', '/config/x~1y~0z', '/enabled'],
    },
    {
      title: 'a key with a slash and a tilde',
      after: { enabled: true, config: { prometheus_url: 'http://a', 'x/y~z': 2 } },
      overridden: ['/config/x~1y~0z'],
    },
    {
      title: 'a key that every object inherits',
      after: { ...generated['prometheus/metrics'], valueOf: 1 },
      overridden: ['/valueOf'],
    },
  ];
  for (const { title, after, overridden } of cases) {
    it(`returns the JSON pointer of ${title}`, () => {
      const [, prometheus] = originsFrom({ ...generated, 'prometheus/metrics': after });

      expect(prometheus?.overridden).to.deep.equal(overridden);
    });
  }

  it('keeps a removed toolset, as overridden and not enabled', () => {
    const [, prometheus] = originsFrom({ 'kubernetes/core': { enabled: true } });

    expect(prometheus).to.deep.equal({
      name: 'prometheus/metrics',
      enabled: false,
      origin: 'discovered',
      overridden: [''],
    });
  });

  it('treats toString as an ordinary name', () => {
    const [own] = originsOf(
      { toolsets: {}, mcp_servers: {} },
      { toolsets: { toString: {} }, mcp_servers: {} },
      new Set(),
      isNotDisabled,
    );

    expect(own).to.deep.equal({ name: 'toString', enabled: true, origin: 'override', overridden: [''] });
  });
});

function originsFrom(final: DataMap): ToolsetOrigin[] {
  return originsOf(
    { toolsets: generated, mcp_servers: {} },
    { toolsets: final, mcp_servers: {} },
    new Set(['prometheus/metrics']),
    isNotDisabled,
  );
}
