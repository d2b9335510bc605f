import { expect } from 'chai';
import type { DataMap } from '../../../plugin/lib/json.ts';
import { cpuBound, cpuMs } from '../../support/cpu-time.ts';
import { changed } from '../../support/git.ts';

describe('plugin/customizations/apply.large stays within the CPU limit', () => {
  const names = Array.from({ length: 1000 }, (_, index) => `toolset-${String(index)}`);
  const all = (entry: DataMap | null): DataMap => Object.fromEntries(names.map((name) => [name, entry]));

  it('for a thousand toolsets, each changed by two files and a patch', () => {
    const entry = { enabled: true, config: { api_url: 'http://a', headers: { a: 'b', c: 'd' } } };
    const start = cpuMs();

    const { final } = changed(
      { toolsets: all(entry) },
      {
        'base.yaml': { toolsets: all({ config: { timeout: 1, headers: { a: 'e' } } }) },
        'overrides.yaml': { toolsets: all({ enabled: false, config: { timeout: 2 } }) },
        'patches.yaml': [{ target: 'toolset-*', patch: [{ op: 'remove', path: '/config/headers/c' }] }],
      },
    );

    expect(cpuMs() - start).to.be.lessThan(cpuBound(3000));
    expect(final.toolsets['toolset-999']).to.deep.equal({
      enabled: false,
      config: { api_url: 'http://a', headers: { a: 'e' }, timeout: 2 },
    });
  });

  it('for ten thousand unknown names', () => {
    const toolsets = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`gone-${String(index)}`, null]));
    const start = cpuMs();

    const { findings } = changed({ toolsets: all({}) }, { 'overrides.yaml': { toolsets } });

    expect(cpuMs() - start).to.be.lessThan(cpuBound(5000));
    expect(findings).to.have.length(1_001);
  });

  it('for ten thousand toolsets that one file removes and the next one adds', () => {
    const some = (entry: object | null): object => ({
      toolsets: Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`a-${String(index)}`, entry])),
    });
    const start = cpuMs();

    const { final } = changed({}, { 'a.yaml': some({ a: 1 }), 'b.yaml': some(null), 'c.yaml': some({ b: 2 }) });

    expect(cpuMs() - start).to.be.lessThan(cpuBound(5000));
    expect(final.toolsets['a-9999']).to.deep.equal({ b: 2 });
  });
});
