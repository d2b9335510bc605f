import nock from 'nock';
import { serveHttp } from '../holmesgpt/backends/server.ts';
import type { Backend } from '../holmesgpt/backends/server.ts';

/** Backends of one test on 127.0.0.1. */
export interface LocalBackends {
  /** The running backends, in the order of their start; those started otherwise can be added. */
  readonly all: Backend[];
  readonly serve: (...args: Parameters<typeof serveHttp>) => Promise<Backend>;
}

/**
 * For use in a `describe`: its tests may reach their backends, by Service name as well; the backends end after each
 * test.
 */
export function localBackends(): LocalBackends {
  const all: Backend[] = [];
  beforeEach(() => {
    nock.enableNetConnect(/^127\.0\.0\.1|\.svc\.cluster\.local/);
  });
  afterEach(async () => {
    await Promise.all(all.splice(0).map(({ stop }) => stop()));
  });
  return {
    all,
    serve: async (...args) => {
      const backend = await serveHttp(...args);
      all.push(backend);
      return backend;
    },
  };
}
