import { expect } from 'chai';
import {
  endOf,
  fromErrorEvent,
  fromHttpError,
  idleTimeout,
  invalidResponse,
} from '../../../../plugin/cluster/watch/watch-errors.ts';

const server = new URL('https://api.example');
const services = { group: '', resource: 'services', verb: 'watch', namespace: 'team' } as const;

describe('plugin/cluster/watch/watch-errors', () => {
  for (const [status, retryAfterMs, cause, code] of [
    [410, 0, 'expired', undefined],
    [404, 0, 'missing', 'CLUSTER_RESOURCE_MISSING'],
    [401, 0, 'unauthorized', 'CLUSTER_UNAUTHORIZED'],
    [403, 0, 'forbidden', 'CLUSTER_FORBIDDEN'],
    [429, 0, 'throttled', 'CLUSTER_FAILED'],
    [503, 0, 'failed', 'CLUSTER_FAILED'],
    [503, 2_000, 'throttled', 'CLUSTER_FAILED'],
    [500, 2_000, 'failed', 'CLUSTER_FAILED'],
  ] as const) {
    it(`classifies a ${String(status)} with Retry-After ${String(retryAfterMs)} ms as ${cause}`, () => {
      const end = fromHttpError(server, services, { status, text: '', retryAfterMs });

      expect(end.cause).to.equal(cause);
      expect(end.error?.code).to.equal(code);
      expect(end.retryAfterMs).to.equal(status === 404 ? 0 : retryAfterMs);
    });
  }

  it('classifies a broken connection as unreachable', () => {
    const end = fromHttpError(server, services, new Error('socket hang up'));

    expect(end.cause).to.equal('unreachable');
    expect(end.error?.message).to.equal(
      'watch services in namespace team failed: https://api.example cannot be reached: socket hang up',
    );
  });

  for (const [status, cause, retryAfterMs] of [
    [{ code: 410 }, 'expired', 0],
    [{ code: 429, details: { retryAfterSeconds: 4 } }, 'throttled', 4_000],
    [{ code: 429, details: { retryAfterSeconds: 3_600 } }, 'throttled', 30_000],
    [{ code: 429, details: { retryAfterSeconds: -1 } }, 'throttled', 0],
    [{ code: 500 }, 'failed', 0],
    [null, 'failed', 0],
  ] as const) {
    it(`classifies an ERROR event with ${JSON.stringify(status)} as ${cause}, and waits ${String(retryAfterMs)} ms`, () => {
      const end = fromErrorEvent(status, server, services);

      expect({ cause: end.cause, retryAfterMs: end.retryAfterMs }).to.deep.equal({ cause, retryAfterMs });
      expect(end.error === null).to.equal(cause === 'expired');
    });
  }

  it('reports the code and message of the Status in an ERROR event', () => {
    const status = { kind: 'Status', code: 500, message: 'etcd is slow' };

    expect(fromErrorEvent(status, server, services).error?.message).to.equal(
      'watch services in namespace team was ended by an error event (500): etcd is slow',
    );
    expect(fromErrorEvent({}, server, services).error?.message).to.match(/an error event \(no code\)$/);
  });

  it('classifies silence as silent, and what no API server sends as invalid', () => {
    expect(idleTimeout(1_500, server, services)).to.include({ cause: 'silent', retryAfterMs: 0 });
    expect(idleTimeout(1_500, server, services).error?.message).to.match(/: no byte for 1\.5 s$/);
    expect(invalidResponse('HTML', server, services)).to.include({ cause: 'invalid' });
    expect(invalidResponse('HTML', server, services).error?.message).to.match(/https:\/\/api\.example sent HTML$/);
  });

  it('rethrows an error that is not a PluginError, as it is a bug', () => {
    expect(() => endOf(new TypeError('bug'))).to.throw(TypeError, 'bug');
  });
});
