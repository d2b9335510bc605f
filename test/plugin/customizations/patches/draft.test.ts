import fc from 'fast-check';
import jsonpatch from 'fast-json-patch';
import { expect } from 'chai';
import type { Data } from '../../../../plugin/lib/json.ts';
import { partsOf } from '../../../../plugin/lib/json.ts';
import { differences, pathOf, pointerTo } from '../../../../plugin/lib/data/json-pointer.ts';
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
const map = fc.dictionary(fc.constantFrom('a', 'b', 'c'), document, { minKeys: 2, maxKeys: 3 });

/** A place that is there, the root last because nothing is left behind it, or a key or index below one: pointers that lead nowhere would change nothing. */
interface Place {
  readonly at: number;
  readonly below: string | null;
}
/** An operation before its pointers are known; `from` counts for `move` and `copy`. */
interface Step {
  readonly op: Operation['op'];
  readonly path: Place;
  readonly from: Place;
  readonly value: Data;
  /** For a move to a place around its own: how far up. */
  readonly up: number | null;
}
const place: fc.Arbitrary<Place> = fc.record({
  at: fc.nat(1_000),
  below: fc.option(fc.constantFrom('a', 'b', 'c', '0', '1', '2', '-')),
});
const step = fc.record<Step>({
  op: fc.constantFrom('add', 'replace', 'test', 'remove', 'move', 'move', 'copy'),
  path: place,
  from: place,
  value: document,
  up: fc.option(fc.integer({ min: 1, max: 2 })),
});

function pointersIn(data: Data): string[][] {
  return [...partsOf(data).flatMap(([key, one]) => pointersIn(one).map((rest) => [String(key), ...rest])), []];
}

function pointerOf({ at, below }: Place, data: Data): string {
  const all = pointersIn(data);
  return pointerTo([...(all[at % all.length] ?? []), ...(below === null ? [] : [below])]);
}

function operationOf({ op, path, from, value, up }: Step, data: Data): Operation {
  const [pointer, source] = [pointerOf(path, data), pointerOf(from, data)];
  switch (op) {
    case 'move':
      return { op, from: source, path: up === null ? pointer : pointerTo(pathOf(source).slice(0, -up)) };
    case 'copy':
      return { op, from: source, path: pointer };
    case 'remove':
      return { op, path: pointer };
    case 'add':
    case 'replace':
    case 'test':
      return { op, path: pointer, value } as Operation;
  }
}

describe('plugin/customizations/patches/draft', () => {
  it('applies operations as fast-json-patch does, returns exactly the changed paths, and keeps its input', () => {
    let applied = 0;
    fc.assert(
      fc.property(map, fc.array(step, { minLength: 1, maxLength: 20 }), (before, steps) => {
        const original = frozen(before);
        const draft = new Draft(original, () => undefined);
        for (const made of steps) {
          const was = structuredClone(draft.value);
          if (was === undefined) return;
          const one = operationOf(made, was);
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
      { numRuns: 1_000 },
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
