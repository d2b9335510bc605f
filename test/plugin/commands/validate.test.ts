import { expect } from 'chai';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newest } from '../../../plugin/consumers/holmesgpt/catalog.ts';
import type { FileDiagnostic } from '../../../plugin/lib/diagnostic.ts';
import { codeUrl } from '../../../plugin/lib/messages/docs-url.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { reported, runHere } from '../../support/run.ts';

const head = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\n';

/** A diagnostic in `validate -o json`. */
interface Printed extends Omit<FileDiagnostic, 'location'> {
  readonly place: FileDiagnostic['location'];
}

describe('plugin/commands/validate', () => {
  const folder = temporaryFolder();

  async function found(): Promise<string[]> {
    const { stdout } = await runHere(['validate', '-o', 'json', folder.path]);
    return (JSON.parse(stdout) as Printed[]).map(
      ({ severity, code, place: { file, line, column }, message }) =>
        `${file.split('/').at(-1)!}:${String(line)}:${String(column)} ${severity} ${code} ${message}`,
    );
  }

  it('reports no problems in an empty file', async () => {
    await folder.write('toolset.yaml', '');

    const { code, stdout } = await runHere(['validate', folder.path]);

    expect([code, stdout]).to.deep.equal([0, '1 folder checked: no problems\n']);
  });

  it('reports the errors in all files at once', async () => {
    await folder.write('toolset.yaml', `${head}spec: {discvery: {}, health: {check: tcp}}\n`);
    await folder.write('overrides.yaml', 'toolset: {}\n');
    await folder.write('patches.yaml', '- {target: a, patch: [{op: frob, path: x}]}\n');

    const lines = await found();

    expect(lines.filter((line) => line.includes(' error '))).to.have.length(4);
    expect(lines.join('\n'))
      .to.include('toolset.yaml:3:8 error SETTINGS_INVALID spec: unknown key "discvery", did you mean "discovery"?')
      .and.include('overrides.yaml:1:1 error OVERRIDES_INVALID unknown key "toolset", did you mean "toolsets"?')
      .and.include('patches.yaml:1:');
  });

  const warnings = [
    {
      title: 'a toolset that HolmesGPT does not have',
      text: 'toolsets:\n  grafana/tempoo: {enabled: true}\n',
      says: 'overrides.yaml:2:3 warning OVERRIDE_REJECTED HolmesGPT 0.45 has no toolset "grafana/tempoo"',
    },
    {
      title: 'a key that HolmesGPT ignores',
      text: 'toolsets:\n  grafana/loki:\n    config:\n      timeout_secnds: 5\n',
      says: 'overrides.yaml:4:7 warning CONFIG_KEY_UNKNOWN HolmesGPT 0.45 silently ignores the key "timeout_secnds"',
    },
    {
      title: 'a value of the wrong type',
      text: 'toolsets:\n  prometheus/metrics:\n    config:\n      additional_headers: {X-Scope-OrgID: 1}\n',
      says: 'overrides.yaml:4:43 warning OVERRIDE_REJECTED HolmesGPT 0.45 fails it: invalid config.additional_headers.X-Scope-OrgID: expected a string',
    },
    {
      title: 'a word that two versions of YAML read differently',
      text: 'toolsets:\n  own: {description: on, tools: []}\n',
      says: 'overrides.yaml:2:22 warning YAML_AMBIGUOUS',
    },
    {
      title: 'a secret',
      text: 'toolsets:\n  grafana/loki: {config: {api_key: glsa_HOruNAb7SOiCdshU7algkrq7FDsNSLAa_55e2f8be}}\n',
      says: 'overrides.yaml:2:36 warning SECRET_INLINE',
    },
  ];
  for (const { title, text, says } of warnings) {
    it(`warns about ${title}`, async () => {
      await folder.write('overrides.yaml', text);

      expect((await found()).join('\n'))
        .to.include(says)
        .and.not.include('glsa_');
    });
  }

  it('warns about a data source UID without the URL of Grafana, whichever files they are in', async () => {
    const says = (line: string, product: string): string =>
      `${line} warning OVERRIDE_MISDIRECTED HolmesGPT 0.45 would ask the ${product} that is discovered below /api/datasources/proxy/uid/, a path of Grafana: no api_url is beside it`;
    const key = '{config: {grafana_datasource_uid: a}}';
    await folder.write('toolset.yaml', `${head}spec: {overrides: {files: [base.yaml, overrides.yaml]}}\n`);
    await folder.write('base.yaml', `toolsets:\n  grafana/loki: ${key}\n  grafana/tempo: ${key}\n`);
    await folder.write('overrides.yaml', 'toolsets:\n  grafana/loki: {config: {timeout_seconds: 5}}\n');

    expect(await found()).to.deep.equal([says('base.yaml:2:27', 'Loki'), says('base.yaml:3:28', 'Tempo')]);

    await folder.write('overrides.yaml', 'toolsets:\n  grafana/loki: {config: {api_url: "https://grafana.example"}}\n');

    expect(await found()).to.deep.equal([says('base.yaml:3:28', 'Tempo')]);
  });

  it('does not warn about a data source UID when a patch may add the URL', async () => {
    await folder.write('overrides.yaml', 'toolsets:\n  grafana/loki: {config: {grafana_datasource_uid: a}}\n');
    await folder.write(
      'patches.yaml',
      '- target: grafana/loki\n  patch: [{op: replace, path: /config/api_url, value: "https://grafana.example"}]\n',
    );

    expect(await found()).to.deep.equal([]);
  });

  it('accepts overrides of toolsets that are only discovered', async () => {
    await folder.write(
      'overrides.yaml',
      'toolsets:\n  alertmanager: {config: {timeout_seconds: 5}}\n  grafana/loki: {config: {timeout_seconds: 5}}\n',
    );

    expect(await found()).to.deep.equal([]);
  });

  it('warns about an exception that matches no toolset on by default in this version', async () => {
    const target = "{version: '0.16', defaultToolsets: 'off', defaultToolsetsExcept: [kubernetes/*, bash]}";
    await folder.write('toolset.yaml', `${head}spec:\n  target: ${target}\n`);

    expect(await found()).to.deep.equal([
      `toolset.yaml:4:${String(target.indexOf('bash') + 11)} warning SETTING_UNUSED HolmesGPT 0.16 has no toolset "bash" that is on by default`,
    ]);
  });

  it('accepts whole numbers of tokens from one to ten million', async () => {
    for (const tokens of ['1', '10000000']) {
      await folder.write('toolset.yaml', `${head}spec:\n  target: {maxToolTokens: ${tokens}}\n`);
      expect(await found(), tokens).to.deep.equal([]);
    }
    for (const tokens of ['0', '10000001', '1.5', '"many"']) {
      await folder.write('toolset.yaml', `${head}spec:\n  target: {maxToolTokens: ${tokens}}\n`);
      const [first = '', ...others] = await found();
      expect(
        [first.startsWith('toolset.yaml:4:27 error SETTINGS_INVALID spec.target.maxToolTokens: '), others],
        first,
      ).to.deep.equal([true, []]);
    }
  });

  it('warns about a budget without a limit, and about a limit for a consumer of unknown cost', async () => {
    await folder.write('toolset.yaml', `${head}spec:\n  target: {budget: enforce}\n`);
    expect(await found()).to.deep.equal(['toolset.yaml:4:12 warning SETTING_UNUSED there is no limit to enforce']);

    await folder.write('toolset.yaml', `${head}spec:\n  target: {format: kubernaut, maxToolTokens: 9000}\n`);
    expect(await found()).to.deep.equal([
      'toolset.yaml:4:31 warning SETTING_UNUSED what toolsets cost Kubernaut is not known',
    ]);
  });

  it('warns about credentials that no Service gets', async () => {
    const credentials = '{grafana/dashboards: {api_key: "{{ env.KEY }}"}}';
    await folder.write('toolset.yaml', `${head}spec:\n  credentials: ${credentials}\n`);

    expect(await found()).to.deep.equal(['toolset.yaml:4:3 warning SETTING_UNUSED no Service gets these credentials']);
  });

  it('notes that without trust any backend may be the best one, and exits with 0', async () => {
    await folder.write('toolset.yaml', `${head}spec:\n  discovery: {instances: best}\n`);

    expect((await runHere(['validate', folder.path])).code).to.equal(0);
    expect(await found()).to.deep.equal([
      'toolset.yaml:4:15 note SETTING_UNUSED any of several backends may be the best, even one in an untrusted namespace',
    ]);
  });

  const templates = [
    {
      title: 'an unknown variable',
      template: '{description: a, config: {url: "${adress}"}, enabled: true}',
      says: 'toolset.yaml:7:29 warning SETTING_UNUSED ${adress} is not filled in',
    },
    {
      title: 'a key that the consumer rejects',
      template: '{description: a, enable: true}',
      says: 'toolset.yaml:7:56 warning OVERRIDE_REJECTED HolmesGPT 0.45 rejects a toolset with the key "enable"',
    },
  ];
  for (const { title, template, says } of templates) {
    it(`warns about ${title} in the template of a detector`, async () => {
      const detector = `    - id: shop\n      match: [{names: [shop]}]\n      toolset: {name: shop, template: ${template}}\n`;
      await folder.write('toolset.yaml', `${head}spec:\n  customDetectors:\n${detector}`);

      expect(await found()).to.deep.equal([says]);
    });
  }

  const targets = [
    { title: 'that HolmesGPT does not have', target: 'grafana/lokki', optional: false, says: 1 },
    { title: 'that is a glob', target: 'grafana/lo*', optional: false, says: 0 },
    { title: 'that is an MCP server', target: 'mcp_servers/a', optional: false, says: 0 },
    { title: 'that Git itself adds', target: 'own', optional: false, says: 0 },
    { title: 'that may be absent', target: 'grafana/lokki', optional: true, says: 0 },
  ];
  for (const { title, target, optional, says } of targets) {
    it(`${says === 0 ? 'accepts' : 'warns about'} a patch for a toolset ${title}`, async () => {
      await folder.write('overrides.yaml', 'toolsets: {own: {description: a, tools: []}}\n');
      await folder.write(
        'patches.yaml',
        `- target: ${target}\n  optional: ${String(optional)}\n  patch: [{op: remove, path: /config}]\n`,
      );

      const lines = await found();

      expect(lines).to.have.length(says);
      for (const line of lines) {
        expect(line).to.equal('patches.yaml:1:3 warning OVERRIDE_UNUSED HolmesGPT 0.45 has no toolset "grafana/lokki"');
      }
    });
  }

  it('fails for a folder that does not exist', async () => {
    const { code, stdout, stderr } = await runHere(['validate', join(folder.path, 'absent')]);

    expect([code, stdout]).to.deep.equal([2, '']);
    expect(stderr).to.match(/absent cannot be read: .*"hint":"give folders with toolset.yaml and overrides.yaml/);
  });

  it('only notes that an environment replaces a value of its base, and exits with 0', async () => {
    await folder.write('toolset.yaml', `${head}spec: {overrides: {files: [a.yaml, b.yaml]}}\n`);
    await folder.write('a.yaml', 'toolsets: {grafana/loki: {config: {timeout_seconds: 5}}}\n');
    await folder.write('b.yaml', 'toolsets: {grafana/loki: {config: {timeout_seconds: 6}}}\n');

    const { code } = await runHere(['validate', folder.path]);

    expect(code).to.equal(0);
    expect(await found()).to.deep.equal(['a.yaml:1:36 note OVERRIDE_SHADOWED is replaced by b.yaml:1:36']);
  });

  it('prints annotations that GitHub shows in a pull request', async () => {
    await folder.write('overrides.yaml', 'toolsets:\n  grafana/tempoo: {enabled: true}\n');

    const { code, stdout } = await runHere(['validate', '-o', 'github', folder.path]);

    expect(code).to.equal(1);
    expect(stdout).to.match(
      /^::warning file=[^:,]*overrides\.yaml,line=2,col=3,title=OVERRIDE_REJECTED::HolmesGPT 0\.45 has no toolset "grafana\/tempoo"%0Adid you mean "grafana\/tempo"\?\n$/,
    );
  });

  it('checks each folder once, even when files in it are given', async () => {
    for (const name of ['dev', 'prod']) {
      await mkdir(join(folder.path, name));
      await writeFile(join(folder.path, name, 'overrides.yaml'), 'toolset: {}\n');
    }

    const { stdout } = await runHere([
      'validate',
      ...['dev/overrides.yaml', 'dev/toolset.yaml', 'prod/overrides.yaml']
        .filter((name) => name.endsWith('overrides.yaml'))
        .map((name) => join(folder.path, name)),
      join(folder.path, 'dev'),
    ]);

    expect(stdout.match(/\(OVERRIDES_INVALID\)/g)).to.have.length(2);
    expect(stdout.split('\n').slice(-2)).to.deep.equal([`OVERRIDES_INVALID: ${codeUrl('OVERRIDES_INVALID')}`, '']);
  });

  describe('with --target-version', () => {
    const own = `${head}spec: {target: {version: "0.45"}}\n`;
    const last = Number(newest.split('.')[1]);
    const victorialogs = 'toolsets:\n  victorialogs: {enabled: true, config: {api_url: "http://a"}}\n';

    const validate = (version: string, ...args: string[]): ReturnType<typeof runHere> =>
      runHere(['validate', '--target-version', version, ...args, folder.path]);

    it('reports nothing for the current release, not even what that release rejects', async () => {
      await folder.write('toolset.yaml', own);
      await folder.write('overrides.yaml', 'toolsets:\n  grafana/tempoo: {enabled: true}\n');

      const { code, stdout } = await validate('0.45.0');

      expect([code, stdout]).to.deep.equal([0, '1 folder checked: nothing changes with 0.45.0\n']);
    });

    it('reports what breaks, with the reason and the remedy, and exits with 1', async () => {
      await folder.write('toolset.yaml', own);
      await folder.write('overrides.yaml', victorialogs);

      const { code, stdout } = await validate('0.24');

      expect(code).to.equal(1);
      expect(stdout).to.match(
        /overrides\.yaml:2:3 breaks: HolmesGPT 0\.24 has no toolset "victorialogs" \(OVERRIDE_REJECTED\)\n {4}it is there from 0\.26 on\n/,
      );
      expect(stdout).to.match(
        /toolset\.yaml:3:26 gone: toolsets that only HolmesGPT 0\.45 has: crossplane\/core, .* \(RELEASE_DIFFERS\)\n/,
      );
    });

    it('exits with 0 when the other release only adds something', async () => {
      await folder.write('toolset.yaml', own.replace('0.45', '0.44'));

      const { code, stdout } = await validate('0.45');

      expect(code).to.equal(0);
      expect(stdout).to.match(
        /^[^:]*toolset\.yaml:3:26 new: toolsets that only HolmesGPT 0\.45 has: prometheus\/multi-tenant-metrics \(RELEASE_DIFFERS\)\n {4}docs\/holmesgpt\.md lists what changes between releases\nRELEASE_DIFFERS: \S+\n$/,
      );
    });

    it('prints the kind of change in JSON and in annotations', async () => {
      await folder.write('toolset.yaml', own);
      await folder.write('overrides.yaml', victorialogs);

      const { stdout } = await validate('0.24', '-o', 'json');
      const [first] = JSON.parse(stdout) as readonly Record<string, unknown>[];
      const { stdout: annotations } = await validate('0.24', '-o', 'github');

      expect(first).to.include({ change: 'breaks', severity: 'warning', code: 'OVERRIDE_REJECTED' });
      expect(annotations)
        .to.match(
          /^::warning file=[^:,]*overrides\.yaml,line=2,col=3,title=OVERRIDE_REJECTED::breaks: HolmesGPT 0\.24 has no/m,
        )
        .and.to.match(/^::notice file=[^:,]*toolset\.yaml,line=3,col=26,title=RELEASE_DIFFERS::gone: /m);
    });

    for (const version of ['0.15', `0.${last + 1}`, '1.0', '45', '0.4x', '', '0.45.0.1']) {
      it(`rejects the release ${JSON.stringify(version)}, and names those supported`, async () => {
        const outcome = await validate(version);

        expect(outcome.code).to.equal(2);
        expect(reported(outcome)).to.deep.include({
          level: 'error',
          code: 'USAGE',
          message: `invalid --target-version ${JSON.stringify(version)}: expected one of HolmesGPT's releases 0.16 to 0.${last}`,
        });
      });
    }
  });
});
