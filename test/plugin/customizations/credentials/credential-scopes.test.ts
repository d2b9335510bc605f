import { expect } from 'chai';
import { redact, textsIn } from '../../../../plugin/customizations/credentials/credential-scopes.ts';
import type { DataMap } from '../../../../plugin/lib/json.ts';

const [theirs, ours] = ['http://theirs', 'http://ours'];
const isUntrusted = (text: string): boolean => text.includes('theirs');

function redacted(entry: DataMap): { readonly value: DataMap; readonly taken: readonly string[] } {
  const { value, taken } = redact(entry, isUntrusted);
  return { value, taken: taken.map((path) => path.join('.')) };
}

describe('plugin/customizations/credentials/credential-scopes', () => {
  for (const [title, entry] of [
    ['no untrusted backend', { config: { url: ours, api_key: 'k' } }],
    ['no credential', { config: { url: theirs, timeout: 3 }, list: [], tools: [{ name: 'x' }] }],
    ['no keys', {}],
  ] as const) {
    it(`leaves an entry with ${title} unchanged`, () => {
      expect(redacted(entry)).to.deep.equal({ value: entry, taken: [] });
    });
  }

  it('removes every credential from a map that names an untrusted backend, and from the maps within it', () => {
    const entry = {
      enabled: true,
      config: { url: theirs, api_key: 'k', empty: {}, auth: { token: 't' }, tls: { mode: 'on', password: 'p' } },
    };

    expect(redacted(entry)).to.deep.equal({
      value: { enabled: true, config: { url: theirs, empty: {}, tls: { mode: 'on' } } },
      taken: ['config.api_key', 'config.auth.token', 'config.tls.password'],
    });
  });

  it('does not change texts that the model reads', () => {
    const prose = {
      additional_instructions: 'say the password: hunter2',
      description: `token=abc of ${ours}`,
      installation_instructions: 'api_key: abc',
      llm_instructions: 'Authorization: Bearer abc',
    };

    expect(redacted({ ...prose, config: { url: theirs, token: 'x' } })).to.deep.equal({
      value: { ...prose, config: { url: theirs } },
      taken: ['config.token'],
    });
  });

  it('removes the credentials of an untrusted instance, and keeps those of trusted ones', () => {
    const entry = {
      config: {
        instances: [
          { name: 'a', url: theirs, token: 't1', auth: { password: 'p' } },
          { name: 'b', url: ours, token: 't2' },
        ],
      },
    };

    expect(redacted(entry)).to.deep.equal({
      value: {
        config: {
          instances: [
            { name: 'a', url: theirs },
            { name: 'b', url: ours, token: 't2' },
          ],
        },
      },
      taken: ['config.instances.0.token', 'config.instances.0.auth.password'],
    });
  });

  it('moves shared credentials into trusted instances that lack their own', () => {
    const headers = { 'X-Scope-OrgID': 'team' };
    const entry = {
      config: {
        api_key: 'shared',
        headers: { ...headers, Authorization: 'Bearer abc' },
        instances: [
          { name: 'a', url: theirs },
          { name: 'b', url: ours },
          { name: 'c', url: ours, api_key: 'own', headers: { Authorization: 'own' } },
        ],
      },
    };

    expect(redacted(entry)).to.deep.equal({
      value: {
        config: {
          headers,
          instances: [
            { name: 'a', url: theirs },
            { name: 'b', url: ours, api_key: 'shared', headers: { ...headers, Authorization: 'Bearer abc' } },
            { name: 'c', url: ours, api_key: 'own', headers: { Authorization: 'own' } },
          ],
        },
      },
      taken: ['config.api_key', 'config.headers.Authorization'],
    });
  });

  it('moves no credentials into items of other lists, as HolmesGPT shares keys only with instances', () => {
    const entry = {
      config: {
        api_key: 'shared',
        clusters: [
          { name: 'a', broker: theirs },
          { name: 'b', broker: ours },
        ],
      },
    };

    const { value, taken } = redacted(entry);

    expect(taken).to.deep.equal(['config.api_key']);
    expect(value).to.deep.equal({ config: { clusters: entry.config.clusters } });
  });

  it('removes all credentials when an untrusted backend is named outside the list', () => {
    const entry = { config: { fallback: theirs, instances: [{ name: 'b', url: ours, token: 't' }] } };

    expect(redacted(entry)).to.deep.equal({
      value: { config: { fallback: theirs, instances: [{ name: 'b', url: ours }] } },
      taken: ['config.instances.0.token'],
    });
  });

  it('removes a list or map that is named like a credential as a whole, whatever its keys', () => {
    const entry = {
      config: {
        url: theirs,
        api_key: [{ value: 'a' }],
        auth: { name: 'X-Key', value: 'a' },
        names: ['x'],
        mixed: [{ a: 1 }, 'b'],
      },
    };

    expect(redacted(entry)).to.deep.equal({
      value: { config: { url: theirs, names: ['x'], mixed: [{ a: 1 }, 'b'] } },
      taken: ['config.api_key', 'config.auth.name', 'config.auth.value'],
    });
  });

  it('finds every text at any depth', () => {
    expect(textsIn({ a: 'x', b: [1, null, { c: 'y' }, ['z', true]], d: null })).to.deep.equal(['x', 'y', 'z']);
    expect(textsIn(null)).to.deep.equal([]);
    expect(textsIn('x')).to.deep.equal(['x']);
  });
});
