import { expect } from 'chai';
import fc from 'fast-check';
import { costsOf } from '../../../plugin/consumers/cost.ts';
import type { ToolsetFile } from '../../../plugin/consumers/consumer.ts';
import { holmesgpt } from '../../../plugin/consumers/holmesgpt/index.ts';
import { kubernaut } from '../../../plugin/consumers/kubernaut/yaml.ts';
import type { BudgetResult } from '../../../plugin/customizations/budget.ts';
import { withinBudget } from '../../../plugin/customizations/budget.ts';
import type { Candidate } from '../../../plugin/discovery/decision.ts';
import { candidate } from '../../support/candidate.ts';
import { changesOf } from '../../support/git.ts';

const consumer = holmesgpt('0.45');
const discoverable = ['prometheus/metrics', 'grafana/loki', 'grafana/tempo', 'elasticsearch/data', 'kafka/admin'];

function admit(toolsets: readonly string[]): readonly Candidate[] {
  return toolsets.map((toolset, index) => candidate(`a/${String(index)}`, { toolset }));
}

function fileOf(toolsets: readonly string[], servers: readonly string[] = []): ToolsetFile {
  const on = (names: readonly string[]): ToolsetFile['toolsets'] =>
    Object.fromEntries(names.map((name) => [name, { enabled: true }]));
  return { toolsets: on(['kubernetes/core', ...toolsets]), mcp_servers: on(servers) };
}

function tokensOf(name: string): number {
  return consumer.costOf!('toolsets', name, { enabled: true })!.tokens;
}

function totalOf(file: ToolsetFile): number {
  return costsOf(consumer, file)!.total.tokens;
}

/** What costs tokens whatever is discovered: `kubernetes/core`, and what is on by default. */
const standing = totalOf(fileOf([]));

interface Case {
  readonly toolsets: readonly string[];
  readonly limit: number | undefined;
  readonly budget?: 'warn' | 'enforce';
  readonly git?: Readonly<Record<string, unknown>>;
}

function budgeted({ toolsets, limit, budget = 'enforce', git = {} }: Case): BudgetResult {
  const order = admit(toolsets);
  return withinBudget(fileOf(order.flatMap(consumer.entriesOf)), {
    target: { maxToolTokens: limit, budget },
    consumer,
    customizations: changesOf(git, consumer),
    admitted: order,
  });
}

function leftOutOf(result: BudgetResult): readonly string[] {
  return result.leftOut.map(({ name }) => name);
}

describe('plugin/customizations/budget', () => {
  const cases = fc.record({
    toolsets: fc.shuffledSubarray(discoverable),
    limit: fc.nat({ max: standing + 20_000 }).map((limit) => limit + 1),
    named: fc.subarray(discoverable),
  });

  const gitOf = (named: readonly string[]): Record<string, unknown> => ({
    'overrides.yaml': { toolsets: Object.fromEntries(named.map((name) => [name, { enabled: true }])) },
  });

  it('is not exceeded while a discovered toolset can still be left out', () => {
    fc.assert(
      fc.property(cases, ({ toolsets, limit, named }) => {
        const { file, warnings } = budgeted({ toolsets, limit, git: gitOf(named) });
        const removable = Object.keys(file.toolsets).filter(
          (name) => name !== 'kubernetes/core' && !named.includes(name),
        );

        expect(totalOf(file) <= limit || removable.length === 0).to.equal(true);
        expect(warnings.some(({ code }) => code === 'BUDGET_EXCEEDED')).to.equal(totalOf(file) > limit);
      }),
    );
  });

  it('leaves a toolset out exactly when it does not fit beside those kept before it', () => {
    fc.assert(
      fc.property(cases, ({ toolsets, limit, named }) => {
        const result = budgeted({ toolsets, limit, git: gitOf(named) });
        const order = [...new Set(admit(toolsets).flatMap(consumer.entriesOf))];
        const out = leftOutOf(result);
        const fixed = ['kubernetes/core', ...order.filter((name) => named.includes(name))];

        expect(out).to.deep.equal(order.filter((name) => out.includes(name)));
        for (const [index, name] of order.entries()) {
          if (named.includes(name)) continue;
          const before = order.slice(0, index).filter((one) => !out.includes(one));
          const { mcp_servers } = result.file;
          const beside = [...new Set([...fixed, ...before, name])];
          const total = totalOf({ toolsets: fileOf(beside).toolsets, mcp_servers });
          expect(out.includes(name), name).to.equal(total > limit);
        }
      }),
    );
  });

  it('is idempotent and deterministic', () => {
    fc.assert(
      fc.property(cases, ({ toolsets, limit }) => {
        const [one, other] = [budgeted({ toolsets, limit }), budgeted({ toolsets, limit })];
        const again = withinBudget(one.file, {
          target: { maxToolTokens: limit, budget: 'enforce' },
          consumer,
          customizations: changesOf({}, consumer),
          admitted: admit(toolsets),
        });

        expect(one).to.deep.equal(other);
        expect(again.file).to.deep.equal(one.file);
      }),
    );
  });

  it('reports nothing without a limit, or within it', () => {
    const toolsets = ['grafana/loki'];
    const limit = standing + tokensOf('grafana/loki');

    expect(budgeted({ toolsets, limit: undefined })).to.deep.equal(budgeted({ toolsets, limit }));
    expect(budgeted({ toolsets, limit }).warnings).to.deep.equal([]);
    expect(leftOutOf(budgeted({ toolsets, limit: limit - 1 }))).to.deep.equal(toolsets);
  });

  it('only warns unless enforced, and names the most expensive toolsets and those on by default', () => {
    const { file, leftOut, warnings } = budgeted({ toolsets: ['grafana/tempo'], limit: 100, budget: 'warn' });
    const [one] = warnings;

    expect([Object.keys(file.toolsets), leftOut, warnings.length]).to.deep.equal([
      ['kubernetes/core', 'grafana/tempo'],
      [],
      1,
    ]);
    expect(one!.code).to.equal('BUDGET_EXCEEDED');
    expect(one!.message).to.match(
      /^the toolsets take about \d+ tokens of each prompt, more than target\.maxToolTokens 100: grafana\/tempo \(\d+\), kubernetes\/core \(\d+\); on by default: bash \(\d+\), /,
    );
  });

  it('keeps toolsets that Git names in overrides, groups or patches, but not those that only a glob matches', () => {
    const toolsets = ['elasticsearch/data', 'grafana/loki'];
    const patch = [{ op: 'add', path: '/description', value: 'a' }];
    const git = (target: string): Record<string, unknown> => ({ 'patches.yaml': [{ target, patch }] });

    expect(leftOutOf(budgeted({ toolsets, limit: 1 }))).to.deep.equal([
      'elasticsearch/data',
      'elasticsearch/cluster',
      'grafana/loki',
    ]);
    const group = { 'overrides.yaml': { toolsets: { elasticsearch: { enabled: true } } } };
    expect(leftOutOf(budgeted({ toolsets, limit: 1, git: group }))).to.deep.equal(['grafana/loki']);
    expect(leftOutOf(budgeted({ toolsets, limit: 1, git: git('grafana/loki') }))).to.not.include('grafana/loki');
    expect(leftOutOf(budgeted({ toolsets, limit: 1, git: git('grafana/*') }))).to.include('grafana/loki');
  });

  it('leaves out nothing that is free, and names MCP servers as not counted', () => {
    const file: ToolsetFile = { ...fileOf([], ['github']), toolsets: { 'grafana/loki': { enabled: false } } };
    const inputs = { consumer, customizations: changesOf({}, consumer), admitted: admit(['grafana/loki']) };
    const result = withinBudget(file, { target: { maxToolTokens: 1, budget: 'enforce' }, ...inputs });

    expect(result.file).to.deep.equal(file);
    expect(result.warnings[0]!.message).to.match(/; not counted: github$/);
  });

  it('has no effect for a consumer without known costs', () => {
    const file = fileOf(['prometheus']);
    const inputs = { consumer: kubernaut, customizations: changesOf({}, kubernaut), admitted: [] };

    expect(withinBudget(file, { target: { maxToolTokens: 1, budget: 'enforce' }, ...inputs }).file).to.equal(file);
  });
});
