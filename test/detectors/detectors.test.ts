import { expect } from 'chai';
import { detectors } from '../../detectors/index.ts';
import { urlOf } from '../../plugin/discovery/decision.ts';
import type { CorpusService } from '../accuracy/corpus.ts';
import { readCorpus, titleOf } from '../accuracy/corpus.ts';
import { decide } from '../accuracy/judge.ts';
import { cases } from './cases.ts';
import { missingParts } from './missing.ts';
import { moreCases } from './more-cases.ts';
import { serviceOf } from './service.ts';

describe('detectors', () => {
  const all = { ...cases, ...moreCases };
  const corpus = new Map(readCorpus().map((entry) => [titleOf(entry), entry.service]));

  it('are complete: listed, with a toolset, with test cases and a Service of the chart that ships them', () => {
    expect(missingParts(detectors, all)).to.deep.equal([]);
  });

  for (const { id, sources, entryPoints, evidence } of detectors) {
    describe(id, () => {
      it('names https sources for its facts', () => {
        expect(sources.length).to.be.greaterThan(0);
        for (const source of sources) expect(new URL(source).protocol).to.equal('https:');
      });

      it('lists its evidence strongest first, and has an entry point', () => {
        expect(entryPoints.length).to.be.greaterThan(0);
        const tiers = evidence.map(({ tier }) => tier);
        expect(tiers).to.deep.equal(tiers.toSorted((a, b) => a - b));
      });

      const { chart, others = [] } = all[id] ?? {};
      if (chart) {
        it(`selects the Service that its chart ships: ${chart[0]}`, async () => {
          expect(await urlTaken(id, corpus.get(chart[0])!)).to.equal(chart[1]);
        });
      }

      for (const [title, name, labels, ports, url] of others) {
        it(`${url === null ? 'does not select' : 'selects'} ${title}`, async () => {
          expect(await urlTaken(id, serviceOf(name, labels, ports))).to.equal(url);
        });
      }
    });
  }

  /** By this detector, with all of them on. */
  async function urlTaken(id: string, service: CorpusService): Promise<string | null> {
    const [found] = await decide([service]);
    const isTaken = found?.decision === 'selected' && found.detector?.id === id;
    return isTaken && found.endpoint ? urlOf(found.endpoint) : null;
  }
});
