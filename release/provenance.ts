import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** An in-toto statement about artefacts, whose predicate is SLSA's provenance. */
export interface Statement {
  readonly _type: 'https://in-toto.io/Statement/v1';
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[];
  readonly predicateType: 'https://slsa.dev/provenance/v1';
  readonly predicate: object;
}

export interface BuildFacts {
  readonly repository: string;
  readonly commit: string;
  readonly version: string;
  /** The one who builds: the workflow's address, or what says that it was a person's machine. */
  readonly builder: string;
}

export function sha256Of(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/**
 * Where artefacts come from. In the workflow GitHub makes and signs the same kind of statement itself (`actions/attest`); this one
 * is for a run elsewhere, and claims no more than that.
 */
export function provenanceOf(
  files: readonly string[],
  { repository, commit, version, builder }: BuildFacts,
): Statement {
  const source = `git+${repository}`;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: files.map((file) => ({ name: basename(file), digest: { sha256: sha256Of(file) } })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: `${repository}/blob/main/release/main.ts`,
        externalParameters: { version, repository: source },
        resolvedDependencies: [{ uri: source, digest: { gitCommit: commit } }],
      },
      runDetails: { builder: { id: builder } },
    },
  };
}
