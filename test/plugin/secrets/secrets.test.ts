import fc from 'fast-check';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PluginError } from '../../../plugin/lib/errors.ts';
import { formatLocation } from '../../../plugin/lib/diagnostic.ts';
import { parseYamlFile } from '../../../plugin/settings/yaml/parse.ts';
import type { YamlFile } from '../../../plugin/settings/yaml/parse.ts';
import { isRandom } from '../../../plugin/secrets/entropy.ts';
import { inlineSecrets } from '../../../plugin/secrets/index.ts';
import { renderYaml } from '../../../plugin/lib/data/yaml-writer.ts';
import { ambiguous, anyMap } from '../../support/data.ts';
import { pieces } from './pieces.ts';

const byKey = 'its key names a credential';
const inUrl = 'it contains a URL with a password';
const byName = 'it contains an assignment to the name of a credential';
const random = 'it contains a word that is as random as a generated key';

/** In two pieces, so that a secret scanner finds none in this repository. */
const grafana = ['glsa_', 'HOruNAb7SOiCdshU7algkrq7FDsNSLAa_55e2f8be'].join('');
const base64 = ['dGhpcyBp', 'cyBub3QgQTFiMkMzZDQ1RTY3'].join('');
const hex = ['9f86d081', '884c7d659a2feaa0c55ad015'].join('');

describe('plugin/secrets/secrets', () => {
  it('reports the path, the location and the fix', () => {
    const text = 'toolsets:\n  grafana/dashboards:\n    config:\n      api_key: hunter2\n';

    expect(inlineSecrets(parse(text))).to.deep.equal([
      {
        code: 'SECRET_INLINE',
        severity: 'warning',
        location: { file: 'overrides.yaml', line: 4, column: 16 },
        message: `toolsets.grafana/dashboards.config.api_key looks like a secret: ${byKey}`,
        hint: "put it into the consumer's environment and write `{{ env.NAME }}`, or end the line with `# pragma: allowlist secret` if it is not one",
      },
    ]);
  });

  describe('what it finds', () => {
    const cases: readonly { readonly text: string; readonly says: string }[] = [
      ...['api_key', 'apiKey', 'apikey', 'X-API-Key', 'GRAFANA_API_KEY', 'dd_app_key', 'token', 'bearer_token'].map(
        (key) => ({ text: `${key}: hunter2`, says: `${key} looks like a secret: ${byKey}` }),
      ),
      ...['password', 'kafka_password', 'passwd', 'client_secret', 'clientSecret', 'Authorization', 'Cookie'].map(
        (key) => ({ text: `${key}: hunter2`, says: `${key} looks like a secret: ${byKey}` }),
      ),
      ...['aws_secret_access_key', 'opensearch_auth_header', 'PRIVATE-TOKEN', 'github_pat', 'token_value'].map(
        (key) => ({ text: `${key}: hunter2`, says: `${key} looks like a secret: ${byKey}` }),
      ),
      { text: 'password: 12345', says: `password looks like a secret: ${byKey}` },
      { text: 'password: "1234"', says: `password looks like a secret: ${byKey}` },
      { text: 'auth: admin:hunter2', says: `auth looks like a secret: ${byKey}` },
      { text: 'tokens: [hunter2]', says: `tokens.0 looks like a secret: ${byKey}` },
      { text: 'credentials: {grafana: hunter2, user: me}', says: `credentials.grafana looks like a secret: ${byKey}` },
      { text: 'token: {value: hunter2}', says: `token.value looks like a secret: ${byKey}` },
      { text: 'env: [{name: API_TOKEN, value: hunter2}]', says: `env.0.value looks like a secret: ${byKey}` },
      { text: 'token: "hunter2{{ env.X }}"', says: `token looks like a secret: ${byKey}` },
      { text: `a: ${grafana}`, says: "a looks like a secret: it has the format of Grafana's tokens" },
      { text: `a: the token is ${grafana}.`, says: "a looks like a secret: it has the format of Grafana's tokens" },
      { text: `a: glc_${base64}=`, says: "a looks like a secret: it has the format of Grafana's tokens" },
      { text: `a: ghp_${hex}abcd`, says: "a looks like a secret: it has the format of GitHub's tokens" },
      { text: `a: github_pat_${hex}`, says: "a looks like a secret: it has the format of GitHub's tokens" },
      { text: 'a: xoxb-1234567890-abc', says: "a looks like a secret: it has the format of Slack's tokens" },
      {
        text: 'a: https://hooks.slack.com/services/T0/B0/x',
        says: "a looks like a secret: it has the format of Slack's webhooks",
      },
      { text: 'a: AKIAIOSFODNN7EXAMPLE', says: "a looks like a secret: it has the format of AWS's access keys" },
      { text: `a: eyJ${base64}.eyJ${base64}.x`, says: 'a looks like a secret: it has the format of a JSON Web Token' },
      {
        text: 'a: |\n  -----BEGIN RSA PRIVATE KEY-----\n  MII\n',
        says: 'a looks like a secret: it has the format of a private key',
      },
      { text: 'a: "-----BEGIN PRIVATE KEY-----"', says: 'a looks like a secret: it has the format of a private key' },
      { text: 'a: https://me:hunter2@db:5432/x', says: `a looks like a secret: ${inUrl}` },
      { text: 'a: redis://:hunter2@db', says: `a looks like a secret: ${inUrl}` },
      { text: 'a: "https://{{ env.USER }}:hunter2@db"', says: `a looks like a secret: ${inUrl}` },
      { text: 'a: curl https://me:hunter2@db/x', says: `a looks like a secret: ${inUrl}` },
      { text: 'a: http://a/b?x=1&token=hunter2', says: `a looks like a secret: ${byName}` },
      { text: 'a: http://a/b?api_key=hunter2&x=1', says: `a looks like a secret: ${byName}` },
      { text: 'a: Server=db;Password=hunter2', says: `a looks like a secret: ${byName}` },
      { text: 'a: tool --token=hunter2', says: `a looks like a secret: ${byName}` },
      { text: 'a: API_TOKEN=hunter2 tool', says: `a looks like a secret: ${byName}` },
      { text: `a: 'curl -H "Authorization: Bearer hunter2hunter2" x'`, says: `a looks like a secret: ${byName}` },
      { text: `a: 'curl -H "X-API-Key: hunter2" x'`, says: `a looks like a secret: ${byName}` },
      { text: `a: "curl --header='PRIVATE-TOKEN: hunter2' x"`, says: `a looks like a secret: ${byName}` },
      { text: 'a: curl -u holmes:hunter2 x', says: `a looks like a secret: ${byName}` },
      { text: `a: 'curl -sSu "holmes:hunter2" x'`, says: `a looks like a secret: ${byName}` },
      { text: 'a: curl --user=holmes:hunter2 x', says: `a looks like a secret: ${byName}` },
      { text: 'a: tool --api-key hunter2 x', says: `a looks like a secret: ${byName}` },
      { text: 'args: [run, --api-key, hunter2]', says: `args.2 looks like a secret: ${byKey}` },
      {
        text: 'auth: {type: header, name: Authorization, value: auth-key hunter2}',
        says: `auth.value looks like a secret: ${byKey}`,
      },
      { text: 'tokens: {services: {grafana: hunter2}}', says: `tokens.services.grafana looks like a secret: ${byKey}` },
      { text: 'auth: {name: X-API-Key, value: hunter2}', says: `auth.value looks like a secret: ${byKey}` },
      { text: `a: ${base64}`, says: `a looks like a secret: ${random}` },
      { text: `a: ${hex}`, says: `a looks like a secret: ${random}` },
      { text: `headers: {X-Team: "Key ${base64}"}`, says: `headers.X-Team looks like a secret: ${random}` },
      { text: grafana, says: "the file looks like a secret: it has the format of Grafana's tokens" },
    ];
    for (const { text, says } of cases) {
      it(`finds ${JSON.stringify(text)}`, () => {
        const messages = inlineSecrets(parse(`${text}\n`)).map(({ message }) => message);

        expect(messages).to.deep.equal([says]);
        expect(messages[0]).not.to.match(/hunter2|12345|HOruN|dGhp|9f86|AKIA|hooks\.|1234567890|eyJ|BEGIN/);
      });
    }

    it('hides a key that is itself a secret', () => {
      const [finding] = inlineSecrets(parse(`${grafana}: {token: hunter2}\n`));

      expect(finding?.message).to.equal(`….token looks like a secret: ${byKey}`);
    });

    it('truncates a long key', () => {
      const [finding] = inlineSecrets(parse(`? ${'a b '.repeat(30_000)}\n: {token: hunter2}\n`));

      expect(finding?.message).to.have.length.below(200);
    });
  });

  describe('what it ignores', () => {
    const cases: readonly string[] = [
      ...[
        'username: holmes',
        'client_cert_path: /etc/tls/tls.crt',
        'token_file: token',
        'password_file: x',
        'api_key_env: X',
      ],
      ...['token_url: https://a/token', 'auth_type: basic', 'auth: basic', 'auth: anonymous', 'auth: behind a proxy'],
      ...[
        'X-Scope-OrgID: team-a',
        'tenant: team-a',
        'secretName: grafana',
        'existingSecret: grafana',
        'api_key_header: X-Key',
      ],
      'auth: {type: header, name: Authorization, value: "auth-key {{ env.X }}"}',
      'auth: {type: header, name: X-Scope-OrgID, value: team-a}',
      'auth: {name: X-API-Key, value: "{{ env.X }}"}',
      ...[
        'args: [--token, "{{ env.X }}"]',
        'args: [--api-key, "${KEY}"]',
        'args: [--token-file, token, --secret-name, a]',
      ],
      ...['a: curl -u holmes:$PASSWORD x', 'a: "curl -u {{ user }}:{{ token }} x"', 'a: docker run -u 1000:1000 x'],
      `a: 'curl -u "\${U}:\${P}" -H "X-API-Key: $KEY" x'`,
      `a: "curl -H 'Authorization: token \${T}' -H 'Accept: text/html' x"`,
      ...['a: tool --token $TOKEN', 'a: tool --token --verbose', 'a: the option --token is needed'],
      ...['secret: {name: grafana, key: token}', 'token: {valueFrom: {secretKeyRef: {name: a, key: token}}}'],
      ...['imagePullSecrets: [{name: registry}]', 'credentials: {username: holmes, path: /a/b}', 'public_key: abc'],
      ...[
        'password: ""',
        'password:',
        'password: " "',
        'password: true',
        'password: "no"',
        'token: 123',
        'token: "007"',
      ],
      ...[
        'max_tokens: 128000',
        'max_tokens: "128000"',
        'tokens: 4096',
        'maximum_output_token: 16384',
        'token_limit: 4096',
      ],
      ...[
        'password: "{{ env.X }}"',
        'password: "{{env.X}}"',
        'password: "{{ env.MY-VAR }}"',
        'password: ${X}',
        'Authorization: "Bearer {{ env.X }}"',
      ],
      ...['Authorization: "{{ request_context.headers[\'Authorization\'] }}"', 'basic_auth: "admin:{{ env.X }}"'],
      ...[
        'password: "********"',
        'password: <password>',
        'api_key: glsa_xxxxxxxxxxxxxxxxxxxx',
        'api_key: <path:secret/a#b>',
      ],
      ...[
        'client_key: /etc/tls/tls.key',
        'token: /var/run/secrets/kubernetes.io/serviceaccount/token',
        'token: ./token',
      ],
      ...[
        'a: "https://me:{{ env.X }}@db"',
        'a: "https://me:{{env.X}}@db"',
        'a: https://me:${X}@db',
        'a: https://me:$X@db',
      ],
      ...['a: https://me:<password>@db', 'a: http://[::1]:8080/a', 'a: http://a:9090/b@c', 'a: user@example.com'],
      ...[
        'a: "http://a/b?token={{ env.X }}"',
        'a: http://a/b?token=$TOKEN&x=1',
        'a: http://a/b?tokens=10&max_token=100',
      ],
      ...[`a: 'curl -H "Authorization: Bearer $TOKEN" x'`, 'a: "Authorization: Bearer authentication"'],
      ...['a: 3f786850-e387-4550-afda-b836ed7e6dc8', `image: a/b@sha256:${hex}${hex}`, `a: sha256:${hex}${hex}`],
      ...[
        `checksum/config: ${hex}${hex}`,
        `commit: ${hex}`,
        `a: registry.example.com/a/b:${hex}`,
        `a: ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB`,
      ],
      ...[`a: ${hex}-1234567890.eu-west-1.elb.amazonaws.com`, `a: https://grafana.example.com/d/${base64}/overview`],
      ...[
        'a: prometheus-kube-prometheus-stack-prometheus-node-exporter-0',
        'a: kube_horizontalpodautoscaler_status_v2',
      ],
      ...['a: CoreV1ApiListPodForAllNamespacesRequest', 'a: "12345678901234567890"', 'a: 00000000000000000000000a'],
      ...[`a: |\n  -----BEGIN CERTIFICATE-----\n  ${base64}\n  ${base64}\n  -----END CERTIFICATE-----`],
      ...[`a: the trace ${hex} took two seconds`, ''],
      'credentials: {grafana/loki: [{services: {names: [loki-gw], namespaces: [logs], selector: {matchLabels: {team: pay}}}}]}',
    ];
    for (const text of cases) {
      it(`ignores ${JSON.stringify(text)}`, () => {
        expect(messagesOf(text)).to.deep.equal([]);
      });
    }

    it('finds no secret in the labels, annotations, images and URLs of recorded Services', () => {
      for (const name of ['services.json', 'more-services.json']) {
        const text = readFileSync(join(import.meta.dirname, '../../corpus', name), 'utf8');
        expect(messagesOf(text), name).to.deep.equal([]);
      }
    });
  });

  describe('comments', () => {
    const cases: readonly { readonly title: string; readonly text: string; readonly lines: readonly number[] }[] = [
      { title: 'of detect-secrets', text: 'token: a # pragma: allowlist secret\n', lines: [] },
      { title: 'of gitleaks', text: 'token: a # gitleaks:allow\n', lines: [] },
      { title: 'with a reason', text: 'token: "a" # not a secret, pragma: allowlist secret for the demo\n', lines: [] },
      { title: 'on the line before', text: '# pragma: allowlist nextline secret\ntoken: a\n', lines: [] },
      { title: 'after a block indicator', text: `a: | # gitleaks:allow\n  ${grafana}\n`, lines: [] },
      { title: 'after a flow collection', text: 'a: {token: b, password: c} # gitleaks:allow\n', lines: [] },
      { title: 'after a text of several lines', text: 'token: "a\n  b" # gitleaks:allow\n', lines: [] },
      { title: 'in a file with CRLF line ends', text: 'a: 1\r\ntoken: a # gitleaks:allow\r\n', lines: [] },
      { title: 'on another line', text: 'a: b # gitleaks:allow\ntoken: a\nb: c # gitleaks:allow\n', lines: [2] },
      { title: 'two lines before', text: '# pragma: allowlist nextline secret\na: b\ntoken: a\n', lines: [3] },
      { title: 'about something else', text: '# the token\ntoken: a # changed in May\n', lines: [2] },
      { title: 'inside a quoted text', text: 'token: "a # gitleaks:allow"\n', lines: [1] },
      { title: 'that is a value instead', text: 'a: {token: b, c: gitleaks:allow}\n', lines: [1] },
    ];
    for (const { title, text, lines } of cases) {
      it(`${lines.length === 0 ? 'respects' : 'ignores'} a comment ${title}`, () => {
        expect(inlineSecrets(parse(text)).map(({ location }) => location.line)).to.deep.equal(lines);
      });
    }
  });

  describe('aliases', () => {
    const cases: readonly { readonly title: string; readonly text: string; readonly found: readonly string[] }[] = [
      {
        title: 'once, at the anchor',
        text: 'a: {token: &t b}\nc: {token: *t}\n',
        found: ['overrides.yaml:1:15 a.token'],
      },
      { title: 'in an anchored map', text: 'a: &m {token: b}\nc: *m\nd: *m\n', found: ['overrides.yaml:1:15 a.token'] },
      {
        title: 'that only the key of an alias reveals',
        text: 'a: &t b\nc: {token: *t}\n',
        found: ['overrides.yaml:1:7 c.token'],
      },
      {
        title: 'at the nearest preceding anchor of that name',
        text: 'a: &t b\nc: &t d\ne: {token: *t}\nf: &t g\n',
        found: ['overrides.yaml:2:7 e.token'],
      },
    ];
    for (const { title, text, found } of cases) {
      it(`finds a secret ${title}`, () => {
        const shown = inlineSecrets(parse(text)).map(
          ({ location, message }) => `${formatLocation(location)} ${message.split(' ')[0] ?? ''}`,
        );

        expect(shown).to.deep.equal(found);
      });
    }

    it('respects a comment at the anchor', () => {
      expect(messagesOf('a: &t b # gitleaks:allow\nc: {token: *t}\n')).to.deep.equal([]);
    });
  });

  describe('randomness', () => {
    const lower = 'abcdefghijklmnopqrstuvwxyz';
    const alphabets = {
      hexadecimal: '0123456789abcdef',
      base64: `${lower}${lower.toUpperCase()}0123456789+/`,
      base64url: `${lower}${lower.toUpperCase()}0123456789-_`,
    };
    const floors: readonly (readonly [alphabet: keyof typeof alphabets, length: number, percent: number])[] = [
      ['hexadecimal', 20, 99],
      ['hexadecimal', 32, 99],
      ['base64', 20, 91],
      ['base64', 32, 97],
      ['base64', 40, 98],
      ['base64url', 20, 91],
      ['base64url', 32, 97],
    ];
    for (const [alphabet, length, percent] of floors) {
      it(`recognises at least ${percent} % of random ${alphabet} words of ${length} characters`, () => {
        const chars = alphabets[alphabet];
        const unit = fc.nat(chars.length - 1).map((index) => chars.charAt(index));
        // Not `fc.string`, which prefers some texts to others.
        const texts = fc.sample(fc.array(fc.noBias(unit), { minLength: length, maxLength: length }), {
          numRuns: 2000,
          seed: 7,
        });
        const seen = texts.filter((text) => isRandom(text.join('')));

        expect((seen.length / texts.length) * 100).to.be.at.least(percent);
      });
    }

    it('flags no word of recorded Services and no UUID', () => {
      const words = ['services.json', 'more-services.json'].flatMap(
        (name) =>
          readFileSync(join(import.meta.dirname, '../../corpus', name), 'utf8').match(/[A-Za-z0-9+/_-]{20,}={0,2}/g) ??
          [],
      );
      const uuids = fc.sample(fc.uuid(), { numRuns: 1000, seed: 7 });

      expect(new Set(words)).to.have.property('size').above(600);
      expect([...words, ...uuids, ...uuids.map((uuid) => uuid.toUpperCase())].filter(isRandom)).to.deep.equal([]);
    });
  });

  describe('properties', () => {
    it('gives the same result every time for any readable file', () => {
      const scalars = fc.array(fc.constantFrom(...ambiguous, ...pieces)).map((texts) => `[${texts.join(', ')}]`);
      fc.assert(
        fc.property(fc.oneof(anyMap.map(renderYaml), scalars), (text) => {
          const file = readable(text);
          if (file) expect(inlineSecrets(file)).to.deep.equal(inlineSecrets(file));
        }),
      );
    });

    it('never includes a secret, or part of one, in a finding', () => {
      const token = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: 24, maxLength: 48 });
      const where = fc.constantFrom(
        (secret: string) => ({ token: secret }),
        (secret: string) => ({ any: `glsa_${secret}` }),
        (secret: string) => ({ any: [`https://me:${secret}@db/`] }),
        (secret: string) => ({ any: `http://a/?token=${secret}` }),
        (secret: string) => ({ [`glc_${secret}`]: { password: secret } }),
      );
      fc.assert(
        fc.property(token, where, (secret, put) => {
          const findings = inlineSecrets(parse(JSON.stringify(put(secret))));

          expect(findings).to.have.length(1);
          for (let index = 0; index + 6 <= secret.length; index += 1)
            expect(JSON.stringify(findings)).not.to.include(secret.slice(index, index + 6));
        }),
      );
    });

    it('finds nothing in a text that refers to the environment instead', () => {
      const key = fc.constantFrom('token', 'password', 'Authorization', 'api_key', 'url');
      const around = fc.constantFrom('', 'Bearer ', 'Basic ', 'https://me:', 'http://a/?token=');
      fc.assert(
        fc.property(key, around, fc.constantFrom('{{ env.X }}', '{{env.X}}', '${X}'), (name, before, reference) => {
          const after = before.startsWith('https') ? '@db' : '';
          expect(messagesOf(JSON.stringify({ [name]: before + reference + after }))).to.deep.equal([]);
        }),
      );
    });
  });
});

function parse(text: string): YamlFile {
  return parseYamlFile({ name: 'overrides.yaml', text }, 'OVERRIDES_INVALID');
}

/** `null` for what is refused. */
function readable(text: string): YamlFile | null {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof PluginError) return null;
    throw error;
  }
}

function messagesOf(text: string): readonly string[] {
  return inlineSecrets(parse(text)).map(({ message }) => message);
}
