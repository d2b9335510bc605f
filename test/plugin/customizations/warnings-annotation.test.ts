import { expect } from 'chai';
import { readWarnings, warningAnnotations, writeWarnings } from '../../../plugin/customizations/warnings-annotation.ts';
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

  it('is absent without warnings', () => {
    expect(writeWarnings([])).to.equal(null);
    expect(writeWarnings([{ ...unused, severity: 'note' }])).to.equal(null);
  });

  it('has a line for each distinct warning with code, location and fix, in a fixed order', () => {
    const crowded = warning('NAMESPACE_CROWDED', 'team has too many');
    const text =
      'warnings:\n  NAMESPACE_CROWDED team has too many\n  OVERRIDE_UNUSED overrides.yaml:3:5 nothing is called x; remove it';

    expect(writeWarnings([unused, crowded, unused])).to.equal(text);
    expect(writeWarnings([crowded, unused])).to.equal(text);
  });

  it('omits warnings that the next run may not repeat', () => {
    expect(writeWarnings([warning('EVIDENCE_UNAVAILABLE', 'pods could not be read')])).to.equal(null);
  });

  it('includes every code despite hundreds of warnings with two other codes', () => {
    const flood = Array.from({ length: 400 }, (_, index) => [
      warning('CREDENTIAL_MISSING', `team/a-${String(index)}`),
      warning('NAMESPACE_CROWDED', `team-${String(index)}`),
    ]).flat();

    const lines = writeWarnings([...flood, unused])!.split('\n');

    expect(lines).to.include('  OVERRIDE_UNUSED overrides.yaml:3:5 nothing is called x; remove it');
    expect(lines.slice(1, -1)).to.have.lengthOf(40);
    expect(lines.slice(1, -1)).to.deep.equal(lines.slice(1, -1).toSorted());
  });

  it('has at most 40 lines of 300 printable characters each, and counts the rest', () => {
    const many = Array.from({ length: 1_000 }, (_, index) =>
      warning('NAME_CLAIMED', `${String(index)}\n\u202e${'x'.repeat(9_000)}`),
    );
    const lines = writeWarnings(many)!.split('\n');

    expect(lines).to.have.lengthOf(42);
    expect(lines.at(-1)).to.equal('  and 960 more');
    expect(Math.max(...lines.map((line) => line.length))).to.be.below(330);
    expect(lines.join('')).to.match(/^[ -~]*$/);
  });

  it('repeats only the warnings that require action in a separate annotation', () => {
    const rejected = { ...unused, code: 'OVERRIDE_REJECTED' } as const;
    const crowded = warning('NAMESPACE_CROWDED', 'team has too many');

    expect(warningAnnotations([unused, rejected, crowded])).to.deep.equal({
      'kubernaut.io/toolset-needs-action': 'OVERRIDE_REJECTED overrides.yaml:3:5 nothing is called x; remove it',
      'kubernaut.io/toolset-warnings': writeWarnings([unused, rejected, crowded]),
    });
    expect(warningAnnotations([unused, crowded])).to.have.all.keys('kubernaut.io/toolset-warnings');
    expect(warningAnnotations([])).to.deep.equal({});
  });

  it('reads back what it wrote, and ignores anything else in the annotation', () => {
    const annotations = warningAnnotations([unused, warning('SECRET_INLINE', `a\nb${'x'.repeat(400)}`)]);
    const junk = `warnings:\n  lower case\n  X\n<b>\n  ${'A'.repeat(60)} b\n  SECRET_INLINE \u001b[31m\n`;

    expect(readWarnings(annotations)).to.deep.equal([
      { code: 'OVERRIDE_UNUSED', message: 'overrides.yaml:3:5 nothing is called x; remove it' },
      { code: 'SECRET_INLINE', message: `a?b${'x'.repeat(297)}...` },
    ]);
    expect(readWarnings({ 'kubernaut.io/toolset-warnings': junk.repeat(10_000) })).to.have.lengthOf.below(41);
    expect(readWarnings({ 'kubernaut.io/toolset-warnings': junk })).to.deep.equal([
      { code: 'SECRET_INLINE', message: '?[31m' },
    ]);
    expect(readWarnings({})).to.deep.equal([]);
  });
});
