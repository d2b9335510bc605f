import { expect } from 'chai';
import { validateEntry } from '../../../../../plugin/consumers/holmesgpt/validate/entry.ts';
import type { Data, DataMap } from '../../../../../plugin/lib/json.ts';

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

  describe('numbers', () => {
    const database = (max: Data): readonly string[] =>
      numbers('own', { type: 'database', description, config: { connection_url: 'mysql://a', max_rows: max } });
    const check = (config: DataMap): readonly string[] => numbers('connectivity_check', { enabled: true, config });
    const range = 'take one of that range, or remove the key';
    const fraction = 'write it without a fraction';

    it('are within both bounds, also as texts that Python reads as a number', () => {
      for (const max of [1, 10_000, '1', '10_000', '1.0', '{{ env.A }}', true])
        expect(database(max), String(max)).to.deep.equal([]);
      for (const max of [0, 10_001, '0', '10_001'])
        expect(database(max)).to.deep.equal([
          `${JSON.stringify(max)}: expected a whole number from 1 to 10000; ${range}`,
        ]);
      for (const max of [1.5, '1.5'])
        expect(database(max)).to.deep.equal([
          `${JSON.stringify(max)}: expected a whole number from 1 to 10000; ${fraction}`,
        ]);
    });

    it('are from a bound on, or above one', () => {
      expect(check({ max_probes: 0 })).to.deep.equal([]);
      expect(check({ max_probes: -1 })).to.deep.equal([`-1: expected a whole number from 0 on; ${range}`]);
      expect(check({ probe_window_seconds: 0.5 })).to.deep.equal([]);
      for (const seconds of [0, -1, '0'])
        expect(check({ probe_window_seconds: seconds })).to.deep.equal([
          `${JSON.stringify(seconds)}: expected a number above 0; ${range}`,
        ]);
    });

    it('are whole and above a bound, which is from the next one on', () => {
      const timeout = (seconds: Data): readonly string[] =>
        numbers('grafana/loki', { enabled: true, config: { api_url: 'http://a', timeout_seconds: seconds } });

      expect(timeout(1)).to.deep.equal([]);
      expect(timeout(0)).to.deep.equal([`0: expected a whole number from 1 on; ${range}`]);
      expect(timeout(0.5)).to.deep.equal([`0.5: expected a whole number from 1 on; ${fraction}`]);
    });
  });
});

/** What is said of an entry, from the refused value on. */
function numbers(name: string, entry: DataMap): readonly string[] {
  return validateEntry('toolsets', name, entry, 45).map(
    ({ message, hint }) => `${message.replace(/^.* invalid [\w.]+ /, '')}; ${hint}`,
  );
}
