import { expect } from 'chai';
import { detectors } from '../../../../detectors/index.ts';
import type { Probe } from '../../../../detectors/types.ts';
import type { ProbeResult } from '../../../../plugin/cluster/probe/probe.ts';
import { HttpProber } from '../../../../plugin/cluster/probe/http-prober.ts';
import { answers, impostors } from './answers.ts';
import { backends, probeRequest } from './backends.ts';

/** Being alive is not being the product: each is asked what only it answers. */
describe('plugin/cluster/probe/identity', () => {
  const servers = backends();
  const probed = detectors.flatMap(({ id, probe }) => (probe ? [{ id, probe }] : []));

  async function ask(probe: Probe, body: string): Promise<{ result: ProbeResult; path: string | undefined }> {
    const { port, requests } = await servers.http((_request, response) => response.end(body));
    const result = await new HttpProber({ signal: new AbortController().signal }).probe(
      probeRequest(port, { path: probe.path, accept: probe.accept ?? [200, 204], contains: probe.contains }),
    );
    return { result, path: requests[0]?.url };
  }

  it('has a real answer of every product that speaks HTTP', () => {
    expect(Object.keys(answers)).to.have.members(probed.map(({ id }) => id));
  });

  for (const { id, probe } of probed) {
    it(`accepts the answer of ${id} to ${probe.path}`, async () => {
      const { result, path } = await ask(probe, answers[id]!);

      expect(result.healthy, result.message).to.equal(true);
      expect(path).to.equal(probe.path);
    });

    it(`rejects what stands in the place of ${id}, and quotes its answer`, async () => {
      for (const body of impostors) {
        const { result } = await ask(probe, body);

        expect(result.healthy, body).to.equal(false);
        expect(result.reason).to.equal('OtherProduct');
        expect(result.message).to.include(JSON.stringify(body.slice(0, 60)));
      }
    });
  }

  it('accepts no product as another, except those with the same API', () => {
    const alike = probed.map(({ id, probe }) => {
      const taken = Object.entries(answers).filter(([, body]) =>
        probe.contains.every((text) => body.replace(/\s/g, '').includes(text)),
      );
      return [id, taken.map(([other]) => other).filter((other) => other !== id && pathOf(other) === probe.path)];
    });

    const promql = ['mimir', 'prometheus', 'thanos', 'victoriametrics'];
    for (const [id, others] of alike as [string, string[]][]) {
      if (promql.includes(id)) expect([id, ...others].sort()).to.deep.equal(promql);
      else if (id === 'jaeger' || id === 'victoriatraces')
        expect([id, ...others].sort()).to.deep.equal(['jaeger', 'victoriatraces']);
      else expect(others, id).to.deep.equal([]);
    }
  });

  function pathOf(id: string): string | undefined {
    return probed.find((one) => one.id === id)?.probe.path;
  }
});
