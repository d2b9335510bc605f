import { expect } from 'chai';
import { Anonymizer } from '../../../../../plugin/commands/explain/report/anonymizer.ts';

/** The texts as one report would say them. */
function anonymized(texts: readonly string[]): readonly string[] {
  const anonymizer = new Anonymizer(texts);
  return texts.map((text) => anonymizer.replace(text));
}

describe('plugin/commands/explain/report/anonymizer', () => {
  it('replaces words of alternating letters and digits, which identify one ReplicaSet, Pod or managed cluster', () => {
    const texts = [
      'prometheus-7d9f8b6c5d-x2k4p',
      'https://9A3F5C7B1D2E4F6A8B0C1D2E3F4A5B6C.gr7.eu-west-1.eks.amazonaws.com',
      'a1b2c3d4',
      'a1b2c3d5',
    ];

    const others = anonymized(texts);

    expect(others[0]).to.match(/^prometheus-[0-9a-f]{10}-[a-f]\d[a-f]\d[a-f]$/);
    expect(others.join().toLowerCase()).to.not.match(/7d9f8b6c5d|x2k4p|9a3f5c7b1d2e|a1b2c3d4|a1b2c3d5/);
    expect(others.map(({ length }) => length)).to.deep.equal(texts.map(({ length }) => length));
    expect(others[2]! < others[3]!).to.equal(true);
    expect(anonymized(['a1b2c3d4', 'A1B2C3D4'])).to.satisfy(
      ([lower = '', upper = '']: readonly string[]) => lower.toUpperCase() === upper,
    );
  });

  it('keeps words that occur in rules and versions', () => {
    const texts = ['k8s', 'v1beta1', 'h2c', 'o11y', 'e2e', 'loki-2.10.2', 'es01', 'mysql-8-0', 'MongoDBCluster'];

    expect(anonymized(texts)).to.deep.equal(texts);
  });
});
