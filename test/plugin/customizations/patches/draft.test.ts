import fc from 'fast-check';
import jsonpatch from 'fast-json-patch';
import { expect } from 'chai';
import type { Data } from '../../../../plugin/lib/json.ts';
import { differences, pointerTo } from '../../../../plugin/lib/data/json-pointer.ts';
import { Draft } from '../../../../plugin/customizations/patches/draft.ts';
import type { Operation } from '../../../../plugin/customizations/patches/json-patch.ts';
import { applyOperation } from '../../../../plugin/customizations/patches/json-patch.ts';
import { frozen } from '../../../support/data.ts';

/** Maps and lists with few keys, so that operations often find something. */
const document = fc.letrec<{ data: Data }>((tie) => ({
  data: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Data>(1, 2, 'x'),
    fc.array(tie('data'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('data'), { maxKeys: 3 }),
  ),
})).data;
const map = fc.dictionary(fc.constantFrom('a', 'b', 'c'), document, { maxKeys: 3 });
const pointer = fc
  .array(fc.constantFrom('a', 'b', 'c', '0', '1', '2', '-'), { maxLength: 4 })
  .map((keys) => pointerTo(keys));
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ op: fc.constantFrom('add', 'replace', 'test'), path: pointer, value: document }),
  fc.record({ op: fc.constant('remove'), path: pointer }),
  fc.record({ op: fc.constantFrom('move', 'copy'), from: pointer, path: pointer }),
) as fc.Arbitrary<Operation>;

describe('plugin/customizations/patches/draft', () => {
  it('applies operations as fast-json-patch does, returns exactly the changed paths, and keeps its input', () => {
    let applied = 0;
    fc.assert(
      fc.property(map, fc.array(operation, { minLength: 1, maxLength: 20 }), (before, operations) => {
        const original = frozen(before);
        const draft = new Draft(original, () => undefined);
        for (const one of operations) {
          const was = structuredClone(draft.value);
          if (was === undefined) return;
          const changed = draft.trial(() => applyOperation(draft, one));
          expect(draft.value).to.deep.equal(was);
          if (typeof changed === 'string') continue;

          expect(applyOperation(draft, one)).to.deep.equal(changed);
          applied += 1;
          const theirs = jsonpatch.applyOperation<unknown>(structuredClone(was), structuredClone(one) as never);
          expect(draft.value ?? null).to.deep.equal(theirs.newDocument);
          expect(changed.map(pointerTo).sort()).to.deep.equal(
            differences(was, draft.value, 'items').map(pointerTo).sort(),
          );
        }
      }),
      { numRuns: 5_000 },
    );

    expect(applied).to.be.above(1_000);
  });

  it('copies a map once, however often it is changed', () => {
    let spent = 0;
    const large = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${String(index)}`, index]));
    const draft = new Draft(frozen({ large }), (characters) => {
      spent += characters;
    });

    for (let index = 0; index < 1_000; index += 1) draft.set(['large', `new${String(index)}`], index);

    expect(spent).to.equal(1_001);
    expect(Object.keys((draft.value as { large: object }).large)).to.have.length(2_000);
  });
});
