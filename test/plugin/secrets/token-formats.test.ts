import { expect } from 'chai';
import { tokenFormatOf } from '../../../plugin/secrets/token-formats.ts';

const tail = 'A1b2C3d4E5f6G7h8J9k0L1m2N3p4Q5r6S7t';
const capitals = 'A1B2C3D4E5F6G7H8';

describe('plugin/secrets/token-formats', () => {
  for (const [token, format] of [
    [`glsa_${tail}`, "Grafana's tokens"],
    [`glc_${tail}`, "Grafana's tokens"],
    ...['ghp', 'gho', 'ghu', 'ghs', 'ghr'].map((kind) => [`${kind}_${tail}`, "GitHub's tokens"] as const),
    [`github_pat_${tail}`, "GitHub's tokens"],
    [`glpat-${tail}`, "GitLab's tokens"],
    [`xoxb-${tail}`, "Slack's tokens"],
    [`xapp-${tail}`, "Slack's tokens"],
    ...['services', 'workflows', 'triggers'].map(
      (kind) => [`https://hooks.slack.com/${kind}/T1`, "Slack's webhooks"] as const,
    ),
    [`AKIA${capitals}`, "AWS's access keys"],
    [`ASIA${capitals}`, "AWS's access keys"],
    [`AIza${tail}`, "Google's API keys"],
    [`NRAK-${capitals}`, "New Relic's keys"],
    [`sk-${tail}`, 'the keys of language models'],
    [`eyJ${tail}`, 'a JSON Web Token'],
    ['-----BEGIN RSA PRIVATE KEY-----', 'a private key'],
  ] as const) {
    it(`recognises the format of ${format} in ${token.slice(0, 32)}`, () => {
      expect(tokenFormatOf(`the token is ${token}`)).to.equal(format);
    });
  }

  for (const text of [`xglsa_${tail}`, `AKIA${capitals}0`, 'glpat-short', 'sk-learn', '-----BEGIN CERTIFICATE-----']) {
    it(`recognises no format in ${text.slice(0, 32)}`, () => {
      expect(tokenFormatOf(text)).to.equal(null);
    });
  }
});
