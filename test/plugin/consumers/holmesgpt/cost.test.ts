import { expect } from 'chai';
import { catalogCost, knownToolset, knownType } from '../../../../plugin/consumers/holmesgpt/catalog.ts';
import { costOf } from '../../../../plugin/consumers/holmesgpt/cost.ts';
import type { Data } from '../../../../plugin/lib/json.ts';

const metrics = catalogCost(knownToolset('prometheus/metrics', 45)!, 45)!;
const http = catalogCost(knownType('http', 45)!, 45)!;
const nothing = { tools: 0, tokens: 0 };

function cost(name: string, entry: Data): ReturnType<typeof costOf> {
  return costOf('toolsets', name, entry, 45);
}

describe('plugin/consumers/holmesgpt/cost', () => {
  it('counts the schemas and instructions of an enabled toolset', () => {
    const tokens = metrics.schemas + metrics.instructions;

    expect(cost('prometheus/metrics', { enabled: true })).to.deep.equal({ tools: metrics.tools, tokens });
    expect(cost('prometheus/metrics', { enabled: true, config: { instances: [{}] } })!.tokens).to.equal(tokens);
  });

  it('is zero for what is off, and for a built-in toolset that is neither enabled nor on by default', () => {
    expect(cost('prometheus/metrics', { enabled: false })).to.deep.equal(nothing);
    expect(cost('prometheus/metrics', { config: {} })).to.deep.equal(nothing);
    expect(cost('bash', {})).to.deep.equal(cost('bash', { enabled: true }));
    expect(cost('own', null)).to.deep.equal(nothing);
    expect(costOf('mcp_servers', 'github', { enabled: false }, 45)).to.deep.equal(nothing);
  });

  it('counts additional tools once for several instances, and instructions for each instance', () => {
    const of = (count: number): NonNullable<ReturnType<typeof costOf>> =>
      cost('prometheus/metrics', { enabled: true, config: { instances: Array<Data>(count).fill({}) } })!;
    const { once, each, tools } = metrics.several!;

    expect([of(2), of(3)].map((one) => one.tools)).to.deep.equal([metrics.tools + tools, metrics.tools + tools]);
    expect(of(2).tokens - of(1).tokens).to.equal(once + each);
    expect(of(3).tokens - of(2).tokens).to.equal(each);
    expect(each).to.be.closeTo(metrics.instructions, 10);
  });

  it('counts the endpoints of an HTTP API', () => {
    const entry = (count: number): Data => ({
      type: 'http',
      description: 'a',
      config: { endpoints: Array<Data>(count).fill({}) },
    });

    expect(cost('alertmanager', entry(1))).to.deep.equal({ tools: 1, tokens: http.schemas + http.instructions });
    expect(cost('alertmanager', entry(3))!.tokens - cost('alertmanager', entry(2))!.tokens).to.equal(
      http.several!.each,
    );
  });

  it('counts instructions from Git instead of built-in ones, and in addition to those of a type', () => {
    const text = 'a'.repeat(400);

    expect(cost('prometheus/metrics', { enabled: true, llm_instructions: text })!.tokens).to.equal(
      metrics.schemas + 100,
    );
    expect(cost('kafka/admin', { enabled: true, llm_instructions: text })!.tokens).to.equal(
      cost('kafka/admin', { enabled: true })!.tokens + 100,
    );
    expect(cost('own', { type: 'http', llm_instructions: text })!.tokens).to.equal(
      http.schemas + http.instructions + 100,
    );
  });

  it('counts the tools that an entry defines, with the parameters that their commands name', () => {
    const tool = { name: 'pods', description: 'Lists pods', command: 'kubectl get pods -n {{ namespace }}' };
    const sent =
      '{"type": "function", "function": {"name": "pods", "description": "Lists pods", "parameters": {"properties": {"namespace": {"type": "string"}}, "required": ["namespace"], "type": "object", "additionalProperties": false}, "strict": true}}';

    expect(cost('own', { description: 'a', tools: [tool] })).to.deep.equal({
      tools: 1,
      tokens: Math.ceil(sent.length / 4),
    });
    expect(cost('own', { description: 'a', tools: [tool, tool] })).to.deep.equal({
      tools: 2,
      tokens: Math.ceil((2 * sent.length) / 4),
    });
  });

  it('is unknown when only a server knows its tools, or when HolmesGPT creates them after connecting', () => {
    expect(costOf('mcp_servers', 'github', { config: { url: 'http://a' } }, 45)).to.equal(null);
    expect(cost('own', { type: 'mcp' })).to.equal(null);
    expect(cost('own', { description: 'a' })).to.equal(null);
    expect(cost('confluence', { enabled: true })).to.equal(null);
  });

  it('accepts values of any type without throwing', () => {
    const odd: readonly Data[] = [
      { enabled: 'yes', tools: [1, null, { name: 2, parameters: [], command: {} }] },
      { tools: [{ parameters: { a: 1, b: { required: false, type: ['a', 'b'], description: 3 } } }] },
      { enabled: true, type: 'http', config: [] },
      { enabled: true, type: 'toString', config: { endpoints: {} } },
    ];

    for (const entry of odd) expect(() => cost('own', entry)).to.not.throw();
  });
});
