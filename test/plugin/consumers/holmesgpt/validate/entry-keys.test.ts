import { expect } from 'chai';
import type { Section } from '../../../../../plugin/consumers/consumer.ts';
import { validateEntry } from '../../../../../plugin/consumers/holmesgpt/validate/entry.ts';
import type { DataMap } from '../../../../../plugin/lib/json.ts';

const loki = { enabled: true, config: { api_url: 'http://a' } };
const tool = { name: 'a', description: 'b' };

/** What 0.45 says of an entry: the place, whether it is about the key or the value, and the sentence. */
function says(entry: DataMap, name = 'own', section: Section = 'toolsets'): readonly string[] {
  return validateEntry(section, name, entry, 45).map(
    ({ path, part, message, hint }) =>
      `${path.join('.')} (${part}): ${message.replace('HolmesGPT 0.45 ', '')}; ${hint}`,
  );
}

describe('plugin/consumers/holmesgpt/validate/entry-keys', () => {
  const own = (more: DataMap): DataMap => ({ description: 'd', tools: [], ...more });
  const rejects = (key: string, hint: string): string =>
    `${key} (key): rejects a toolset with the key "${key}"; ${hint}`;

  it('needs a name, a description, and a command or a script of each tool', () => {
    const without = (index: number, what: string): string =>
      `tools.${String(index)} (value): fails it: tools.${String(index)} without ${what}; add ${what}`;
    const tools = [tool, { ...tool, command: 'x' }, { ...tool, script: 'x' }, { description: 1, script: 'x' }];

    expect(says(own({ tools }))).to.deep.equal([
      without(3, 'description'),
      without(3, 'name'),
      without(0, 'command or script'),
    ]);
    expect(says({ ...loki, tools: [tool] }, 'helm/core')).to.include(without(0, 'command or script'));
  });

  it('names each item of the wrong type', () => {
    const wrong = (at: string, expected: string, hint = 'correct the value, or remove it'): string =>
      `${at} (value): fails it: invalid ${at}: expected ${expected}; ${hint}`;

    expect(says(own({ tools: [{ ...tool, command: 'x' }, 5] }))).to.deep.equal([wrong('tools.1', 'a map')]);
    expect(says(own({ prerequisites: [{ env: ['A'] }, 5] }))).to.deep.equal([wrong('prerequisites.1', 'a map')]);
    expect(says(own({ tags: ['core', 5] }))).to.deep.equal([wrong('tags.1', 'a string', 'put it in quotes')]);
    expect(says(own({ docs_url: 5, icon_url: null }))).to.deep.equal([
      wrong('docs_url', 'a string', 'put it in quotes'),
    ]);
  });

  it('tells what to write in place of a key that is rejected', () => {
    for (const key of ['disable', 'disabled'])
      expect(says(own({ [key]: true }))).to.deep.equal([rejects(key, 'write enabled: false, or enabled: true')]);
    expect(says(own({ $patch: 'delete' }))).to.deep.equal([
      rejects('$patch', 'to remove the toolset, write null in place of the entry'),
    ]);
    for (const key of ['undisable', 'disables'])
      expect(says(own({ [key]: true })).join())
        .to.include(key)
        .and.not.include('write enabled');
    expect(
      says({ description: 'd', type: 'http', config: { endpoints: [{ hosts: ['a'] }] }, tools: [] }),
    ).to.deep.equal([rejects('tools', 'remove it: this type has its own')]);
  });

  it('moves the keys of an MCP server to where they belong', () => {
    for (const key of ['url', 'command', 'args', 'headers', 'mode'])
      expect(says({ [key]: 'a' })[0]).to.equal(
        rejects(key, `for an MCP server move the entry to mcp_servers, with ${key} in config`),
      );
    expect(says({ modes: 'a' })[0]).to.equal(rejects('modes', 'settings of the product go in config'));
    expect(says({ ...loki, command: 'a' }, 'grafana/loki')).to.deep.equal([
      rejects('command', 'settings of the product go in config'),
    ]);
    const server = { description: 'd', config: { url: 'http://a' } };
    for (const key of ['command', 'args', 'env'])
      expect(says({ ...server, [key]: 'a' }, 'own', 'mcp_servers')).to.deep.equal([
        rejects(key, 'move it into config, with mode: stdio beside it'),
      ]);
  });

  it('moves a URL beside the config of a built-in toolset into it, if that takes one', () => {
    const ignored = (key: string): string =>
      `url (key): silently ignores a URL beside config; move it into config, as ${key}`;
    const prometheus = { enabled: true, config: { prometheus_url: 'http://a' } };

    expect(says({ ...loki, url: 'http://b' }, 'grafana/loki')).to.deep.equal([ignored('api_url')]);
    expect(says({ ...prometheus, url: 'http://b' }, 'prometheus/metrics')).to.deep.equal([ignored('prometheus_url')]);
    expect(says({ enabled: true, url: 'http://b' }, 'helm/core')).to.deep.equal([]);
  });
});
