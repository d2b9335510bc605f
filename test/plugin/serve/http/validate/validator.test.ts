import { expect } from 'chai';
import { problemFor } from '../../../../../plugin/serve/http/problem-details.ts';
import { Problem } from '../../../../../plugin/serve/http/problem.ts';
import { Validator } from '../../../../../plugin/serve/http/validate/validator.ts';
import { problemOf } from '../problem-of.ts';

const files = { 'overrides.yaml': 'toolsets:\n  prometheus/metrics:\n    cnfig: {}\n' };
const never = new AbortController().signal;

describe('plugin/serve/http/validate/validator', () => {
  it('queues eight validations, and frees the slot of a client that disconnects', async () => {
    const validator = new Validator();
    const leaving = new AbortController();
    const first = validator.validate(files, never);
    const left = Array.from({ length: 7 }, () =>
      validator.validate(files, leaving.signal).catch((error: unknown) => error),
    );
    expect(await problemOf(() => validator.validate(files, never))).to.equal('overloaded');

    leaving.abort(problemFor.clientDisconnected());
    const next = validator.validate(files, never);

    expect((await Promise.all([first, next])).map((found) => found.map(({ code }) => code))).to.deep.equal([
      ['OVERRIDE_REJECTED'],
      ['OVERRIDE_REJECTED'],
    ]);
    const codes = (await Promise.all(left)).map((error) => (error instanceof Problem ? error.code : error));
    expect(codes).to.deep.equal(Array.from({ length: 7 }, () => 'request-timeout'));
  });

  it('ends the queued validations of a disconnected client before the running one finishes', async () => {
    const validator = new Validator();
    const leaving = new AbortController();
    const ended: string[] = [];
    const first = validator.validate(files, never).then(() => ended.push('first'));
    const left = Array.from({ length: 7 }, () =>
      validator.validate(files, leaving.signal).catch(() => ended.push('left')),
    );

    leaving.abort(problemFor.clientDisconnected());
    await Promise.all([first, ...left]);

    expect(ended.indexOf('first')).to.equal(7);
  });
});
