/**
 * The commit that the program was built from: its hash, with `-dirty` if files differed from it; `unknown` if
 * undetermined. A bundle has the value in place of this module; sources have none.
 */
export const commit = 'unknown';
