import { expect } from 'chai';
import { bugExitCode, exitCodes } from '../../../plugin/lib/codes.ts';
import type { ErrorCode } from '../../../plugin/lib/codes.ts';
import { PluginError, exitCode } from '../../../plugin/lib/errors.ts';

describe('plugin/lib/errors', () => {
  it('maps every error code to its exit code', () => {
    for (const [code, expected] of Object.entries(exitCodes)) {
      expect(exitCode(new PluginError(code as ErrorCode, 'x', { hint: 'y' })), code).to.equal(expected);
    }
  });

  it('uses only exit codes 2 to 5 for foreseen errors, and 70 for a bug', () => {
    expect(new Set(Object.values(exitCodes))).to.deep.equal(new Set([2, 3, 4, 5]));
    expect(bugExitCode).to.equal(70);
  });

  it('maps anything else to the exit code of a bug', () => {
    for (const thrown of [new Error('x'), new RangeError('x'), 'x', null, undefined]) {
      expect(exitCode(thrown)).to.equal(70);
    }
  });

  it('keeps the message, hint and cause', () => {
    const cause = new Error('why');

    const error = new PluginError('USAGE', 'what', { hint: 'what to do', cause });

    expect(error).to.be.instanceOf(Error);
    expect(error).to.include({ name: 'PluginError', code: 'USAGE', message: 'what', hint: 'what to do', cause });
  });
});
