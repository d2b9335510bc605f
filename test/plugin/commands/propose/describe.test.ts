import { expect } from 'chai';
import { describeChanges } from '../../../../plugin/commands/propose/describe.ts';
import type { PipelineResult } from '../../../../plugin/commands/pipeline/build-result.ts';
import type { ToolsetFile } from '../../../../plugin/consumers/consumer.ts';
import type { DataMap } from '../../../../plugin/lib/json.ts';
import { holmesgpt045 } from '../../../support/git.ts';

const place = { file: 'prod/values.yaml', key: null };

/** A run that gives these toolsets. */
function resultOf(toolsets: DataMap): PipelineResult {
  const final: ToolsetFile = { toolsets, mcp_servers: {} };
  return {
    ...{ consumer: holmesgpt045, final, generated: { file: final }, leftOut: [] },
    discovery: { admitted: [], decisions: [] },
    provenance: { sourceOf: () => null, removalAt: () => null },
    settings: { spec: { target: { configMap: { namespace: 'a', name: 'b' } } } },
  } as unknown as PipelineResult;
}

function entries(count: number, text: string): DataMap {
  const config = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`key-${String(index)}`, text]));
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`own-${String(index)}`, { config }]));
}

describe('plugin/commands/propose/describe', () => {
  it('names each change when there is room for all', () => {
    const before = { toolsets: entries(2, 'old'), mcp_servers: {} };

    const { title, message, body } = describeChanges(resultOf(entries(2, 'new')), before, place);

    expect(title).to.equal('Toolsets: change own-0, own-1');
    for (const text of [message, body]) expect(text.match(/changed old -/g)).to.have.length(16);
    expect(body).not.to.include('more');
  });

  it('stays within the limits of the forges, and says how many changes it leaves out', () => {
    const before = { toolsets: entries(150, '_*'.repeat(60)), mcp_servers: {} };

    const { message, body } = describeChanges(resultOf(entries(150, '*_'.repeat(60))), before, place);

    for (const text of [message, body]) {
      expect(text.length).to.be.within(50_000, 61_000);
      const names = new Set(text.match(/own-\d+(?=(?:\*\*)?:)/g));
      expect(text).to.match(new RegExp(`\\n- and ${String(150 - names.size)} more\\n`));
    }
  });
});
