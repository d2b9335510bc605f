/**
 * For the environment of a child that does not run the sources. Node hands its own variable on even to a child with an
 * environment of its own, and each process of the bundle would write a megabyte of coverage that counts for no file.
 */
export const withoutCoverage = { NODE_V8_COVERAGE: '' } as const;
