import type { Rule } from 'eslint';
import ts from 'typescript';

/** What typescript-eslint's parser knows about types. */
interface TypeServices {
  readonly program: ts.Program;
  readonly getTypeAtLocation: (node: unknown) => ts.Type;
}

/**
 * A key that is any text, such as a label's or a toolset's, may be named `constructor` or `__proto__`: it must not be
 * looked up among what every object inherits. Keys of a closed set of literals and indexes of arrays may be.
 */
export const ownKeys: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      access: 'a key that is any text may be named "constructor": use getOwn or setOwn of lib/json.ts, or a Map',
      in: 'a key that is any text may be named "constructor": use Object.hasOwn, or a Map',
    },
  },
  create: (context) => {
    const { program, getTypeAtLocation } = context.sourceCode.parserServices as unknown as TypeServices;
    const checker = program.getTypeChecker();
    return {
      MemberExpression: (node) => {
        if (!node.computed || !isAnyText(getTypeAtLocation(node.property))) return;
        const object = checker.getNonNullableType(getTypeAtLocation(node.object));
        if (!checker.isArrayType(object) && !checker.isTupleType(object)) context.report({ node, messageId: 'access' });
      },
      BinaryExpression: (node) => {
        if (node.operator === 'in' && isAnyText(getTypeAtLocation(node.left)))
          context.report({ node, messageId: 'in' });
      },
    };
  },
};

function isAnyText(type: ts.Type): boolean {
  return (type.isUnion() ? type.types : [type]).some(
    ({ flags }) => (flags & (ts.TypeFlags.String | ts.TypeFlags.TemplateLiteral | ts.TypeFlags.Any)) !== 0,
  );
}
