import { expect } from 'chai';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';
import v8 from 'node:v8';
import { parseServeFlags } from '../../../plugin/commands/flags/serve-flags.ts';
import { serve } from '../../../plugin/commands/serve.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { until } from '../../support/until.ts';

/** What `serve` lists of its cluster, with the kind of a list; EndpointSlices only once Services have some. */
const kinds: Readonly<Record<string, string>> = {
  services: 'Service',
  namespaces: 'Namespace',
  endpointslices: 'EndpointSlice',
  configmaps: 'ConfigMap',
  applications: 'Application',
};
const others = ['applications', 'configmaps', 'namespaces'];

describe('plugin/commands/serve', () => {
  const folder = temporaryFolder();
  const { setFlagsFromString } = v8;
  const signals = ['SIGTERM', 'SIGINT'] as const;
  const before = signals.map((name) => process.listeners(name));
  let server: Server;
  let running: Promise<unknown> | null = null;
  /** Lists that were answered, by resource. */
  let listed: string[];
  /** Which lists had been answered when V8 was given a flag. */
  let given: { readonly flag: string; readonly after: readonly string[] }[];
  /** Answers the list of Services, which is held back. */
  let answerServices: () => void;

  beforeEach(async () => {
    [listed, given] = [[], []];
    const held = Promise.withResolvers<undefined>();
    answerServices = () => {
      held.resolve(undefined);
    };
    server = createServer((request, response) => void answer(request, response, held.promise));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    setV8((flag) => given.push({ flag, after: [...listed] }));
  });

  afterEach(async () => {
    if (running) await end();
    setV8(setFlagsFromString);
    for (const [index, name] of signals.entries())
      for (const listener of process.listeners(name))
        if (!before[index]!.includes(listener)) process.off(name, listener);
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('sets V8 to optimise for size once everything is listed, and not before', async () => {
    await started();
    await waitFor('all but the Services are listed', () => others.every((one) => listed.includes(one)));
    expect(given).to.deep.equal([]);

    answerServices();
    await waitFor('V8 was given a flag', () => given.length > 0);
    await end();

    expect(given).to.have.length(1);
    expect(given[0]).to.have.property('flag', '--optimize-for-size');
    expect(given[0])
      .to.have.property('after')
      .that.includes.members([...others, 'services']);
  });

  it('sets nothing in V8 when it ends before everything is listed', async () => {
    await started();
    await waitFor('all but the Services are listed', () => others.every((one) => listed.includes(one)));

    await end();

    expect(given).to.deep.equal([]);
  });

  /** `serve` without leader election, on a free port. */
  async function started(): Promise<void> {
    const { port } = server.address() as AddressInfo;
    const cluster = { server: `http://127.0.0.1:${String(port)}`, 'insecure-skip-tls-verify': true };
    const kubeconfig = {
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user: {} }],
    };
    const file = await folder.write('kubeconfig', JSON.stringify(kubeconfig));
    const flags = ['--shutdown-delay', '0s', '--kubeconfig', file, '--listen', '127.0.0.1:0', '--log-level', 'error'];
    running = serve(parseServeFlags(flags));
  }

  /** Fails where `serve` fails first. */
  async function waitFor(what: string, holds: () => boolean): Promise<void> {
    await Promise.race([running, until(what, holds)]);
  }

  async function end(): Promise<void> {
    process.emit('SIGTERM');
    await running;
    running = null;
  }

  async function answer(
    { url = '' }: IncomingMessage,
    response: ServerResponse,
    held: Promise<unknown>,
  ): Promise<void> {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    const resource = pathname.split('/').at(-1)!;
    if (searchParams.has('watch')) {
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      return;
    }
    if (resource === 'services') await held;
    const group = /^\/apis\/([^/]+\/[^/]+)\//.exec(pathname)?.[1] ?? 'v1';
    const list = {
      kind: `${kinds[resource] ?? ''}List`,
      apiVersion: group,
      metadata: { resourceVersion: '1' },
      items: [],
    };
    listed.push(resource);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(list));
  }
});

/** Replaces what the program imports of Node. */
function setV8(setFlags: (flag: string) => void): void {
  v8.setFlagsFromString = setFlags;
  syncBuiltinESMExports();
}
