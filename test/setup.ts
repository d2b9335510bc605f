import fc from 'fast-check';
import nock from 'nock';

/**
 * Random inputs are the same in every run, so that a change fails by what it changed; FAST_CHECK_SEED draws others
 * (.github/workflows/nightly.yaml does).
 */
fc.configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 1) });

/** Root hooks of the unit suites: no real network but loopback, and every declared answer must have been asked for. */
export const mochaHooks = {
  beforeEach(): void {
    nock.disableNetConnect();
    nock.enableNetConnect('127.0.0.1');
  },
  afterEach(): void {
    const pending = nock.pendingMocks();
    nock.abortPendingRequests();
    nock.cleanAll();
    if (pending.length > 0) throw new Error(`never requested: ${pending.join(', ')}`);
  },
};
