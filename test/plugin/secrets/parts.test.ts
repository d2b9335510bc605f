import { expect } from 'chai';
import { isRandom } from '../../../plugin/secrets/entropy.ts';
import { secretsIn, secretValues, withoutSecrets } from '../../../plugin/secrets/index.ts';
import { isCredential } from '../../../plugin/secrets/key-names.ts';
import type { Data } from '../../../plugin/lib/json.ts';
import type { YamlFile } from '../../../plugin/settings/yaml/parse.ts';
import { parseYamlFile } from '../../../plugin/settings/yaml/parse.ts';

describe('plugin/secrets/parts', () => {
  describe('withoutSecrets', () => {
    it('masks each secret in its place, and leaves the rest byte for byte', () => {
      const text = 'a: {token: hunter2,   url: x} # b\npasswords: [one1one1, "two2two2"]\nc:  d\n';

      expect(withoutSecrets(parse(text), new Set())).to.equal(
        "a: {token: '***',   url: x} # b\npasswords: ['***', '***']\nc:  d\n",
      );
    });

    it('keeps the line after a block, and what is known already', () => {
      const text = 'token: |\n  hunter2\nb: {password: known1known}\n';

      expect(withoutSecrets(parse(text), new Set(['known1known']))).to.equal(
        "token: '***'\nb: {password: known1known}\n",
      );
    });
  });

  it('names the values that look like secrets', () => {
    const text = 'a: {token: hunter2, name: b}\npassword: 12345\nc: {api_key: "{{ env.A }}"}\n';

    expect([...secretValues(parse(text))]).to.deep.equal(['hunter2', 12345]);
  });

  it('finds the paths to secrets in data, with the index in a list', () => {
    const data = {
      a: { tokens: ['hunter2', '{{ env.A }}', 'hunter3'] },
      b: [{ name: 'API_TOKEN', value: 'hunter4' }, 1],
    };

    expect(secretsIn(data)).to.deep.equal([
      ['a', 'tokens', '0'],
      ['a', 'tokens', '2'],
      ['b', '0', 'value'],
    ]);
    expect(secretsIn({ a: 'b', c: [1, null] })).to.deep.equal([]);
  });

  const settings: readonly (readonly [string, Data, boolean])[] = [
    ['api_key', 'a', true],
    ['username', 'a', true],
    ['url', 'http://a', false],
    ['url', 'http://{{ env.A }}', true],
    ['author', 'a', false],
    ['token', 5, false],
    ['tokens', ['a'], true],
    ['urls', ['a', '{{ env.A }}'], true],
    ['urls', ['a', 'b'], false],
    ['config', { url: 'a', password: 'b' }, true],
    ['password', { url: 'a' }, false],
    ['config', { url: 'a', more: [{ session: 'b' }] }, true],
  ];
  for (const [key, value, isSent] of settings) {
    it(`takes ${key}: ${JSON.stringify(value)} for ${isSent ? 'a' : 'no'} credential that is sent`, () => {
      expect(isCredential(key, value)).to.equal(isSent);
    });
  }

  const texts: readonly (readonly [key: string, text: string, isSecret: boolean])[] = [
    ['auth', 'basic', false],
    ['auth', 'kubernetes', false],
    ['auth', 'basic short', false],
    ['auth', 'basic YWRtaW46aHVudGVy', true],
    ['auth', 'Basic   YWRtaW46aHVudGVy', true],
    ['token', '~/.token', false],
    ['token', '/var/run/token', false],
    ['token', 'of /var/run/token', true],
    ['token', '...', false],
    ['token', '-----BEGIN CERTIFICATE-----\nabc', false],
    ['tokens', '4096', false],
    ['tokens', '4096x', true],
    ['a', "curl -H 'X-API-Key: hunter2x'", true],
    ['a', "get --header='X-API-Key:   hunter2x'", true],
    ['a', 'run --token  "abc123"', true],
    ['a', 'run --token abcdef', false],
    ['a', 'http://a/?sig=abcdef', true],
    ['a', 'http://a/?signature=abcdef', true],
    ['a', 'http://a/?design=abcdef', false],
    ['a', 'curl -u me:hunter2 a', true],
    ['a', 'curl -u 1000:1000 a', false],
    ['a', 'id -u me:hunter2', false],
  ];
  for (const [key, text, isSecret] of texts) {
    it(`takes ${key}: ${JSON.stringify(text)} for ${isSecret ? 'a' : 'no'} secret`, () => {
      expect(secretsIn({ [key]: text })).to.deep.equal(isSecret ? [[key]] : []);
    });
  }

  const words: readonly (readonly [string, boolean])[] = [
    ['k7f3q9z2m4x8c1v6b5n0', true],
    ['K7F3Q9Z2M4X8C1V6B5N0', true],
    ['k7f3-q9z2-m4x8-c1v6b5', false],
    ['kfqzmxcvbnwertyui1234', false],
    ['kf1qzmxcvbnwe2rtyuiop', false],
    ['kfqzmxcvbnwertyuiopas', false],
    ['12345678901234567890', false],
    ['aaaa1aaaa2aaaa3aaaa4', false],
    ['00000000000000000001', false],
    ['AAAAAAAAAA1111111111', false],
    ['Xk7fQ3zM9cV2bN8wR4tY', true],
    ['Some-Long-Name-Of-A1', false],
    ['SomeLongNameOfThing12', false],
  ];
  for (const [word, expected] of words) {
    it(`takes ${word} for ${expected ? 'random' : 'a name or a number'}`, () => {
      expect(isRandom(word)).to.equal(expected);
    });
  }
});

function parse(text: string): YamlFile {
  return parseYamlFile({ name: 'overrides.yaml', text }, 'OVERRIDES_INVALID');
}
