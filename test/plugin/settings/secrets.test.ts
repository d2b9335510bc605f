import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseYamlFile } from '../../../plugin/settings/document.ts';
import { inlineSecrets } from '../../../plugin/settings/secrets.ts';

const corpora = ['services.json', 'more-services.json'].map((name) => join(import.meta.dirname, '../../corpus', name));

describe('plugin/settings/secrets', () => {
  const found: readonly (readonly [title: string, text: string, says: string])[] = [
    [
      'a value under a telling key',
      'a: {api_key: abcd1234}\n',
      '1:14 a.api_key looks like a secret: the key api_key holds one',
    ],
    ['a header', 'h: {Authorization: Bearer abc}\n', '1:20 h.Authorization looks like'],
    ['a token of Grafana, whatever its key', 'x: glsa_HOruNAb7SOiCdshU7algkrq7FDsNSLAa\n', 'a token of Grafana'],
    ['a password in a URL', 'u: postgresql://me:hunter2@db:5432/\n', 'a URL with a password'],
    ['a token in a query', 'u: http://a/b?token=abcdef\n', 'a URL with a secret in its query'],
    ['a private key', 'k: "-----BEGIN RSA PRIVATE KEY-----"\n', 'a private key'],
    ['a secret behind an anchor, once', 'a: &s {token: abcdef}\nb: *s\n', '1:15 a.token'],
  ];
  for (const [title, text, says] of found) {
    it(`finds ${title}, and does not repeat it`, () => {
      const lines = read(text);

      expect(lines).to.have.length(1);
      expect(lines[0])
        .to.include(says)
        .and.not.match(/abcd1234|hunter2|glsa_HO|abcdef/);
    });
  }

  const passed: readonly (readonly [title: string, text: string])[] = [
    ['a reference', 'api_key: "{{ env.KEY }}"\n'],
    ['a reference with words around it', 'Authorization: "Bearer {{ env.KEY }}"\n'],
    ["Kubernaut's reference", 'api_key: ${KEY}\n'],
    ['a reference in a URL', 'u: "postgresql://me:{{ env.PASSWORD }}@db/"\n'],
    [
      'a user name, a file and a tenant',
      'username: holmes\nclient_cert_path: /etc/tls/tls.crt\nX-Scope-OrgID: team-a\n',
    ],
    ['what its author looked at', 'api_key: abcd # pragma: allowlist secret\ntoken: abcd # gitleaks:allow\n'],
    ['a line after such a comment', '# pragma: allowlist nextline secret\napi_key: abcd\n'],
    ['an empty value and a null', 'api_key: ""\ntoken:\n'],
    ['a digest of an image', 'image: a@sha256:5b6a0c1b1d272fde082f4f558b059989cb036819929dbe823ad5a5fd3a8751e8\n'],
  ];
  for (const [title, text] of passed) {
    it(`passes ${title}`, () => {
      expect(read(text)).to.deep.equal([]);
    });
  }

  it('finds nothing in hundreds of real Services', () => {
    const texts = corpora.flatMap((file) => readFileSync(file, 'utf8').match(/"(?:[^"\\]|\\.)*"/g) ?? []);
    const names = [...new Set(texts)].filter((one) => !one.includes('__proto__'));

    expect(names.length).to.be.greaterThan(1_000);
    expect(read(`words:\n${names.map((one) => `- ${one}\n`).join('')}`)).to.deep.equal([]);
  });

  it('finds nearly every random token', () => {
    const tokens = Array.from({ length: 500 }, (_, index) =>
      randomBytes(24).toString(index % 2 === 0 ? 'hex' : 'base64url'),
    ).map((token) => token.replaceAll('-', 'x'));

    const lines = read(`words:\n${tokens.map((one) => `- "${one}"\n`).join('')}`);

    expect(lines.length).to.be.greaterThan(450);
  });

  it('ends on a large file that its patterns almost match', () => {
    expect(read(`a: "${'ab:/@?&='.repeat(100_000)}"\n`)).to.be.an('array');
  }).timeout(60_000);
});

function read(text: string): string[] {
  return inlineSecrets(parseYamlFile({ name: 'f', text }, 'OVERRIDES_INVALID')).map(
    ({ place, message }) => `${String(place.line)}:${String(place.column)} ${message}`,
  );
}
