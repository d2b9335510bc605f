import { expect } from 'chai';
import { detectors } from '../../detectors/index.ts';
import { products, withoutToolset } from './products.ts';
import type { Expectation, Product } from './products.ts';
import { minorOf } from './library.ts';
import {
  backendsOfEach,
  differences,
  hostsOf,
  ignoredKeys,
  judged,
  judgedVersions,
  judgeSuite,
  nearest,
} from './suite.ts';
import { holmesVersions } from '../tools/holmesgpt.ts';

/** Minor releases in which the names of keys, the toolsets or what is asked at the start changed. */
const targets = ['0.16', '0.24', '0.31', '0.45'];

/** Every product alone, as a chart installs it, discovered by the program and loaded by the real HolmesGPT. */
describe('holmesgpt/discovered', () => {
  const suite = judgeSuite(judgedVersions);
  const start = backendsOfEach();

  it('covers every detector', () => {
    const covered = new Set([...products.map(({ id }) => id), ...withoutToolset]);

    expect([...covered].sort()).to.deep.equal(detectors.map(({ id }) => id).sort());
  });

  for (const version of targets) {
    for (const product of products) {
      const { id, variant, example, entries, since, login } = product;
      const title = variant === undefined ? id : `${id}, ${variant}`;
      const isKnown = since <= minorOf(version);

      it(`${version} ${isKnown ? 'works with' : 'has no entry for'} ${title}`, async () => {
        const backend = await start(product.serve());
        const hosts = hostsOf({ ...example, backend });

        const generated = await suite.generate({ version, spec: specOf(product) }, [example.service]);
        const verdict = await judged(suite, generated, { hosts });

        const mine = Object.keys(generated.file.toolsets).filter((name) => name !== 'kubernetes/core');
        expect(mine.sort()).to.deep.equal(isKnown ? [...entries].sort() : []);
        expect(differences(generated, verdict)).to.deep.equal([]);
        expect(ignoredKeys(generated)).to.deep.equal([]);
        if (!isKnown) return;
        const expected = expectationOf(product, version);
        const isUsed = login === undefined && !isDenied(product, version);
        for (const name of entries) {
          const { status, effective } = verdict.toolsets[name]!;
          expect(status, name).to.equal(isUsed ? 'enabled' : 'disabled');
          if (isUsed) expect(effective.default, name).to.containSubset(expected.works);
        }
        const wanted = isUsed && expected.asks !== null ? [expected.asks] : [];
        expect(wanted.filter((asks) => !backend.asked.some((one) => one.startsWith(asks)))).to.deep.equal([]);
        if (!isUsed) expect(backend.asked).to.deep.equal([]);
      });
    }
  }
});

function specOf({ id }: Product): Readonly<Record<string, unknown>> {
  return { detectors: { [id]: { enabled: true } }, trust: { namespaces: ['*'] } };
}

function expectationOf({ newest, oldest }: Product, version: string): Expectation {
  return nearest(version) === holmesVersions.at(-1) ? newest : oldest!;
}

/** Until 0.32 Grafana's toolset fails where people who are not logged in see nothing, and a recording does not tell. */
function isDenied({ id }: Product, version: string): boolean {
  return id === 'grafana' && minorOf(version) < 32;
}
