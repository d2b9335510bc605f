import { expect } from 'chai';
import fc from 'fast-check';
import { FairSlots } from '../../../plugin/cluster/fair-slots.ts';

describe('plugin/cluster/fair-slots', () => {
  it('serves owners in turn, in the order in which each first waited', async () => {
    const order = await orderOf(1, ['a', 'a', 'a', 'b', 'b', 'c']);

    expect(order).to.deep.equal(['a', 'a', 'b', 'c', 'a', 'b']);
  });

  it('has a free slot only when no owner waits', async () => {
    const slots = new FairSlots(1);

    expect(slots.hasFree()).to.equal(true);
    await slots.acquire('a');
    const second = slots.acquire('a');
    slots.release();
    await second;
    expect(slots.hasFree()).to.equal(false);
    slots.release();
    expect(slots.hasFree()).to.equal(true);
  });

  it('gives each waiting owner a slot in the first round, however many the others want', async () => {
    const owners = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), owners, async (count, wanted) => {
        const order = await orderOf(count, wanted);

        expect(order.toSorted()).to.deep.equal(wanted.toSorted());
        // The first ones found a slot free; from then on each turn serves every owner that waits once.
        const queued = order.slice(count);
        for (const owner of new Set(queued)) {
          expect(queued.indexOf(owner)).to.be.below(new Set(queued).size);
        }
      }),
    );
  });

  /** All want a slot at once, and give it back one after the other. */
  async function orderOf(count: number, wanted: readonly string[]): Promise<readonly string[]> {
    const slots = new FairSlots(count);
    const order: string[] = [];
    await Promise.all(
      wanted.map(async (owner) => {
        await slots.acquire(owner);
        order.push(owner);
        await new Promise((resolve) => setImmediate(resolve));
        slots.release();
      }),
    );
    return order;
  }
});
