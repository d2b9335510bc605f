import { expect } from 'chai';
import fc from 'fast-check';
import type { ToolsetFile } from '../../../plugin/consumers/consumer.ts';
import {
  maxOverridesText,
  maxPlaces,
  overridesAnnotation,
  overridesAnnotations,
  readOverridePlaces,
} from '../../../plugin/customizations/overrides-annotation.ts';
import type { OverridePlace } from '../../../plugin/customizations/overrides-annotation.ts';
import { changed } from '../../support/git.ts';

const metrics = { enabled: true, config: { prometheus_url: 'http://p:9090', headers: { a: '1' } } };
const generatedToolsets = { 'prometheus/metrics': metrics, internet: { enabled: true } };

const overrides = `# What we change
toolsets:
  my-own:
    description: Ours
    enabled: true
  prometheus/metrics:
    config:
      headers: null
      query_timeout_seconds_default: 30
mcp_servers:
  github:
    url: http://mcp:80
`;
const patches = `- target: internet
  patch:
    - {op: replace, path: /enabled, value: false}
`;

describe('plugin/customizations/overrides-annotation', () => {
  it('lists the location of each part that Git changed or removed, in the order of the files', () => {
    const annotations = annotated({ 'overrides.yaml': overrides, 'patches.yaml': patches });

    expect(annotations).to.deep.equal({
      [overridesAnnotation]: [
        'overrides.yaml:',
        '  +3 my-own',
        '  +5 prometheus/metrics /config/headers',
        '  +1 prometheus/metrics /config/query_timeout_seconds_default',
        '  +2 mcp_servers github',
        'patches.yaml:',
        '  +3 internet /enabled',
      ].join('\n'),
    });
    expect(
      readOverridePlaces(annotations).map(({ file, line, ...one }) => [`${file}:${String(line)}`, one]),
    ).to.deep.equal([
      ['overrides.yaml:3', { section: 'toolsets', name: 'my-own', pointer: '' }],
      ['overrides.yaml:8', { section: 'toolsets', name: 'prometheus/metrics', pointer: '/config/headers' }],
      [
        'overrides.yaml:9',
        { section: 'toolsets', name: 'prometheus/metrics', pointer: '/config/query_timeout_seconds_default' },
      ],
      ['overrides.yaml:11', { section: 'mcp_servers', name: 'github', pointer: '' }],
      ['patches.yaml:3', { section: 'toolsets', name: 'internet', pointer: '/enabled' }],
    ]);
  });

  it('changes in one line when lines are inserted at the top, and is absent when Git changes nothing', () => {
    const lines = (text: string): readonly string[] =>
      annotated({ 'overrides.yaml': text })[overridesAnnotation]!.split('\n');
    const [before, after] = [lines(overrides), lines(`# One more\n# and another\n${overrides}`)];

    expect(after.filter((line) => !before.includes(line))).to.deep.equal(['  +5 my-own']);
    expect(annotated({})).to.deep.equal({});
    expect(annotated({ 'overrides.yaml': 'toolsets: {internet: {enabled: true}}' })).to.deep.equal({});
  });

  it('is bounded, counts what is left out, and is absent when there is no room', () => {
    const own = (count: number, name = 'toolset'): string =>
      `toolsets:\n${Array.from({ length: count }, (_, index) => `  ${name}-${String(1000 + index)}: {enabled: true}\n`).join('')}`;
    const of = (text: string, room?: number): string => annotated({ 'o.yaml': text }, room)[overridesAnnotation] ?? '';

    expect(of(own(maxPlaces)).split('\n')).to.have.lengthOf(maxPlaces + 1);
    expect(
      of(own(maxPlaces + 1))
        .split('\n')
        .slice(maxPlaces),
    ).to.deep.equal(['  +1 toolset-1199', 'and 1 more']);
    const long = of(own(maxPlaces, 'x'.repeat(150)));
    expect(long).to.have.lengthOf.within(maxOverridesText - 200, maxOverridesText);
    expect(long).to.match(/\nand 1\d\d more$/);
    expect(of(own(1, 'x'.repeat(300)))).to.equal('');
    expect(of(own(maxPlaces), 200)).to.have.lengthOf.within(150, 200);
    expect(of(own(1), 0)).to.equal('');
  });

  it('reads back what it wrote, and ignores invalid locations in an edited annotation', () => {
    const junk = [
      'overrides.yaml:',
      '  +2 a',
      '../x.yaml:',
      '  +1 b',
      'javascript:x:',
      '  +3 c',
      'o.yaml:',
      ' +1 d',
      '  +99999999 e',
    ];
    expect(readOverridePlaces({ [overridesAnnotation]: junk.join('\n') })).to.deep.equal([
      { section: 'toolsets', name: 'a', pointer: '', file: 'overrides.yaml', line: 2 },
    ]);
    const many = `o.yaml:\n${'  +1 a\n'.repeat(100_000)}`;
    expect(readOverridePlaces({ [overridesAnnotation]: many })).to.have.lengthOf.below(maxOverridesText / 7);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        readOverridePlaces({ [overridesAnnotation]: text }).forEach(({ file, line }: OverridePlace) => {
          expect(file).to.not.include('..');
          expect(line).to.be.at.least(0);
        });
      }),
    );
  });
});

function annotated(files: Readonly<Record<string, string>>, room = Infinity): Readonly<Record<string, string>> {
  const generated: ToolsetFile = { toolsets: generatedToolsets, mcp_servers: {} };
  const { final, provenance } = changed(generated, files);
  return overridesAnnotations({ generated: { file: generated, unusable: [] }, final, provenance }, room);
}
