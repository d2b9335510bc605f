import { expect } from 'chai';
import { failureInWords } from '../../cluster/support/program.ts';
import type { Failure } from '../../cluster/support/program.ts';
import type { Application } from './applications.ts';

/** The error as the plugin printed it, of an Application that shows it and nothing else. */
export function failureIn(application: Application): Failure {
  return failureInWords(errorOf(application));
}

/** All that people see of a generation that failed. */
export function errorOf({ status }: Application): string {
  expect(status?.sync?.status).to.equal('Unknown');
  expect(status?.conditions?.map(({ type }) => type)).to.deep.equal(['ComparisonError']);
  return status?.conditions?.[0]?.message ?? '';
}
