import { expect } from 'chai';
import { isEnabled } from '../../../../../plugin/consumers/holmesgpt/validate/enabled.ts';
import type { Data } from '../../../../../plugin/lib/json.ts';

describe('plugin/consumers/holmesgpt/validate/enabled', () => {
  const cases: readonly (readonly [title: string, name: string, entry: Data, minor: number, on: boolean])[] = [
    ['what is built in and says so', 'datadog/logs', { enabled: true }, 45, true],
    ['what is built in and says so in words', 'datadog/logs', { enabled: 'yes' }, 45, true],
    ['what is built in and says nothing', 'datadog/logs', { config: {} }, 45, false],
    ['what is built in and says that it is off, in words', 'datadog/logs', { enabled: 'off' }, 45, false],
    ['what the release enables by itself', 'kubernetes/logs', { description: 'mine' }, 45, true],
    ['what the release does not enable by itself', 'kubernetes/logs', { description: 'mine' }, 16, false],
    ['one of your own', 'own', { description: 'mine' }, 45, true],
    ['one of your own that is off', 'own', { enabled: false }, 45, false],
    ['one of your own with a word for off, which HolmesGPT takes for on', 'own', { enabled: 'off' }, 45, true],
    ['one of a type', 'shop', { type: 'http' }, 45, true],
    ['no map', 'own', null, 45, false],
  ];
  for (const [title, name, entry, minor, on] of cases) {
    it(`takes ${title} for ${on ? 'on' : 'off'}`, () => {
      expect(isEnabled('toolsets', name, entry, minor)).to.equal(on);
    });
  }

  it('takes an MCP server for on that is called as a toolset is', () => {
    expect(isEnabled('mcp_servers', 'datadog/logs', { url: 'https://a' }, 45)).to.equal(true);
  });
});
