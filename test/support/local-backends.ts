import nock from 'nock';
import { serveHttp } from '../holmesgpt/backends/server.ts';
import type { Backend } from '../holmesgpt/backends/server.ts';

/** Backends of one test on 127.0.0.1. */
export interface LocalBackends {
  /** Those that run, in the order of their start; one that was started otherwise is added. */
  readonly all: Backend[];
  readonly serve: (...args: Parameters<typeof serveHttp>) => Promise<Backend>;
}

/** Called in a `describe`: its tests may reach their backends, by the names of Services as well, which end after each. */
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
