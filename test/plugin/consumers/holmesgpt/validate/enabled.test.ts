import { expect } from 'chai';
import { isEnabled } from '../../../../../plugin/consumers/holmesgpt/validate/enabled.ts';
import type { Data } from '../../../../../plugin/lib/json.ts';

describe('plugin/consumers/holmesgpt/validate/enabled', () => {
  const cases: readonly (readonly [title: string, name: string, entry: Data, minor: number, on: boolean])[] = [
    ['a built-in toolset with enabled: true', 'datadog/logs', { enabled: true }, 45, true],
    ["a built-in toolset with enabled: 'yes'", 'datadog/logs', { enabled: 'yes' }, 45, true],
    ['a built-in toolset without enabled', 'datadog/logs', { config: {} }, 45, false],
    ["a built-in toolset with enabled: 'off'", 'datadog/logs', { enabled: 'off' }, 45, false],
    ['a toolset that the release enables by default', 'kubernetes/logs', { description: 'mine' }, 45, true],
    ['a toolset that the release does not enable by default', 'kubernetes/logs', { description: 'mine' }, 16, false],
    ['a custom toolset', 'own', { description: 'mine' }, 45, true],
    ['a disabled custom toolset', 'own', { enabled: false }, 45, false],
    ["a custom toolset with enabled: 'off', which HolmesGPT reads as true,", 'own', { enabled: 'off' }, 45, true],
    ['a toolset with a type', 'shop', { type: 'http' }, 45, true],
    ['an entry that is not a map', 'own', null, 45, false],
  ];
  for (const [title, name, entry, minor, on] of cases) {
    it(`considers ${title} ${on ? 'on' : 'off'}`, () => {
      expect(isEnabled('toolsets', name, entry, minor)).to.equal(on);
    });
  }

  it('considers an MCP server on even if it has the name of a toolset', () => {
    expect(isEnabled('mcp_servers', 'datadog/logs', { url: 'https://a' }, 45)).to.equal(true);
  });
});
