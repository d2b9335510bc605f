import nock from 'nock';

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
