import fc from 'fast-check';
import { expect } from 'chai';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { renderManifest, renderYaml } from '../../../../plugin/lib/data/yaml-writer.ts';
import type { Data, DataMap } from '../../../../plugin/lib/json.ts';
import { cpuBound, cpuMs } from '../../../support/cpu-time.ts';
import { ambiguous, anyMap, reordered } from '../../../support/data.ts';
import { hasPyYaml, readWithPyYaml } from '../../../support/pyyaml.ts';

const writers = { renderYaml, renderManifest };

describe('plugin/lib/data/yaml-writer', () => {
  describe('renderYaml', () => {
    it('sorts keys, and quotes text values but not keys', () => {
      const data = {
        'prometheus/metrics': { enabled: true, config: { prometheus_url: 'http://a:9090' } },
        b: [1, null],
      };

      expect(renderYaml(data)).to.equal(
        'b:\n  - 1\n  - null\nprometheus/metrics:\n  config:\n    prometheus_url: "http://a:9090"\n  enabled: true\n',
      );
    });

    it('writes a multi-line text as a literal block', () => {
      expect(renderYaml({ a: 'one\n  two: "x"\n\n# three\n' })).to.equal('a: |\n  one\n    two: "x"\n\n  # three\n');
    });

    it('writes 100,000 consecutive newlines within the CPU limit', () => {
      const before = cpuMs();

      renderYaml({ text: `a${'\n'.repeat(100_000)}b` });

      expect(cpuMs() - before).to.be.below(cpuBound(2_000));
    });

    it('keeps whether a block ends with a newline', () => {
      expect(renderYaml({ a: 'one\ntwo' })).to.equal('a: |-\n  one\n  two\n');
      expect(renderYaml({ a: 'one\ntwo\n\n' })).to.equal('a: |+\n  one\n  two\n\n');
    });

    for (const [value, as] of [
      [-0, '-0.0'],
      [Infinity, '.inf'],
      [-Infinity, '-.inf'],
      [NaN, '.nan'],
      [1e-7, '1.0e-7'],
    ] as const) {
      it(`writes the number ${as} so that each reader gets it back`, () => {
        const text = renderYaml({ a: value });

        expect(text).to.equal(`a: ${as}\n`);
        expect(isDeepStrictEqual(parse(text, { version: '1.1' }), { a: value })).to.equal(true);
      });
    }

    const quoted = [
      { title: 'a tab', text: 'a\n\tb\n', as: '"a\\n\\tb\\n"' },
      { title: 'a carriage return', text: 'a\r\nb', as: '"a\\r\\nb"' },
      { title: 'a space at the end of a line', text: 'a \nb', as: '"a \\nb"' },
      { title: 'a first line that begins with a space', text: ' a\nb', as: '" a\\nb"' },
      { title: 'an empty first line', text: '\na', as: '"\\na"' },
      { title: 'a control character', text: 'a\n\u001B[31m', as: '"a\\n\\u001b[31m"' },
      { title: 'a line separator', text: 'a\nb\u2028c', as: '"a\\nb\\u2028c"' },
      { title: 'an invisible character', text: 'a\u200Bb\uFEFF', as: '"a\\u200bb\\ufeff"' },
      { title: 'a bidirectional override', text: 'a\u202Eb', as: '"a\\u202eb"' },
      { title: 'a character that YAML readers reject', text: '\u007F\uFFFE', as: '"\\u007f\\ufffe"' },
    ];
    for (const { title, text, as } of quoted) {
      it(`writes a text with ${title} in double quotes`, () => {
        expect(renderYaml({ a: text })).to.equal(`a: ${as}\n`);
      });
    }

    it('leaves letters of any script unescaped', () => {
      expect(renderYaml({ a: 'Grüße 日本語 😀' })).to.equal('a: "Grüße 日本語 😀"\n');
    });

    it('writes JSON in single quotes, without escapes', () => {
      expect(renderYaml({ a: '{"b":[1]}' })).to.equal(`a: '{"b":[1]}'\n`);
    });

    it('never folds long lines', () => {
      const words = 'word '.repeat(100).trim();

      expect(renderYaml({ a: words })).to.equal(`a: "${words}"\n`);
    });

    it('repeats equal parts instead of using an anchor', () => {
      const part = { x: [1] };

      expect(renderYaml({ a: part, b: part })).to.equal('a:\n  x:\n    - 1\nb:\n  x:\n    - 1\n');
    });

    it('writes a number with an exponent with the dot that PyYAML requires', () => {
      expect(renderYaml([1e-7, -2e-9, 1.5e-10, 0.25, 3])).to.equal('- 1.0e-7\n- -2.0e-9\n- 1.5e-10\n- 0.25\n- 3\n');
    });

    it('does not depend on the order of keys', () => {
      fc.assert(fc.property(anyMap, (data) => renderYaml(data) === renderYaml(reordered(data))));
    });

    it('renders its own parsed output as the same bytes', () => {
      fc.assert(
        fc.property(anyMap, (data) => {
          const text = renderYaml(data);
          return renderYaml(parse(text, { version: '1.1' }) as Data) === text;
        }),
      );
    });
  });

  describe('renderManifest', () => {
    it('keeps the order of keys, and quotes only ambiguous texts', () => {
      const manifest = {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        labels: { 'a.b/c': 'yes', d: '1.10', e: 'on', f: 'web' },
      };

      expect(renderManifest(manifest)).to.equal(
        'kind: ConfigMap\napiVersion: v1\nlabels:\n  a.b/c: "yes"\n  d: "1.10"\n  e: "on"\n  f: web\n',
      );
    });

    it('writes a rendered file as a literal block', () => {
      expect(renderManifest({ data: { 'a.yaml': renderYaml({ b: 'x' }) } })).to.equal(
        'data:\n  a.yaml: |\n    b: "x"\n',
      );
    });
  });

  for (const [name, render] of Object.entries(writers)) {
    describe(`output of ${name} is read back unchanged`, () => {
      for (const version of ['1.1', '1.2'] as const) {
        it(`by YAML ${version}`, () => {
          fc.assert(fc.property(anyMap, (data) => isDeepStrictEqual(parse(render(data), { version }), data)));
        });
      }

      it('by the real PyYAML, which HolmesGPT uses', function () {
        if (!hasPyYaml()) this.skip();
        const words = ambiguous.flatMap((word): DataMap[] => [{ k: word }, { [word]: 1 }, { k: { l: [word, word] } }]);
        const documents = [...words, ...fc.sample(anyMap, 1_000)];

        const readings = readWithPyYaml(documents.map(render));

        const expected = documents.map((data) => ({ data }));
        const wrong = documents.filter((_, index) => !isDeepStrictEqual(readings[index], expected[index]));
        expect(wrong.map((data) => [JSON.stringify(data), render(data)])).to.deep.equal([]);
      }).timeout(120_000);
    });
  }

  it('writes a map of 60,000 keys', () => {
    const toolsets = Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`k${index}`, {}]));

    expect(renderYaml(toolsets).split('\n')).to.have.length(60_001);
  }).timeout(120_000);
});
