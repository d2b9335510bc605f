import { expect } from 'chai';
import { Problem } from '../../../../../plugin/serve/http/problem.ts';
import { createValidator } from '../../../../../plugin/serve/http/validate/validator.ts';

const files = { 'overrides.yaml': 'toolsets:\n  prometheus/metrics:\n    cnfig: {}\n' };
const forever = new AbortController().signal;

describe('plugin/serve/http/validate/validator', () => {
  it('takes eight at a time, and those who do not wait give their place to others', async () => {
    const validate = createValidator();
    const leaving = new AbortController();
    const first = validate(files, forever);
    const left = Array.from({ length: 7 }, () => validate(files, leaving.signal).catch((error: unknown) => error));
    expect(await problemOf(validate(files, forever))).to.equal('overloaded');

    leaving.abort(new Problem('request-timeout', 'has gone'));
    const next = validate(files, forever);

    expect((await Promise.all([first, next])).map((found) => found.map(({ code }) => code))).to.deep.equal([
      ['OVERRIDE_REJECTED'],
      ['OVERRIDE_REJECTED'],
    ]);
    expect((await Promise.all(left)).every((error) => error instanceof Problem)).to.equal(true);
  });
});

async function problemOf(asked: Promise<unknown>): Promise<string | null> {
  return asked.then(
    () => null,
    (error: unknown) => (error instanceof Problem ? error.problem : String(error)),
  );
}
