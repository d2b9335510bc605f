import { expect } from 'chai';
import { parseData } from '../../../../plugin/lib/data/yaml11-reader.ts';
import { hasPyYaml, readWithPyYaml } from '../../../support/pyyaml.ts';

describe('plugin/lib/data/yaml11-reader', () => {
  describe('line ends of YAML 1.1 that YAML 1.2 does not have', () => {
    const texts = ['\r', '\u0085', '\u2028', '\u2029', '\u2028\u2029'].flatMap((end) => [
      `# c${end}a: 1\n`,
      `a: b${end}c: d\n`,
      `a: b${end}  c\n`,
      `a: b${end}\nc: d\n`,
      `a: "b ${end}  c"\n`,
      `a: 'b${end}  c'\n`,
      `a: |\n  b${end}c\n`,
      `a: |\n  b${end}  c\n`,
      `a: |\n  "b"${end}  c\n`,
      `a: >\n  b${end}  c\n`,
      `- ${end}\n- a\n`,
      `{a: 1,${end}b: 2}\n`,
      `a${end}: 1\n`,
      `a: 1 # c${end}b: "c"\n`,
      `a: "# ${end} b"${end}c: d\n`,
    ]);

    before(function () {
      if (!hasPyYaml()) this.skip();
    });

    it('are read as PyYAML reads them, or not at all', () => {
      const readings = readWithPyYaml(texts);

      for (const [index, text] of texts.entries()) {
        const [data, reading] = [parseData(text), readings[index]!];
        if (data !== undefined) expect(reading, JSON.stringify(text)).to.deep.equal({ data });
      }
    });
  });

  it('keeps separators in JSON', () => {
    expect(parseData('{"a":"b\u2028c","d":["\u2029"]}')).to.deep.equal({ a: 'b\u2028c', d: ['\u2029'] });
  });
});
