import { registerHooks } from 'node:module';

/**
 * Stryker's runner for mocha, which asks for files of mocha without their ending. Mocha 12 is an ECMAScript module whose
 * files for `require` end with `.cjs`, which Node does not try.
 */
const withoutEnding = /[/\\]mocha[/\\]lib[/\\]cli[/\\][a-z-]+$/;

registerHooks({
  resolve: (specifier, context, next) => next(withoutEnding.test(specifier) ? `${specifier}.cjs` : specifier, context),
});

// Not a static import: that would be resolved before the hook is registered.
export const { strykerPlugins, strykerValidationSchema } = await import('@stryker-mutator/mocha-runner');
