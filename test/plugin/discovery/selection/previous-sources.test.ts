import { expect } from 'chai';
import fc from 'fast-check';
import type { PreviouslyAdmitted, Source } from '../../../../plugin/discovery/selection/previous-sources.ts';
import { sourcesAnnotation } from '../../../../plugin/cluster/sources-annotation.ts';
import { readMemory, sourceKey, writeSources } from '../../../../plugin/discovery/selection/previous-sources.ts';
import { candidate } from '../../../support/candidate.ts';

function read(text: string): PreviouslyAdmitted {
  return readMemory({ annotations: { [sourcesAnnotation]: text }, data: {} }).admitted;
}

describe('plugin/discovery/selection/previous-sources', () => {
  const sources: readonly Source[] = [
    { candidate: candidate('b/two', { needsCredential: true }), state: 'in' },
    { candidate: candidate('c/loki', { toolset: 'grafana/loki' }), state: 'in' },
    { candidate: candidate('a/one'), state: 'evicted' },
    { candidate: candidate('c/three', { needsCredential: true }), state: 'evicted' },
  ];
  const text = [
    'prometheus/metrics:',
    '  b/two http://two.b.svc:9090 needs-credential',
    '  a/one http://one.a.svc:9090 evicted',
    '  c/three http://three.c.svc:9090 needs-credential evicted',
    'grafana/loki:',
    '  c/loki http://loki.c.svc:9090',
  ].join('\n');

  it('writes toolsets in the order of their first source, and the sources of each in the order of their places', () => {
    expect(writeSources(sources)).to.equal(text);
  });

  it('reads back what was written, with places in order', () => {
    const [two, one, three, loki] = [...read(text)];

    expect(loki).to.deep.equal([
      'grafana/loki c/loki',
      {
        ...{ url: 'http://loki.c.svc:9090', needsCredential: false, needsTenant: false, learned: null },
        ...{ probed: [], proofs: [], evicted: false, place: 3 },
      },
    ]);
    expect(two?.[1]).to.include({ needsCredential: true, evicted: false, place: 0 });
    expect(one?.[1]).to.include({ needsCredential: false, evicted: true, place: 1 });
    expect(three?.[1]).to.include({ needsCredential: true, evicted: true, place: 2 });
    expect(sources.every((source) => read(text).has(sourceKey(source.candidate)))).to.equal(true);
  });

  it('records which parts of a URL a probe found', () => {
    const endpoint = { ...candidate('a/one').endpoint, probed: ['path', 'host'] } as const;
    const source = { candidate: candidate('a/one', { endpoint, needsCredential: true }), state: 'in' } as const;
    const line = '  a/one http://one.a.svc:9090 needs-credential probe:path+host';

    expect(writeSources([source])).to.equal(`prometheus/metrics:\n${line}`);
    expect([...read(writeSources([source])).values()][0]).to.deep.include({
      probed: ['path', 'host'],
      needsCredential: true,
    });
    for (const [words, probed] of [
      ['probe:host', ['host']],
      ['probe:port+path', ['path']],
      ['probe:', []],
      ['path', []],
    ] as const)
      expect([...read(`t:\n  a/one http://x ${words}`).values()][0]?.probed, words).to.deep.equal(probed);
  });

  it('records which evidence was read, which URL parts it gave, and what is unproved', () => {
    const proofs = [
      { by: 'resource', parts: ['scheme', 'path'] },
      { by: 'pods', parts: [] },
    ] as const;
    const written = writeSources([
      { candidate: candidate('a/one', { proofs }), state: 'in' },
      { candidate: candidate('a/two'), state: 'unproved' },
    ]);

    expect(written).to.equal(
      'prometheus/metrics:\n  a/one http://one.a.svc:9090 resource:scheme+path pods\n  a/two - not-proved',
    );
    const memory = readMemory({ annotations: { [sourcesAnnotation]: written }, data: {}, rememberedAt: 5 });
    expect([...memory.admitted.keys()]).to.deep.equal(['prometheus/metrics a/one']);
    expect([...memory.admitted.values()][0]?.proofs).to.deep.equal(proofs);
    expect([...memory.unproved]).to.deep.equal(['prometheus/metrics a/two']);
    expect(memory.writtenAt).to.equal(5);
  });

  it('keeps the order however often sources are written and read', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...sources]), (some) => {
        const places = read(writeSources(some));
        const written = some.toSorted((a, b) => {
          return places.get(sourceKey(a.candidate))!.place - places.get(sourceKey(b.candidate))!.place;
        });

        expect(writeSources(written)).to.equal(writeSources(some));
      }),
    );
  });

  it('reads none without a ConfigMap or without the annotation', () => {
    expect(readMemory(null).admitted.size).to.equal(0);
    expect(readMemory({ annotations: {}, data: {} }).admitted.size).to.equal(0);
  });

  const edits: readonly (readonly [title: string, text: string, keys: readonly string[]])[] = [
    ['a Service without a toolset', '  a/one http://x\nt:\n  b/two http://y', ['t b/two']],
    ['a line without a Service', 't:\n  one http://x\n  b/two http://y', ['t b/two']],
    ['what follows a line that is not a toolset', 't:\n  a/one http://x\nt\n  b/two http://y', ['t a/one']],
    ['what follows an empty line', 't:\n\n  a/one http://x\nu:\n  b/two http://y\n', ['u b/two']],
    ['a second line for a Service', 't:\n  a/one http://x\n  b/two http://y\n  a/one http://z', ['t a/one', 't b/two']],
  ];
  for (const [title, edited, keys] of edits) {
    it(`skips ${title} in an edited annotation`, () => {
      expect([...read(edited).keys()]).to.deep.equal(keys);
    });
  }

  it('reads a Service without a URL, and ignores an unknown note', () => {
    const [one, two] = [...read('t:\n  a/one\n  b/two http://y needs-nothing').values()];

    expect(one).to.include({ url: '', needsCredential: false, evicted: false });
    expect(two).to.include({ url: 'http://y', needsCredential: false, evicted: false });
  });
});
