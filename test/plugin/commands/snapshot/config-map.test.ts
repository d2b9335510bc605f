import { expect } from 'chai';
import type { KubeObject } from '../../../cluster/parts/objects.ts';
import { parse } from 'yaml';
import { temporaryFolder } from '../../../support/folder.ts';
import { prometheus, recording, slice } from '../../../support/objects.ts';
import { reported, runHere } from '../../../support/run.ts';

const key = 'custom_toolset.yaml';
const withheld = 'the snapshot lacks it, and cannot be used for diff and adopt';
const refused = 'the snapshot does not hold all data of the ConfigMap holmesgpt/custom-toolsets-configmap';

describe('plugin/commands/snapshot/config-map', () => {
  const folder = temporaryFolder();

  const run = (command: string, snapshot: string, ...args: string[]): ReturnType<typeof runHere> =>
    runHere([command, '--path', folder.path, '--snapshot', snapshot, ...args]);

  const cluster = (live?: KubeObject): Promise<string> =>
    folder.write('cluster.json', recording(prometheus(), slice(prometheus()), ...(live ? [live] : [])));

  /** What `generate` prints, with its file edited by hand. */
  async function edited(edit: (text: string) => string): Promise<KubeObject> {
    const { stdout } = await run('generate', await cluster());
    const manifest = parse(stdout) as KubeObject & { readonly data: Readonly<Record<string, string>> };
    return { ...manifest, data: { ...manifest.data, [key]: edit(manifest.data[key] ?? '') } };
  }

  /** A snapshot of that cluster, which holds what is known to be none of a secret. */
  async function taken(live: KubeObject): Promise<{ path: string; text: string; stderr: string }> {
    const { code, stdout, stderr } = await run('snapshot', await cluster(live));
    expect(code).to.equal(0);
    return { path: await folder.write('taken.json', stdout), text: stdout, stderr };
  }

  it('holds enough for diff to see that nothing changed', async () => {
    const { path, stderr } = await taken(await edited((text) => text));

    const { code, stdout } = await run('diff', path);

    expect([code, stdout, stderr]).to.deep.equal([
      0,
      'holmesgpt/custom-toolsets-configmap: the same as the live one\n',
      '',
    ]);
  });

  for (const command of ['diff', 'adopt']) {
    it(`lets ${command} report an edit by hand as it does with the cluster itself`, async () => {
      const live = await edited((text) => text.replace(':9090"', ':9090/prometheus"'));
      const { path } = await taken(live);

      const [of, from] = [await run(command, await cluster(live)), await run(command, path)];

      expect(from).to.deep.equal(of);
      expect(from.stdout).to.contain(':9090/prometheus');
    });
  }

  it('keeps references to environment variables', async () => {
    const live = await edited((text) => `${text}  own:\n    config: {token: "{{ env.TOKEN }}"}\n`);

    const { text, stderr } = await taken(live);

    expect(stderr).to.equal('');
    expect(text).to.contain('{{ env.TOKEN }}');
  });

  const cases = [
    {
      title: 'a secret in the file',
      live: () => edited((text) => `${text}  own:\n    config: {token: hunter2}\n`),
      says: /^custom_toolset\.yaml:\d+:21 toolsets\.own\.config\.token looks like a secret: its key names a credential$/,
    },
    {
      title: 'a secret after a line separator, which ends a comment for HolmesGPT',
      live: () => edited((text) => `${text}  # why\u2028  own: {config: {token: hunter2}}\n`),
      says: /^custom_toolset\.yaml is not valid YAML and may hold a secret$/,
    },
    {
      title: 'a file that is not YAML',
      live: () => edited(() => 'toolsets: {token: hunter2\n'),
      says: /^custom_toolset\.yaml is not valid YAML and may hold a secret$/,
    },
    {
      title: 'a ConfigMap of another program',
      live: async () => {
        const { metadata, ...rest } = await edited((text) => text);
        return { ...rest, metadata: { ...metadata, annotations: {} } };
      },
      says: /^custom_toolset\.yaml is of a ConfigMap without the annotation kubernaut\.io\/toolset-digest, so this program did not make it$/,
    },
  ];
  for (const { title, live, says } of cases) {
    describe(`with ${title}`, () => {
      it('withholds the data, with a warning that says why', async () => {
        const { text, stderr } = await taken(await live());

        const { level, code, message = '' } = reported({ stderr });
        expect([level, code]).to.deep.equal(['warning', 'DATA_WITHHELD']);
        expect(message).to.match(new RegExp(`; ${withheld}$`));
        expect(message.replace(`; ${withheld}`, '')).to.match(says);
        expect(text + stderr).not.to.match(/hunter2|"data"/);
      });

      for (const command of ['diff', 'adopt']) {
        it(`makes ${command} reject the snapshot instead of reporting everything as removed`, async () => {
          const { path } = await taken(await live());

          const { code, stdout, stderr } = await run(command, path);

          const { code: kind, message = '', hint } = reported({ stderr });
          expect([code, stdout, kind]).to.deep.equal([2, '', 'LIVE_UNREADABLE']);
          expect(message.startsWith(`${refused}: `)).to.equal(true);
          expect(message.slice(refused.length + 2)).to.match(says);
          expect(hint).to.contain('kubectl get svc,endpointslices,ns,cm -A -o yaml');
        });
      }

      it('changes nothing for generate', async () => {
        const { path } = await taken(await live());

        expect((await run('generate', path)).stdout).to.equal((await run('generate', await cluster())).stdout);
      });

      it('gives the same snapshot when taken from itself', async () => {
        const { path, text } = await taken(await live());

        expect((await run('snapshot', path)).stdout).to.equal(text);
      });
    });
  }

  it('withholds data key by key: a secret under another key does not remove our file', async () => {
    const live = await edited((text) => text);
    const data = { ...(live as KubeObject & { data: object }).data, 'model_list.yaml': 'a: {api_key: hunter2}\n' };

    const { text, stderr } = await taken({ ...live, data });

    expect(reported({ stderr }).message).to.match(/^model_list\.yaml:1:14 a\.api_key looks like a secret/);
    expect(text).to.contain('"data":{"custom_toolset.yaml":');
    expect(text).not.to.contain('hunter2');
  });
});
