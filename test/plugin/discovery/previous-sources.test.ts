import { expect } from 'chai';
import { readSources, sourceKey, sourcesAnnotation, writeSources } from '../../../plugin/discovery/previous-sources.ts';
import type { PreviouslyAdmitted } from '../../../plugin/discovery/previous-sources.ts';
import { candidate } from '../../support/candidate.ts';

function read(text: string): PreviouslyAdmitted {
  return readSources({ annotations: { [sourcesAnnotation]: text }, data: {} });
}

describe('plugin/discovery/previous-sources', () => {
  const admitted = [
    candidate('b/two', { needsCredential: true }),
    candidate('a/one'),
    candidate('c/loki', { toolset: 'grafana/loki' }),
  ];
  const text = [
    'grafana/loki:',
    '  c/loki http://loki.c.svc:9090',
    'prometheus/metrics:',
    '  a/one http://one.a.svc:9090',
    '  b/two http://two.b.svc:9090 needs-credential',
  ].join('\n');

  it('are written by toolset and Service, in the order of the alphabet', () => {
    expect(writeSources(admitted)).to.equal(text);
    expect(writeSources(admitted.toReversed())).to.equal(text);
  });

  it('are read as they were written', () => {
    expect([...read(text)]).to.deep.equal([
      ['grafana/loki c/loki', { url: 'http://loki.c.svc:9090', needsCredential: false }],
      ['prometheus/metrics a/one', { url: 'http://one.a.svc:9090', needsCredential: false }],
      ['prometheus/metrics b/two', { url: 'http://two.b.svc:9090', needsCredential: true }],
    ]);
    expect(admitted.every((one) => read(text).has(sourceKey(one)))).to.equal(true);
  });

  it('are none where there is no ConfigMap, or no annotation', () => {
    expect(readSources(null).size).to.equal(0);
    expect(readSources({ annotations: {}, data: {} }).size).to.equal(0);
  });

  const edits: readonly (readonly [title: string, text: string, keys: readonly string[]])[] = [
    ['a Service without a toolset', '  a/one http://x\nt:\n  b/two http://y', ['t b/two']],
    ['a line without a Service', 't:\n  one http://x\n  b/two http://y', ['t b/two']],
    ['what follows a line that is no toolset', 't:\n  a/one http://x\nt\n  b/two http://y', ['t a/one']],
    ['an empty line', 't:\n\n  a/one http://x\nu:\n  b/two http://y\n', ['u b/two']],
  ];
  for (const [title, edited, keys] of edits) {
    it(`are read without ${title}, as a hand may have left it`, () => {
      expect([...read(edited).keys()]).to.deep.equal(keys);
    });
  }

  it('are read of a Service without a URL, and without a note that is another word', () => {
    expect([...read('t:\n  a/one\n  b/two http://y needs-nothing')]).to.deep.equal([
      ['t a/one', { url: '', needsCredential: false }],
      ['t b/two', { url: 'http://y', needsCredential: false }],
    ]);
  });
});
