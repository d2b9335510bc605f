import { expect } from 'chai';
import { validateEntry } from '../../../../../plugin/consumers/holmesgpt/validate/entry.ts';
import type { DataMap } from '../../../../../plugin/lib/json.ts';

const description = 'a';

/** Texts that a key takes, and texts that it does not. */
interface Limit {
  readonly entry: (text: string) => DataMap;
  readonly name?: string;
  readonly takes: readonly string[];
  readonly refuses: readonly string[];
  readonly expected: string;
}

describe('plugin/consumers/holmesgpt/validate/limits', () => {
  const limits: Readonly<Record<string, Limit>> = {
    'hosts of an HTTP API': {
      entry: (text) => ({ type: 'http', description, config: { endpoints: [{ hosts: [text] }] } }),
      takes: [' a ', '[::1]', '[::1]:80', 'u:p@a:80', 'https://*.a:8443/x?y#z'],
      refuses: ['u@:80', '[::1]x80', '[]', 'xhttp://a', 'httpsx://a', '**', '*a', 'a:x'],
      expected: 'a host name, host:port or an origin, with *. at most in front',
    },
    'the URL of MongoDB': {
      entry: (text) => ({ type: 'mongodb', description, config: { connection_url: text } }),
      takes: ['mongodb://a', 'mongodb+srv://a', 'a:27017', '{{ env.A }}'],
      refuses: ['', 'http://a', 'xmongodb://a', 'mongodb+x://a'],
      expected: 'a URL that begins with mongodb:// or mongodb+srv://',
    },
    'the URL of a database': {
      entry: (text) => ({ type: 'database', description, config: { connection_url: text } }),
      takes: [
        'postgresql+psycopg2://a',
        'mysql://a',
        'mariadb+x.y-z://a',
        'mssql://a',
        'sqlite://',
        'clickhouse+http://a',
      ],
      refuses: ['', 'oracle://a', 'clickhouses://a', 'post gresql://a', 'a mysql://b', 'x-clickhouse://a'],
      expected: 'a URL of a database such as postgresql://user:password@host:5432/name',
    },
    "New Relic's account": {
      entry: (text) => ({ enabled: true, config: { api_key: 'a', account_id: text } }),
      name: 'newrelic',
      takes: ['12', ' +12 ', '-1_2', '1_23'],
      refuses: ['', 'x12', '12x', '1__2', '_1', '1.5'],
      expected: 'a number, in quotes',
    },
    "Kafka's protocol": {
      entry: (text) => ({
        enabled: true,
        config: { clusters: [{ name: 'a', broker: 'b:1', security_protocol: text }] },
      }),
      name: 'kafka/admin',
      takes: ['', 'SSL', ' plaintext'],
      refuses: ['TLS', 'SSL ', 'xssl', 'sasl_'],
      expected: 'PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL',
    },
    'a URL that is asked at startup': {
      entry: (text) => ({ enabled: true, config: { prometheus_url: text } }),
      name: 'prometheus/metrics',
      takes: ['http://a', ' HTTPS://a', 'http://{{ env.A }}'],
      refuses: ['', 'a', 'a http://b', 'xhttp://a', 'http://', 'http:///a', 'http://:80', 'ftp://a'],
      expected: 'a URL such as http://host:port',
    },
  };
  for (const [what, { entry, name = 'own', takes, refuses, expected }] of Object.entries(limits)) {
    const found = (text: string): readonly string[] =>
      validateEntry('toolsets', name, entry(text), 45).flatMap(({ effect, message }) =>
        effect === 'rejected' ? [message.slice(message.indexOf(': expected ') + 2)] : [],
      );

    for (const text of takes)
      it(`takes ${JSON.stringify(text)} for ${what}`, () => {
        expect(found(text)).to.deep.equal([]);
      });
    for (const text of refuses)
      it(`refuses ${JSON.stringify(text)} for ${what}, and says what is expected`, () => {
        expect(found(text)).to.deep.equal([`expected ${expected}`]);
      });
  }
});
