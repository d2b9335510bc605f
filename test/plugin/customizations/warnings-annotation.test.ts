import { expect } from 'chai';
import { writeWarnings } from '../../../plugin/customizations/warnings-annotation.ts';
import type { Diagnostic } from '../../../plugin/lib/diagnostic.ts';
import { warning } from '../../../plugin/lib/diagnostic.ts';

describe('plugin/customizations/warnings-annotation', () => {
  const location = { file: 'overrides.yaml', line: 3, column: 5 };
  const unused: Diagnostic = {
    severity: 'warning',
    code: 'OVERRIDE_UNUSED',
    message: 'nothing is called x',
    location,
    hint: 'remove it',
  };

  it('is absent where there is none', () => {
    expect(writeWarnings([])).to.equal(null);
    expect(writeWarnings([{ ...unused, severity: 'note' }])).to.equal(null);
  });

  it('has a line for each with code, place and remedy, in an order of its own', () => {
    const crowded = warning('NAMESPACE_CROWDED', 'team has too many');
    const text =
      'warnings:\n  NAMESPACE_CROWDED team has too many\n  OVERRIDE_UNUSED overrides.yaml:3:5 nothing is called x; remove it';

    expect(writeWarnings([unused, crowded, unused])).to.equal(text);
    expect(writeWarnings([crowded, unused])).to.equal(text);
  });

  it('says nothing that the next run may not say', () => {
    expect(writeWarnings([warning('EVIDENCE_UNAVAILABLE', 'pods could not be read')])).to.equal(null);
  });

  it('has every code, whatever hundreds of two others there are', () => {
    const flood = Array.from({ length: 400 }, (_, index) => [
      warning('CREDENTIAL_MISSING', `team/a-${String(index)}`),
      warning('NAMESPACE_CROWDED', `team-${String(index)}`),
    ]).flat();

    const lines = writeWarnings([...flood, unused])!.split('\n');

    expect(lines).to.include('  OVERRIDE_UNUSED overrides.yaml:3:5 nothing is called x; remove it');
    expect(lines.slice(1, -1)).to.have.lengthOf(40);
    expect(lines.slice(1, -1)).to.deep.equal(lines.slice(1, -1).toSorted());
  });

  it('has at most 40 lines of 300 printable characters each, and counts the others', () => {
    const many = Array.from({ length: 1_000 }, (_, index) =>
      warning('NAME_CLAIMED', `${String(index)}\n\u202e${'x'.repeat(9_000)}`),
    );
    const lines = writeWarnings(many)!.split('\n');

    expect(lines).to.have.lengthOf(42);
    expect(lines.at(-1)).to.equal('  and 960 more');
    expect(Math.max(...lines.map((line) => line.length))).to.be.below(330);
    expect(lines.join('')).to.match(/^[ -~]*$/);
  });
});
