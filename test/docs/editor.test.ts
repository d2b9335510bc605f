import { expect } from 'chai';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { StreamMessageReader, StreamMessageWriter, createMessageConnection } from 'vscode-jsonrpc/node';
import { parseSettings } from '../../plugin/settings/parse-settings.ts';
import { parseYamlFile } from '../../plugin/settings/yaml/parse.ts';

const repository = join(import.meta.dirname, '../..');

interface Diagnostics {
  readonly uri: string;
  readonly diagnostics: readonly {
    readonly message: string;
    readonly range: { readonly start: { readonly line: number } };
  }[];
}

/** The YAML language server that editors run, on files that name our schemas. */
describe('editors', () => {
  let server: ChildProcess;
  let connection: MessageConnection;
  const received = new Map<string, (diagnostics: Diagnostics['diagnostics']) => void>();

  before(async () => {
    const program = join(repository, 'node_modules/yaml-language-server/bin/yaml-language-server');
    server = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
    connection = createMessageConnection(
      new StreamMessageReader(server.stdout!),
      new StreamMessageWriter(server.stdin!),
    );
    connection.onNotification('textDocument/publishDiagnostics', ({ uri, diagnostics }: Diagnostics) => {
      received.get(uri)?.(diagnostics);
    });
    connection.onRequest('workspace/configuration', () => [
      { validate: true, schemaStore: { enable: false } },
      {},
      {},
      {},
      {},
    ]);
    connection.onRequest('client/registerCapability', () => null);
    connection.listen();
    await connection.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
    await connection.sendNotification('initialized', {});
  });

  after(async () => {
    connection.dispose();
    const ended = once(server, 'exit');
    server.kill();
    await ended;
  });

  function open(name: string, text: string): { readonly uri: string; readonly diagnostics: Promise<string[]> } {
    const schema = pathToFileURL(join(repository, 'docs/schemas', `${name}.schema.json`)).href;
    const uri = `file:///${name}-${String(received.size)}.yaml`;
    const { promise, resolve } = Promise.withResolvers<Diagnostics['diagnostics']>();
    received.set(uri, resolve);
    const document = {
      uri,
      languageId: 'yaml',
      version: 1,
      text: `# yaml-language-server: $schema=${schema}\n${text}`,
    };
    void connection.sendNotification('textDocument/didOpen', { textDocument: document });
    return {
      uri,
      diagnostics: promise.then((all) =>
        all.map(({ message, range }) => `${String(range.start.line + 1)}: ${message}`),
      ),
    };
  }

  const head = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\n';
  const files: readonly (readonly [schema: string, good: string, bad: string, says: RegExp])[] = [
    [
      'toolset',
      `${head}spec: {health: {check: http}}\n`,
      `${head}spec: {health: {check: tcp}}\n`,
      /^4: Value is not accepted/,
    ],
    [
      'overrides',
      'toolsets:\n  grafana/loki: {config: {timeout_seconds: 5}}\n  own: {description: x, tools: []}\n  grafana/tempo: null\n',
      'toolsets:\n  grafana/loki: {enabeld: true}\n',
      /^3: .*enabeld/,
    ],
    [
      'patches',
      '- {target: "grafana/*", patch: [{op: remove, path: /config}]}\n',
      '- {target: a, patch: [{op: frob, path: /config}]}\n',
      /^2: /,
    ],
  ];
  for (const [schema, good, bad, says] of files) {
    it(`find no problem in a valid ${schema}.yaml`, async () => {
      expect(await open(schema, good).diagnostics).to.deep.equal([]);
    });

    it(`mark the mistake in an invalid ${schema}.yaml`, async () => {
      expect((await open(schema, bad).diagnostics).join('\n')).to.match(says);
    });
  }

  it('accept a section of toolset.yaml whose keys are all commented out, as the program does, but not in a list', async () => {
    const spec = 'spec:\n  target:\n    # version: 0.45.0\n  detectors:\n    loki:\n      # enabled: false\n';

    expect(await open('toolset', `${head}${spec}`).diagnostics).to.deep.equal([]);
    expect(await open('toolset', `${head}spec:\n# health: {}\n`).diagnostics).to.deep.equal([]);
    const settings = parseSettings(parseYamlFile({ name: 'toolset.yaml', text: `${head}${spec}` }, 'SETTINGS_INVALID'));
    expect(settings.spec).to.deep.equal(parseSettings(null).spec);
    expect(await open('toolset', `${head}spec:\n  customDetectors:\n    -\n`).diagnostics).to.have.lengthOf(1);
  });

  it("complete the keys of a toolset's config", async () => {
    const { uri, diagnostics } = open('overrides', 'toolsets:\n  grafana/loki:\n    config:\n      tim\n');
    await diagnostics;

    const { items } = await connection.sendRequest<{ items: readonly { label: string }[] }>('textDocument/completion', {
      textDocument: { uri },
      position: { line: 4, character: 9 },
    });

    expect(items.map(({ label }) => label)).to.include('timeout_seconds');
  });
});
