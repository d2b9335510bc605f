import { expect } from 'chai';
import type { ServerResponse } from 'node:http';
import type { ServiceView } from '../../../../detectors/types.ts';
import type { KeepPolicy } from '../../../../plugin/cluster/types.ts';
import { allKeys } from '../../../../plugin/discovery/kept-keys.ts';
import { collectionsOf, services } from '../../../../plugin/serve/cache/resources.ts';
import type { ListSelection } from '../../../../plugin/serve/cache/resources.ts';
import type { ReflectorHealth, Restart } from '../../../../plugin/serve/cache/reflector-health.ts';
import { Reflector } from '../../../../plugin/serve/cache/reflector.ts';
import type { ServiceName, ServiceStore } from '../../../../plugin/serve/cache/service-store.ts';
import { createServiceStore } from '../../../../plugin/serve/cache/service-store.ts';
import { testClock } from '../../../support/clock.ts';
import type { TestClock } from '../../../support/clock.ts';
import { until } from '../../../support/until.ts';
import { event, listed, replying, startWatchServer, versionOf, watched } from '../../../support/watch-server.ts';
import type { Step, WatchServer } from '../../../support/watch-server.ts';

const html = { 'content-type': 'text/html' };
const gone = { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410, message: 'too old' };
const overloaded = { kind: 'Status', status: 'Failure', code: 500, message: 'etcd is away' };

/** How the first watch ends, after it has told of version 11, and what comes next. */
const ends: readonly {
  readonly title: string;
  readonly step: Step;
  readonly cause: Restart['cause'];
  readonly error: RegExp | null;
  /** Whether the next watch goes on after version 11; otherwise it lists again. */
  readonly goesOn: boolean;
}[] = [
  { title: 'closes the watch', step: told('', end), cause: 'closed', error: null, goesOn: true },
  {
    title: 'resets the connection',
    step: told('', cut),
    cause: 'unreachable',
    error: /cannot be reached/,
    goesOn: true,
  },
  {
    title: 'drops the connection in the middle of an event',
    step: told('{"type":"MOD', cut),
    cause: 'unreachable',
    error: /./,
    goesOn: true,
  },
  {
    title: 'ends the response in the middle of an event',
    step: told('{"type":"MOD', end),
    cause: 'invalid',
    error: /half an event/,
    goesOn: false,
  },
  {
    title: 'stops sending',
    step: told('', () => undefined),
    cause: 'silent',
    error: /no byte for 1\.5 s/,
    goesOn: true,
  },
  {
    title: 'sends an ERROR event with code 410',
    step: told(event('ERROR', gone), end),
    cause: 'expired',
    error: null,
    goesOn: false,
  },
  {
    title: 'sends an ERROR event with code 500',
    step: told(event('ERROR', overloaded), end),
    cause: 'failed',
    error: /\(500\): etcd is away/,
    goesOn: false,
  },
  {
    title: 'sends an event of an unknown type',
    step: told(event('MOVED', versionOf('b', 12))),
    cause: 'invalid',
    error: /unknown type "MOVED"/,
    goesOn: false,
  },
  {
    title: 'sends an event of an object of another kind',
    step: told(event('ADDED', { ...versionOf('b', 12), kind: 'Pod' })),
    cause: 'invalid',
    error: /ADDED of an object of kind "Pod"/,
    goesOn: false,
  },
  {
    title: 'sends an event without a version',
    step: told(event('ADDED', { kind: 'Service', apiVersion: 'v1', metadata: { name: 'b' } })),
    cause: 'invalid',
    error: /ADDED without a resource version/,
    goesOn: false,
  },
  {
    title: 'sends a bookmark of an earlier version, as after an etcd restore',
    step: told(event('BOOKMARK', versionOf('', 9))),
    cause: 'expired',
    error: null,
    goesOn: false,
  },
  {
    title: 'sends an event of an earlier version',
    step: told(event('MODIFIED', versionOf('a', 9))),
    cause: 'expired',
    error: null,
    goesOn: false,
  },
  {
    title: 'sends a line that is not JSON',
    step: told('<html>\n'),
    cause: 'invalid',
    error: /not an event: "<html>"/,
    goesOn: false,
  },
  {
    title: 'sends a line that is null',
    step: told('null\n'),
    cause: 'invalid',
    error: /not an event: "null"/,
    goesOn: false,
  },
  {
    title: 'sends a line that never ends',
    step: told('x'.repeat(9 * 1024 * 1024)),
    cause: 'invalid',
    error: /more than 8388608 bytes/,
    goesOn: false,
  },
];

interface Limits {
  readonly resyncMs?: number;
  readonly silentMs?: number | undefined;
}

/** How a watch is refused. */
const refusals: readonly {
  readonly title: string;
  readonly step: Step;
  readonly cause: Restart['cause'];
  readonly error: RegExp | null;
}[] = [
  { title: 'with 410', step: replying(410, JSON.stringify(gone)), cause: 'expired', error: null },
  { title: 'with 500', step: replying(500, ''), cause: 'failed', error: /answered 500/ },
  { title: 'with 401', step: replying(401, ''), cause: 'unauthorized', error: /does not accept the credential/ },
  {
    title: 'with 403',
    step: replying(403, ''),
    cause: 'forbidden',
    error:
      /^watch services in namespace team is forbidden \(403\); add to a Role in namespace team .*verbs: \["list", "watch"\]}$/,
  },
  {
    title: 'with 404',
    step: replying(404, '404 page not found'),
    cause: 'missing',
    error: /serves no services in namespace team \(404\)/,
  },
  {
    title: 'with an HTML page',
    step: replying(200, '<html>log in</html>', html),
    cause: 'invalid',
    error: /sent "text\/html", not events/,
  },
  { title: 'by closing the connection', step: cut, cause: 'unreachable', error: /socket hang up/ },
];

describe('plugin/serve/cache/reflector', () => {
  let server: WatchServer | undefined;
  let stop: AbortController;
  let clock: TestClock;
  let store: ServiceStore;
  let restarts: Restart[];
  /** As it was at each of them. */
  let healths: ReflectorHealth[];
  let reflector: Reflector<ServiceView | ServiceName>;
  let done: Promise<void>;

  beforeEach(() => {
    stop = new AbortController();
    clock = testClock();
    restarts = [];
    healths = [];
    select = undefined;
    store = createServiceStore(() => undefined);
  });

  afterEach(async () => {
    stop.abort();
    await done;
    await server?.stop();
  });

  async function start(lists: readonly Step[], watches: readonly Step[], silentMs?: number): Promise<void> {
    server = await startWatchServer(lists, watches);
    follow(server.connection, { silentMs });
  }

  const onlyApp: KeepPolicy = { ...allKeys, isPointedAt: () => true, labels: new Set(['app']) };
  let kept = onlyApp;
  let select: (() => ListSelection) | undefined;

  function follow(connection: WatchServer['connection'], { resyncMs = 600_000, silentMs = 60_000 }: Limits = {}): void {
    const kind = services(() => kept);
    const [collection] = collectionsOf({ ...kind, select: select ?? kind.select }, ['team']);
    const onRestart = (restart: Restart): void => {
      restarts.push(restart);
      healths.push(reflector.health());
    };
    const options = { connection, signal: stop.signal, clock, resyncMs, silentMs, onRestart };
    reflector = new Reflector(collection!, store, options);
    done = reflector.run();
  }

  /** Lets time pass once the watch is open, then ends it. */
  function openFor(ms: number, then: Step): Step {
    return (response) => {
      void until('an open watch', () => reflector.health().watching).then(() => {
        clock.advance(ms);
        then(response);
      });
    };
  }

  it('lists, then watches from that version with bookmarks and a timeout of five to ten minutes', async () => {
    await start([listed(10, versionOf('a', 5))], [watched(event('ADDED', versionOf('b', 11)))]);

    await until('b', () => store.get('team/b') !== undefined);

    expect([...store.values()].map(({ name }) => name)).to.deep.equal(['a', 'b']);
    const { timeoutSeconds, ...others } = Object.fromEntries(server!.watches[0]!);
    expect(others).to.deep.equal({ watch: 'true', allowWatchBookmarks: 'true', resourceVersion: '10' });
    expect(Number(timeoutSeconds)).to.be.within(300, 600);
    expect(reflector.health()).to.include({ synced: true, watching: true, lastError: null });
  });

  it('applies changes and deletions from the watch', async () => {
    const events = [
      event('MODIFIED', versionOf('a', 11, 8080)),
      event('ADDED', versionOf('b', 12)),
      event('DELETED', versionOf('b', 13)),
      event('ADDED', versionOf('c', 14)),
    ];
    await start([listed(10, versionOf('a', 5))], [watched(events.join(''))]);

    await until('c', () => store.get('team/c') !== undefined);

    expect([...store.values()].map(({ name, ports }) => [name, ports[0]!.port])).to.deep.equal([
      ['a', 8080],
      ['c', 80],
    ]);
  });

  for (const { title, step, cause, error, goesOn } of ends) {
    it(`resumes ${goesOn ? 'at the last version' : 'from a new list'} after a server that ${title}`, async () => {
      const relisted = listed(20, versionOf('a', 5), versionOf('b', 12));
      await start(
        [listed(10, versionOf('a', 5), versionOf('old', 6)), relisted],
        [step, watched(event('ADDED', versionOf('b', 22)))],
        cause === 'silent' ? 1_500 : undefined,
      );

      await until('the next watch', () => store.get('team/b') !== undefined && reflector.health().watching);

      expect(restarts.map((restart) => restart.cause)).to.deep.equal([cause]);
      expect(restarts[0]!.error?.message ?? null).to.satisfy((message: string | null) =>
        error === null ? message === null : error.test(message ?? ''),
      );
      expect(server!.watches[1]!.get('resourceVersion')).to.equal(goesOn ? '11' : '20');
      expect(server!.lists).to.have.length(goesOn ? 1 : 2);
      expect(store.get('team/old') === undefined).to.equal(!goesOn);
      expect(reflector.health().restarts).to.include({ [cause]: 1 });
      expect(reflector.health().lastError).to.equal(null);
    });
  }

  for (const { title, step, cause, error } of refusals) {
    it(`keeps its state, reports the error and retries when the watch is refused ${title}`, async () => {
      await start([listed(10, versionOf('a', 5))], [step]);

      await until('three refusals', () => restarts.length >= 3);

      expect(new Set(restarts.map((restart) => restart.cause))).to.deep.equal(new Set([cause]));
      expect([...store.values()].map(({ name }) => name)).to.deep.equal(['a']);
      const { synced, watching, refused, lastError } = reflector.health();
      expect({ synced, watching }).to.deep.equal({ synced: true, watching: false });
      expect(refused).to.equal(cause === 'forbidden');
      expect(lastError).to.satisfy((message: string | null) =>
        error === null ? message === null : error.test(message ?? ''),
      );
    });
  }

  it('counts as refused after a 403 until a watch is open again, whatever fails in between', async () => {
    await start([listed(10, versionOf('a', 5))], [replying(403, ''), cut, watched('')]);

    await until('the watch', () => reflector.health().watching);

    expect(healths.map(({ refused }) => refused)).to.deep.equal([true, true]);
    expect(reflector.health().refused).to.equal(false);
  });

  it('is not synced before its first list, and names the missing RBAC rule', async () => {
    await start([replying(403, ''), replying(403, ''), listed(10, versionOf('a', 5))], [watched('')]);

    await until('the watch', () => reflector.health().watching);

    const [, second] = healths;
    expect(second).to.include({ synced: false, watching: false });
    expect(second!.lastError).to.match(/^list services in namespace team is forbidden .*verbs: \["list", "watch"\]}$/);
    expect(reflector.health()).to.include({ synced: true, lastError: null });
  });

  it('waits for as long as Retry-After asks, up to a limit', async () => {
    const busy = (seconds: string): Step => replying(429, '', { 'retry-after': seconds });
    await start(
      [listed(10)],
      [busy('7'), replying(503, '', { 'retry-after': '9' }), busy('86400'), busy('soon'), watched('')],
    );

    await until('the watch', () => reflector.health().watching);

    expect(restarts.map(({ cause, delayMs }) => [cause, delayMs])).to.deep.equal([
      ['throttled', 7_000],
      ['throttled', 9_000],
      ['throttled', 30_000],
      ['throttled', 1_500],
    ]);
  });

  it('lists again at once after an expired version, and backs off if that does not help', async () => {
    const expired = watched(event('ERROR', gone), end);
    await start([listed(10), listed(20), listed(30), listed(40)], [expired, expired, expired, watched('')]);

    await until('the watch', () => server!.watches.length === 4 && reflector.health().watching);

    expect(restarts.map(({ cause, delayMs }) => [cause, delayMs])).to.deep.equal([
      ['expired', 0],
      ['expired', 375],
      ['expired', 750],
    ]);
  });

  it('retries an unreachable server every few seconds, and is quick again once it answers', async () => {
    await start([listed(10)], [...Array.from({ length: 8 }, () => cut), replying(410, ''), watched('')]);

    await until('the watch', () => server!.watches.length === 10 && reflector.health().watching);

    // Doubles up to 4 s, less a quarter by this clock's chance; the expired version costs no pause.
    expect(restarts.map(({ delayMs }) => delayMs)).to.deep.equal([
      375, 750, 1_500, 3_000, 3_000, 3_000, 3_000, 3_000, 0,
    ]);
  });

  it('starts its back-off over when an unreachable server is back but not ready yet', async () => {
    const starting = [replying(403, ''), replying(503, '', { 'retry-after': '1' }), replying(500, '')];
    await start([listed(10)], [...Array.from({ length: 8 }, () => cut), ...starting, watched('')]);

    await until('the watch', () => server!.watches.length === 12 && reflector.health().watching);

    expect(restarts.slice(8).map(({ cause, delayMs }) => [cause, delayMs])).to.deep.equal([
      ['forbidden', 375],
      ['throttled', 1_000],
      ['failed', 1_500],
    ]);
  });

  it('never retries in a hot loop, even when every watch opens and closes normally', async () => {
    await start([listed(10)], [watched(event('BOOKMARK', versionOf('', 11)), end)]);

    await until('ten ends', () => restarts.length >= 10);
    stop.abort();

    // Doubles, less a quarter by this clock's chance.
    const seconds = [0.375, 0.75, 1.5, 3, 6, 12, 22.5, 22.5, 22.5, 22.5];
    expect(clock.pauses.slice(0, 10)).to.deep.equal(seconds.map((pause) => pause * 1000));
  });

  it('starts its back-off over after a watch that worked', async () => {
    const worked = openFor(10_000, cut);
    await start([listed(10)], [cut, cut, watched(event('BOOKMARK', versionOf('', 11)), worked), cut, watched('')]);

    await until('the last watch', () => server!.watches.length === 5 && reflector.health().watching);

    expect(restarts.map(({ delayMs }) => delayMs)).to.deep.equal([375, 750, 375, 750]);
  });

  it('opens the next watch at once when the last one ended at its timeout', async () => {
    const timeUp = openFor(300_000, end);
    await start([listed(10)], [watched(event('BOOKMARK', versionOf('', 11)), timeUp), watched('')]);

    await until('the next watch', () => server!.watches.length === 2 && reflector.health().watching);

    expect(restarts).to.deep.equal([{ cause: 'closed', error: null, delayMs: 0 }]);
    expect(server!.watches[1]!.get('resourceVersion')).to.equal('11');
    expect(server!.lists).to.have.length(1);
  });

  it('lists again when the safety resync is due, and finds changes that no event reported', async () => {
    const timeUp = openFor(60_000, end);
    server = await startWatchServer(
      [listed(10, versionOf('a', 5), versionOf('b', 6)), listed(20, versionOf('a', 5), versionOf('c', 15))],
      [watched(event('BOOKMARK', versionOf('', 11)), timeUp), watched('')],
    );
    follow(server.connection, { resyncMs: 60_000 });
    await until('the list', () => store.get('team/a') !== undefined);
    const before = store.get('team/a');

    await until('the resync', () => store.get('team/c') !== undefined && reflector.health().watching);

    expect(server.watches[0]!.get('timeoutSeconds')).to.equal('60');
    expect(store.get('team/b')).to.equal(undefined);
    expect(store.get('team/a')).to.equal(before);
    expect(restarts).to.deep.equal([{ cause: 'resync', error: null, delayMs: 0 }]);
  });

  it('lists again at once on request, and projects known versions anew', async () => {
    kept = onlyApp;
    const labelled = labelledService();
    await start([listed(10, labelled)], [watched('')]);
    await until('the watch', () => reflector.health().watching);
    expect(store.get('team/a')?.labels).to.deep.equal({ app: 'x' });

    kept = { ...allKeys, isPointedAt: () => true };
    await reflector.relist();

    expect(store.get('team/a')?.labels).to.deep.equal({ app: 'x', tier: 'gold' });
    expect(server!.lists).to.have.length(2);
    expect(restarts.map(({ cause }) => cause)).to.deep.equal(['widened']);
  });

  it('lists once more when a new list is requested during a list', async () => {
    kept = onlyApp;
    const labelled = labelledService();
    const first = Promise.withResolvers<ServerResponse>();
    const second: Step = (response) => {
      kept = { ...allKeys, isPointedAt: () => true };
      listed(20, labelled)(response);
    };
    await start([first.resolve, second], [watched('')]);
    const response = await first.promise;

    const anew = reflector.relist();
    listed(10, labelled)(response);
    await anew;

    expect(store.get('team/a')?.labels).to.deep.equal({ app: 'x', tier: 'gold' });
    expect(server!.lists).to.have.length(2);
  });

  it('watches with the selector of its last list, and selects anew with each list', async () => {
    const selected: string[] = [];
    select = () => {
      const labelSelector = `list=${String(selected.length)}`;
      return { labelSelector, onListed: () => selected.push(`${labelSelector} ${String(store.size)}`) };
    };
    const lists = [replying(500, ''), listed(10, versionOf('a', 5)), listed(20)];
    await start(lists, [cut, replying(403, ''), watched('')]);
    await until('the watch', () => reflector.health().watching);

    await reflector.relist();
    await until('the watch after it', () => server!.watches.length === 4);

    const selectors = [server!.lists, server!.watches].map((all) => all.map((one) => one.get('labelSelector')));
    expect(selectors).to.deep.equal([
      ['list=0', 'list=0', 'list=1'],
      ['list=0', 'list=0', 'list=0', 'list=1'],
    ]);
    expect(selected).to.deep.equal(['list=0 1', 'list=1 0']);
  });

  it('pauses between requested lists, unless the caller limits their rate itself', async () => {
    await start([listed(10)], [watched('')]);
    for (const isLimited of [true, true, false, false, true]) {
      await until('the watch', () => reflector.health().watching);
      await reflector.relist(isLimited);
    }

    expect(restarts.map(({ cause, delayMs }) => [cause, delayMs])).to.deep.equal([
      ['widened', 0],
      ['widened', 0],
      ['widened', 375],
      ['widened', 750],
      ['widened', 0],
    ]);
  });

  it('releases those who wait for a list when it ends', async () => {
    await start([() => undefined], []);
    const anew = reflector.relist();

    stop.abort();

    await Promise.all([anew, done]);
    await reflector.relist();
  });

  for (const status of [403, 404]) {
    it(`does not hold up those who wait for a list that a person must allow (${String(status)}), and projects anew afterwards`, async () => {
      kept = onlyApp;
      const labelled = labelledService();
      const allowed = Promise.withResolvers<ServerResponse>();
      await start([listed(10, labelled), replying(status, ''), allowed.resolve], [watched('')]);
      await until('the watch', () => reflector.health().watching);
      kept = { ...allKeys, isPointedAt: () => true };

      await reflector.relist();

      expect(store.get('team/a')?.labels).to.deep.equal({ app: 'x' });
      listed(10, labelled)(await allowed.promise);
      await until('the list', () => store.get('team/a')?.labels.tier === 'gold');
    });
  }

  it('holds up those who wait for a list while the server fails', async () => {
    const later = Promise.withResolvers<ServerResponse>();
    await start([listed(10), replying(500, ''), replying(500, ''), replying(500, ''), later.resolve], [watched('')]);
    await until('the watch', () => reflector.health().watching);
    let isDone = false;

    const anew = reflector.relist().then(() => (isDone = true));
    const response = await later.promise;

    expect(isDone).to.equal(false);
    listed(20)(response);
    await anew;
  });

  function labelledService(): object {
    const { metadata, ...rest } = versionOf('a', 5) as { readonly metadata: object };
    return { ...rest, metadata: { ...metadata, labels: { app: 'x', tier: 'gold' } } };
  }

  it('survives a listener that throws, and reports its error', async () => {
    let isBroken = true;
    store = createServiceStore(() => {
      if (isBroken) throw new TypeError('broken listener');
    });
    await start([listed(10, versionOf('a', 5))], [watched('')]);

    await until('a failure', () => restarts.length > 0);
    isBroken = false;
    await until('the watch', () => reflector.health().watching);

    expect(restarts[0]!.error?.message).to.include('an object that cannot be processed: TypeError: broken listener');
  });

  for (const [title, lists, watches] of [
    ['while it lists', [() => undefined], []],
    ['while it waits for a watch to open', [listed(10)], [() => undefined]],
    ['while it watches', [listed(10)], [watched('')]],
  ] as const) {
    it(`ends ${title}, even if the server never responds`, async () => {
      await start(lists, watches);
      await until('the request', () => server!.lists.length + server!.watches.length === lists.length + watches.length);

      stop.abort();
      await done;

      expect(restarts).to.deep.equal([]);
      expect(reflector.health().watching).to.equal(false);
    });
  }
});

function told(more: string, then?: (response: ServerResponse) => void): Step {
  return watched(event('BOOKMARK', versionOf('', 11)) + more, then);
}

function end(response: ServerResponse): void {
  response.end();
}

function cut(response: ServerResponse): void {
  response.destroy();
}
