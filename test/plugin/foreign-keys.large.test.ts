import { expect } from 'chai';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { temporaryFolder } from '../support/folder.ts';
import { prometheus, recording, service, slice } from '../support/objects.ts';
import { runHere } from '../support/run.ts';

/** What every object inherits, and a word that none does. */
const names = [...Object.getOwnPropertyNames(Object.prototype), 'prototype'];

/** A name of the same form that no object inherits; of all names of a form the same one. */
function plainFor(name: string): string {
  return name
    .replace(/[a-z]+/g, 'plain')
    .replace(/[A-Z]/g, 'P')
    .replace(/(Pplain)+/, 'Pplain');
}

/** A cluster with the name in one place after the other. */
const places: Readonly<Record<string, (name: string) => KubeObject[]>> = {
  'a namespace': (name) => [prometheus(name), slice(prometheus(name))],
  "a Service's name": (name) => [prometheus('monitoring', name), slice(prometheus('monitoring', name))],
  'the key of a label': (name) => [withMetadata(prometheus(), { labels: own(name, 'x') })],
  'the value of a product label': (name) => [service({ labels: { 'app.kubernetes.io/name': name } })],
  'the value of a component label': (name) => [withMetadata(prometheus(), { labels: own('component', name) })],
  'the key of an annotation': (name) => [withMetadata(prometheus(), { annotations: own(name, 'x') })],
  'a type from an annotation': (name) => [annotated({ 'kubernaut.io/toolset-type': name })],
  'a name from an annotation': (name) => [
    annotated({ 'kubernaut.io/toolset-type': 'custom', 'kubernaut.io/toolset-name': name }),
  ],
  'the key of a pod selector': (name) => [service({ name: 'prometheus', selector: own(name, 'prometheus') })],
  'the port of a headless Service and of its pods': (name) => {
    const ports = [{ name, port: 9090, targetPort: name }];
    const headless = { ...prometheus(), spec: { clusterIP: 'None', ports, selector: { app: 'prometheus' } } };
    return [headless, slice(prometheus()), { ...slice(prometheus()), ports: [] }];
  },
  'the kind of an owner': (name) => [
    withMetadata(prometheus(), { ownerReferences: [{ apiVersion: `${name}/v1`, kind: name, name }] }),
  ],
  'the Service of an EndpointSlice': (name) => [prometheus(), slice(service({ name }))],
  'a key of the live ConfigMap': (name) => [prometheus(), live(own(name, 'x'), {})],
  'an annotation of the live ConfigMap': (name) => [prometheus(), live({}, own(name, 'x'))],
};

/** Files in Git with the name in one place after the other. */
const files: Readonly<Record<string, (name: string) => Readonly<Record<string, unknown>>>> = {
  'a setting': (name) => ({ toolset: own(name, {}) }),
  'a detector of the settings': (name) => ({ toolset: { detectors: own(name, { enabled: true }) } }),
  'a credential of the settings': (name) => ({ toolset: { credentials: own(name, { api_key: '{{ env.KEY }}' }) } }),
  'a custom detector, its toolset and its selector': (name) => ({
    toolset: {
      customDetectors: [
        {
          id: name,
          match: [{ selector: { matchLabels: own(name, 'x') }, annotations: own(name, 'x'), names: ['*'] }],
          toolset: { name, template: own(name, '${url}') },
        },
      ],
    },
  }),
  'a selector of the settings': (name) => ({
    toolset: {
      discovery: {
        services: { selector: { matchExpressions: [{ key: name, operator: 'DoesNotExist' }] } },
        namespaces: { selector: { matchExpressions: [{ key: name, operator: 'DoesNotExist' }] } },
      },
    },
  }),
  'annotations that a detector requires': (name) => ({
    toolset: { detectors: { prometheus: { annotations: own(name, 'x') } } },
  }),
  'the key of the ConfigMap': (name) => ({
    toolset: { target: { configMap: { key: name, labels: own(name, 'x'), annotations: own(name, 'x') } } },
  }),
  'a toolset of the overrides': (name) => ({ overrides: { toolsets: own(name, { enabled: true, config: {} }) } }),
  'keys of a toolset in the overrides': (name) => ({
    overrides: {
      toolsets: { 'prometheus/metrics': { [name]: 'x', type: name, config: own(name, own(name, 'x')) } },
    },
  }),
  'an MCP server of the overrides': (name) => ({ overrides: { mcp_servers: own(name, { config: own(name, 'x') }) } }),
  'a section of the overrides': (name) => ({ overrides: own(name, {}) }),
  'the target and the path of a patch': (name) => ({
    patches: [
      { target: name, optional: true, patch: [{ op: 'add', path: `/${name}`, value: 'x' }] },
      { target: 'prometheus/metrics', patch: [{ op: 'add', path: `/${name}`, value: 'x' }] },
    ],
  }),
  'the nested path of a patch': (name) => ({
    patches: [{ target: 'prometheus/metrics', patch: [{ op: 'add', path: `/config/${name}/${name}`, value: 'x' }] }],
  }),
};

function own(key: string, value: unknown): Record<string, never> {
  return Object.fromEntries([[key, value]]) as Record<string, never>;
}

function withMetadata(object: KubeObject, change: object): KubeObject {
  const { labels = {} } = object.metadata;
  const { labels: more = {}, ...rest } = change as { labels?: Readonly<Record<string, string>> };
  const all = Object.fromEntries([...Object.entries(labels), ...Object.entries(more)]);
  return { ...object, metadata: { ...object.metadata, ...rest, labels: all } };
}

function annotated(annotations: Readonly<Record<string, string>>): KubeObject {
  return withMetadata(service(), { annotations: { 'kubernaut.io/toolset': 'true', ...annotations } });
}

function live(data: object, annotations: Readonly<Record<string, string>>): KubeObject {
  const metadata = { namespace: 'holmesgpt', name: 'custom-toolsets-configmap', annotations };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
}

describe('plugin: names that every object inherits', () => {
  const folder = temporaryFolder();

  async function write({ toolset = {}, overrides, patches }: Readonly<Record<string, unknown>>): Promise<void> {
    const header = { apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig' };
    await folder.write('toolset.yaml', JSON.stringify({ ...header, spec: toolset }));
    if (overrides) await folder.write('overrides.yaml', JSON.stringify(overrides));
    if (patches) await folder.write('patches.yaml', JSON.stringify(patches));
  }

  /** Runs every command that reads them; answers exit codes and all that was printed. */
  async function runAll(items: readonly KubeObject[]): Promise<{ readonly codes: number[]; readonly text: string }> {
    const snapshot = await folder.write('snapshot.json', recording(...items));
    const shared = ['--path', folder.path, '--snapshot', snapshot];
    const commands = [
      ...['generate', 'explain', 'snapshot', 'diff', 'adopt'].map((command) => [command, ...shared]),
      ['explain', '--all', '-o', 'json', ...shared],
      ['explain', '--toolset', 'prometheus/metrics', ...shared],
      ['validate', folder.path],
    ];
    const codes: number[] = [];
    let text = '';
    for (const command of commands) {
      const { code, stdout, stderr } = await runHere(command);
      codes.push(code);
      text += `${stdout}${stderr}`;
    }
    return { codes, text };
  }

  for (const [title, make] of Object.entries(places)) {
    it(`are treated like any other name as ${title}`, async () => {
      await write({});
      const plain = new Map<string, readonly number[]>();
      for (const form of new Set(names.map(plainFor))) plain.set(form, (await runAll(make(form))).codes);
      for (const name of names) {
        const run = await runAll(make(name));

        expect(run.text, name).not.to.match(/native code|\[object|undefined/);
        expect(run.codes, name).to.deep.equal(plain.get(plainFor(name)));
      }
    });
  }

  for (const [title, make] of Object.entries(files)) {
    it(`cause no internal error in Git as ${title}`, async () => {
      for (const name of names) {
        await write(make(name));
        const run = await runAll([prometheus(), slice(prometheus())]);

        expect(run.text, name).not.to.match(/native code|\[object|undefined/);
        expect(run.codes, name).not.to.include(70);
      }
    });
  }
});
