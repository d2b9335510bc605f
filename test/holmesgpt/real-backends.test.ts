import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, isAnswering, startComponent, waitUntilReady } from '../cluster/parts/process.ts';
import type { Component } from '../cluster/parts/process.ts';
import { realPart } from '../support/real-part.ts';
import { service } from '../support/objects.ts';
import * as answers from './backends/answers.ts';
import { serveHttp } from './backends/server.ts';
import type { Answer } from './backends/server.ts';
import { minorOf } from './library.ts';
import { backendsOfEach, differences, hostOf, hostsOf, ignoredKeys, judged, judgeSuite, lone } from './suite.ts';
import { patienceMs } from '../support/until.ts';

/** From the program's own probe to HolmesGPT's: the same server answers both. */
describe('holmesgpt/real backends', () => {
  const suite = judgeSuite();
  const start = backendsOfEach();
  const running: Component[] = [];

  after(async () => {
    await Promise.all(running.map((component) => component.stop()));
  });

  describe('Prometheus', () => {
    let port: number;

    before(async function () {
      if (!isInstalled('prometheus', 'apt-get install prometheus')) this.skip();
      port = await freePort();
      await startServer('prometheus', port, ['--storage.tsdb.path', 'data'], '');
    });

    for (const version of ['0.16', '0.24', '0.45']) {
      it(`${version} works with it`, async () => {
        const at = local('prometheus', port, 'http-web');

        const generated = await suite.generate({ version }, [at], 'http');
        const verdict = await judged(suite, generated, { hosts: hostsOf({ service: at, port, backend: { port } }) });

        expect(generated.stderr).to.equal('');
        expect(differences(generated, verdict)).to.deep.equal([]);
        expect(ignoredKeys(generated)).to.deep.equal([]);
        expect(lone(verdict.toolsets['prometheus/metrics']!)).to.include({
          prometheus_url: `http://${hostOf(at)}:${port}/`,
        });
      });
    }
  });

  describe('Alertmanager', () => {
    let port: number;

    before(async function () {
      if (!isInstalled('prometheus-alertmanager', 'apt-get install prometheus-alertmanager')) this.skip();
      port = await freePort();
      const flags = ['--storage.path', 'data', '--cluster.listen-address='];
      await startServer('prometheus-alertmanager', port, flags, 'route: {receiver: none}\nreceivers: [{name: none}]\n');
    });

    it('0.45 works with it', async () => {
      const at = local('alertmanager', port, 'http-web');

      const generated = await suite.generate({}, [at], 'http');
      const verdict = await judged(suite, generated, { hosts: hostsOf({ service: at, port, backend: { port } }) });

      expect(differences(generated, verdict)).to.deep.equal([]);
      expect(verdict.toolsets.alertmanager!.status).to.equal('enabled');
    });
  });

  describe('with a route prefix that their Services do not mention', () => {
    const prefixed = [
      {
        title: 'Prometheus',
        name: 'prometheus',
        program: 'prometheus',
        flags: ['--storage.tsdb.path', 'data'],
        config: '',
        toolset: 'prometheus/metrics',
      },
      {
        title: 'Alertmanager',
        name: 'alertmanager',
        program: 'prometheus-alertmanager',
        flags: ['--storage.path', 'data', '--cluster.listen-address='],
        config: 'route: {receiver: none}\nreceivers: [{name: none}]\n',
        toolset: 'alertmanager',
      },
    ];
    for (const { title, name, program, flags, config, toolset } of prefixed) {
      it(`0.45 works with ${title}`, async function () {
        if (!isInstalled(program, `apt-get install ${program}`)) this.skip();
        const port = await freePort();
        const prefix = `/monitoring/${name}`;
        await startServer(program, port, [...flags, `--web.route-prefix=${prefix}`], config, prefix);
        const at = local(name, port, 'http-web');

        const generated = await suite.generate({}, [at], 'http');
        const verdict = await judged(suite, generated, { hosts: hostsOf({ service: at, port, backend: { port } }) });

        expect(differences(generated, verdict)).to.deep.equal([]);
        expect(verdict.toolsets[toolset]!.status).to.equal('enabled');
        expect(JSON.stringify(generated.file.toolsets[toolset])).to.include(prefix);
      });
    }
  });

  const cases: readonly Case[] = [
    {
      title: 'a Grafana without anonymous access',
      name: 'grafana',
      answer: answers.grafana(() => false),
      toolset: 'grafana/dashboards',
    },
    {
      title: 'a Loki with tenants',
      name: 'loki',
      answer: denying(answers.loki, '/loki/api/v1/status/buildinfo'),
      toolset: 'grafana/loki',
    },
    {
      title: 'a Tempo with tenants',
      name: 'tempo',
      answer: denying(answers.tempo, '/api/status/buildinfo'),
      toolset: 'grafana/tempo',
    },
    {
      title: 'an Elasticsearch with users',
      name: 'elasticsearch',
      answer: denying(answers.elasticsearch, null),
      toolset: 'elasticsearch/data',
    },
  ];
  for (const version of ['0.24', '0.45']) {
    for (const { title, name, answer, toolset } of cases) {
      it(`${version} gets a disabled toolset for ${title}`, async () => {
        const backend = await start(serveHttp(answer));
        const at = local(name, backend.port, 'http');

        const generated = await suite.generate({ version }, [at], 'http');
        const verdict = await judged(suite, generated, {
          hosts: hostsOf({ service: at, port: backend.port, backend }),
        });

        expect(differences(generated, verdict)).to.deep.equal([]);
        expect(verdict.toolsets[toolset]!.status).to.equal('disabled');
      });
    }
  }

  for (const version of ['0.24', '0.45']) {
    it(`${version} agrees with the generated entry for a Grafana with anonymous access`, async () => {
      const backend = await start(serveHttp(answers.grafana()));
      const at = local('grafana', backend.port, 'http');

      const generated = await suite.generate({ version }, [at], 'http');
      const verdict = await judged(suite, generated, { hosts: hostsOf({ service: at, port: backend.port, backend }) });

      expect(differences(generated, verdict)).to.deep.equal([]);
      if (minorOf(version) >= 32) expect(verdict.toolsets['grafana/dashboards']!.status).to.equal('enabled');
    });
  }

  async function startServer(
    program: string,
    port: number,
    flags: readonly string[],
    config: string,
    prefix = '',
  ): Promise<void> {
    const folder = await mkdtemp(join(suite.folder, `${program}-`));
    const file = join(folder, 'config.yml');
    await writeFile(file, config);
    const listen = `127.0.0.1:${port}`;
    const all = ['--config.file', file, '--web.listen-address', listen, ...flags];
    const component = await startComponent(program, program, all, folder);
    running.push(component);
    suite.guard.add(component.pid);
    await waitUntilReady(component, patienceMs, () => isAnswering(`http://${listen}${prefix}/-/ready`));
  }
});

interface Case {
  readonly title: string;
  readonly name: string;
  readonly answer: Answer;
  readonly toolset: string;
}

function isInstalled(program: string, remedy: string): boolean {
  return realPart(program, spawnSync(program, ['--version']).status === 0, remedy);
}

/** A Service of this machine: its address and port are where the backend really is. */
function local(name: string, port: number, portName: string): ReturnType<typeof service> {
  const one = service({
    namespace: 'here',
    name,
    labels: { 'app.kubernetes.io/name': name },
    ports: [{ name: portName, port }],
  });
  return { ...one, spec: { ...(one.spec as object), clusterIP: '127.0.0.1' } };
}

/** Refuses every question but that for one path. */
function denying(answer: Answer, open: string | null): Answer {
  return (request) => (request.target === open ? answer(request) : { status: 401, body: 'no org id' });
}
