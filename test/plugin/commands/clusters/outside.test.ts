import { expect } from 'chai';
import { isOutside, outsideNote, probedFromHereNote } from '../../../../plugin/commands/clusters/outside.ts';
import { parseFlags } from '../../../../plugin/commands/flags/flags.ts';
import type { DiscoveryFlags } from '../../../../plugin/commands/flags/flags.ts';
import { discoveryFlags, optionsNamed } from '../../../../plugin/commands/flags/options.ts';
import { temporaryFolder } from '../../../support/folder.ts';

describe('plugin/commands/clusters/outside', () => {
  const folder = temporaryFolder();

  const options = optionsNamed(discoveryFlags);

  async function flagsFor(server: string, serviceHost: string | null | undefined): Promise<DiscoveryFlags> {
    const config = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
      clusters: [{ name: 'c', cluster: { server } }],
      users: [{ name: 'c', user: { token: 't' } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
    };
    const defaultKubeconfig = await folder.write('kubeconfig', JSON.stringify(config));
    const apiServer = serviceHost === null ? null : { host: serviceHost ?? '', port: '443' };
    return parseFlags([], options, { defaultKubeconfig, ...(serviceHost === undefined ? {} : { apiServer }) });
  }

  const places: readonly (readonly [
    title: string,
    server: string,
    serviceHost: string | null | undefined,
    is: boolean,
  ])[] = [
    ['a laptop', 'https://10.0.0.1', null, true],
    ['a Pod of the cluster', 'https://10.0.0.1:443', '10.0.0.1', false],
    ['a Pod of the cluster that uses its DNS name', 'https://kubernetes.default.svc', '10.0.0.1', false],
    ['a Pod of an IPv6 cluster', 'https://[fd00::1]', 'fd00::1', false],
    ['a Pod of another cluster, such as a CI runner', 'https://api.example.com:6443', '10.0.0.1', true],
    ['an unknown place', 'https://10.0.0.1', undefined, false],
  ];
  for (const [title, server, serviceHost, is] of places) {
    it(`treats ${title} as ${is ? 'outside' : 'inside'}`, async () => {
      expect(await isOutside(await flagsFor(server, serviceHost))).to.equal(is);
    });
  }

  it('does not treat a recorded cluster as outside', async () => {
    const flags = parseFlags(['--snapshot', '-'], options, { apiServer: null });

    expect(await isOutside(flags)).to.equal(false);
  });

  it('notes that health comes from EndpointSlices when backends would otherwise be probed', async () => {
    const flags = { ...(await flagsFor('https://10.0.0.1', null)), fromOutside: true };

    expect(outsideNote(flags, 'http').note).to.include('health is that of EndpointSlices, and --check http asks');
    expect(outsideNote({ ...flags, check: 'http' }, 'http').note).to.include('is judged by its EndpointSlices');
    expect(outsideNote(flags, 'readiness')).to.deep.equal({});
    expect(outsideNote({ ...flags, fromOutside: false }, 'http')).to.deep.equal({});
  });

  it('notes that generate leaves out what it cannot reach, in no Pod and with probes only', async () => {
    const flags = await flagsFor('https://10.0.0.1', null);

    expect(probedFromHereNote(flags, 'http').note).to.include('--check readiness');
    expect(probedFromHereNote(flags, 'readiness')).to.deep.equal({});
    expect(probedFromHereNote({ ...flags, snapshot: '-' }, 'http')).to.deep.equal({});
    expect(probedFromHereNote(await flagsFor('https://10.0.0.1', '10.0.0.1'), 'http')).to.deep.equal({});
    expect(probedFromHereNote(await flagsFor('https://10.0.0.1', undefined), 'http')).to.deep.equal({});
  });
});
