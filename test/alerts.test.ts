import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { definitions } from '../plugin/serve/metrics/definitions.ts';
import { actionCodes } from '../plugin/lib/codes.ts';
import { docsUrl } from '../plugin/lib/messages/docs-url.ts';
import { runHere } from './support/run.ts';
import { realPart } from './support/real-part.ts';

const repository = join(import.meta.dirname, '..');
const cases = join(import.meta.dirname, 'monitoring/alerts.yaml');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
}

interface Case {
  readonly name: string;
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly object[] }[];
}

interface Demo {
  readonly services: readonly { readonly decision: string }[];
  readonly warnings: readonly { readonly code: string }[];
}

describe('alerts', () => {
  const { spec } = read('manifests/serve/components/monitoring/prometheus-rule.yaml') as {
    readonly spec: { readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[] };
  };
  const rules = spec.groups.flatMap((group) => group.rules);
  const { tests } = read('test/monitoring/alerts.yaml') as { readonly tests: readonly Case[] };

  it("pass promtool's checks and fire exactly as its test cases expect", async function () {
    const installed = spawnSync('promtool', ['--version']).status === 0;
    if (!realPart('promtool', installed, 'apt-get install prometheus')) this.skip();
    const folder = await mkdtemp(join(tmpdir(), 'dynamic-toolset-alerts-'));
    try {
      // What they say to people is not part of the cases.
      const bare = { groups: spec.groups.map((group) => ({ ...group, rules: group.rules.map(withoutAnnotations) })) };
      await writeFile(join(folder, 'rules.yaml'), JSON.stringify(bare));
      await writeFile(join(folder, 'whole.yaml'), JSON.stringify(spec));
      await copyFile(cases, join(folder, 'alerts.yaml'));

      for (const args of [
        ['check', 'rules', 'whole.yaml'],
        ['test', 'rules', 'alerts.yaml'],
      ]) {
        const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' });
        expect({ status, output: status === 0 ? '' : stdout + stderr }).to.deep.equal({ status: 0, output: '' });
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  for (const rule of rules) {
    describe(rule.alert, () => {
      it('has a test case in which it fires and one in which it does not', () => {
        const own = tests.flatMap((one) => one.alert_rule_test).filter(({ alertname }) => alertname === rule.alert);

        expect(new Set(own.map(({ exp_alerts: alerts }) => alerts.length > 0))).to.deep.equal(new Set([true, false]));
      });

      it('uses only metrics that exist', () => {
        const names = rule.expr.match(/toolset_\w+/g) ?? [];

        for (const name of names) expect(definitions).to.have.property(name.replace(/_(?:bucket|count|sum)$/, ''));
        expect(names).to.not.be.empty;
      });

      it('has a runbook that says what it means, how to find the cause and what to do', () => {
        const { runbook_url: url, summary } = rule.annotations;

        expect(url).to.equal(docsUrl(`runbooks/${rule.alert}.md`));
        const text = readFileSync(join(repository, `docs/runbooks/${rule.alert}.md`), 'utf8');
        expect(text).to.match(new RegExp(`^# ${rule.alert}\n\n${summary}`));
        expect(text.match(/^## .*$/gm)).to.deep.equal(['## What it means', '## Finding the cause', '## What to do']);
      });
    });
  }

  it('name the namespace, the ConfigMap and the Application when they are about one ConfigMap', () => {
    const about = rules.filter(({ expr }) => /toolset_configmap_(?!reconcile)/.test(expr));

    expect(about.map(({ alert }) => alert)).to.have.length.of.at.least(8);
    for (const { alert, annotations } of about)
      for (const label of ['namespace', 'name', 'application'])
        expect(annotations.description, alert).to.include(`{{ $labels.${label} }}`);
  });

  it('do not apply to the demo cluster: 2 of 7 backends unhealthy, no warning that needs action', async () => {
    const example = join(repository, 'manifests/examples');
    const args = ['--path', join(example, 'holmesgpt'), '--snapshot', join(example, 'cluster.yaml')];
    const { stdout } = await runHere(['explain', '-o', 'json', ...args]);

    const { services, warnings } = JSON.parse(stdout) as Demo;
    const count = (decision: string): number => services.filter((one) => one.decision === decision).length;
    expect([count('selected'), count('unhealthy')]).to.deep.equal([5, 2]);
    expect(warnings.map(({ code }) => code).filter((code) => actionCodes.has(code))).to.deep.equal([]);
  });

  it('match the list of runbooks one to one', () => {
    const index = readFileSync(join(repository, 'docs/runbooks/README.md'), 'utf8');
    const listed = [...index.matchAll(/\]\((\w+)\.md\)/g)].map(([, name]) => name);

    expect(listed).to.deep.equal(rules.map(({ alert }) => alert));
    expect(listed.filter((name) => !existsSync(join(repository, `docs/runbooks/${name}.md`)))).to.deep.equal([]);
  });
});

function withoutAnnotations(rule: Rule): object {
  const { annotations, ...rest } = rule;
  return rest;
}

function read(path: string): unknown {
  return parse(readFileSync(join(repository, path), 'utf8'));
}
