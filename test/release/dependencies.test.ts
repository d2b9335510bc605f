import { expect } from 'chai';
import jsonpatch from 'fast-json-patch';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import packageJson from '../../package.json' with { type: 'json' };

/** What we rely on of packages that are seldom released: another in their place, or a new release, has to do the same. */
describe('release/dependencies', () => {
  it('are each listed with their version and a date in the upkeep table', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/adr/0004-dependencies.md'), 'utf8');
    const [, table = ''] = text.split('## Upkeep');

    for (const [name, version] of Object.entries(packageJson.dependencies)) {
      expect(table).to.match(new RegExp(`^\\| \`${name}\` +\\| ${version} +\\| \\d{4}-\\d\\d-\\d\\d +\\|`, 'm'));
    }
  });

  describe('fast-json-patch', () => {
    const apply = (document: unknown, operation: object): unknown =>
      jsonpatch.applyOperation(document, operation as jsonpatch.Operation).newDocument;

    it('changes the document in place', () => {
      const document = { a: { b: 1 } };

      jsonpatch.applyOperation(document, { op: 'replace', path: '/a/b', value: 2 });

      expect(document).to.deep.equal({ a: { b: 2 } });
    });

    it('adds to lists by index and at their end, moves and copies', () => {
      expect(apply([1, 3], { op: 'add', path: '/1', value: 2 })).to.deep.equal([1, 2, 3]);
      expect(apply([1], { op: 'add', path: '/-', value: 2 })).to.deep.equal([1, 2]);
      expect(apply({ a: 1 }, { op: 'move', from: '/a', path: '/b' })).to.deep.equal({ b: 1 });
      expect(apply({ a: [1] }, { op: 'copy', from: '/a', path: '/b' })).to.deep.equal({ a: [1], b: [1] });
    });

    it('decodes escapes in pointers', () => {
      expect(apply({ 'a/b': 1, 'c~d': 2 }, { op: 'remove', path: '/a~1b' })).to.deep.equal({ 'c~d': 2 });
      expect(apply({ 'c~d': 2 }, { op: 'replace', path: '/c~0d', value: 3 })).to.deep.equal({ 'c~d': 3 });
    });

    it('rejects changes to prototypes', () => {
      const path = '/__proto__/polluted';

      expect(() => apply({}, { op: 'add', path, value: 1 })).to.throw(/prototype/i);
      expect({}).to.not.have.property('polluted');
    });
  });

  describe('prom-client', () => {
    it('writes the text format with help, type, labels and buckets, and escapes label values', async () => {
      const registers = [new Registry()];
      const named = { help: 'What it is.', registers };
      new Counter({ name: 'a_total', labelNames: ['name'], ...named }).inc({ name: 'quote " and \\\nline' }, 2);
      new Gauge({ name: 'b', ...named }).set(0.5);
      new Histogram({ name: 'c_seconds', buckets: [0.1, 1], ...named }).observe(0.5);

      expect((await registers[0]!.metrics()).split('\n')).to.include.members([
        '# HELP a_total What it is.',
        '# TYPE a_total counter',
        'a_total{name="quote \\" and \\\\\\nline"} 2',
        'b 0.5',
        'c_seconds_bucket{le="0.1"} 0',
        'c_seconds_bucket{le="1"} 1',
        'c_seconds_bucket{le="+Inf"} 1',
        'c_seconds_sum 0.5',
        'c_seconds_count 1',
      ]);
      expect(registers[0]!.contentType).to.equal('text/plain; version=0.0.4; charset=utf-8');
    });

    it('calls a collector when scraped, and drops series that were reset', async () => {
      const register = new Registry();
      let value = 1;
      const gauge = new Gauge({
        name: 'd',
        help: 'It.',
        labelNames: ['name'],
        registers: [register],
        collect() {
          this.reset();
          this.set({ name: String(value) }, value);
        },
      });
      await register.metrics();
      value = 2;

      expect(await register.getSingleMetricAsString('d'))
        .to.include('d{name="2"} 2')
        .and.to.not.include('name="1"');
      gauge.reset();
    });

    it('rejects an unknown label and a duplicate name', () => {
      const registers = [new Registry()];
      const counter = new Counter({ name: 'e_total', help: 'It.', labelNames: ['name'], registers });

      expect(() => {
        counter.inc({ other: 'a' } as never);
      }).to.throw('label');
      expect(() => new Counter({ name: 'e_total', help: 'It.', registers })).to.throw('already been registered');
    });

    it('has the process metrics that alerts and dashboard query', async () => {
      const register = new Registry();
      collectDefaultMetrics({ register });

      const names = (await register.getMetricsAsJSON()).map(({ name }) => name);

      expect(names).to.include.members(['process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds']);
    });
  });
});
