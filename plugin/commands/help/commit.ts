/**
 * The commit that the program was built from: its hash, with `-dirty` where files differed from it; `unknown` where nothing
 * told. A bundle has the value in place of this module; sources have none.
 */
export const commit = 'unknown';
