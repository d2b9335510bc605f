import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** An in-toto statement about artefacts, with SLSA provenance as its predicate. */
export interface Statement {
  readonly _type: 'https://in-toto.io/Statement/v1';
  readonly subject: readonly Subject[];
  readonly predicateType: 'https://slsa.dev/provenance/v1';
  readonly predicate: {
    readonly buildDefinition: {
      readonly buildType: string;
      readonly externalParameters: object;
      readonly resolvedDependencies: readonly [
        { readonly uri: string; readonly digest: { readonly gitCommit: string } },
      ];
    };
    readonly runDetails: { readonly builder: { readonly id: string } };
  };
}

/** What a statement is about: a file of the release, or the image by its registry location. */
export interface Subject {
  readonly name: string;
  readonly digest: { readonly sha256: string };
}

export interface BuildFacts {
  readonly repository: string;
  readonly commit: string;
  readonly version: string;
  /** The builder: the address of the workflow, or a statement that it was a person's machine. */
  readonly builder: string;
}

export function sha256Of(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

export function fileSubject(file: string): Subject {
  return { name: basename(file), digest: { sha256: sha256Of(file) } };
}

/**
 * The origin of artefacts. In the workflow, GitHub itself makes and signs such a statement (`actions/attest`); this one
 * is for a run elsewhere, and claims no more than that.
 */
export function provenanceOf(
  subject: readonly Subject[],
  { repository, commit, version, builder }: BuildFacts,
): Statement {
  const source = `git+${repository}`;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject,
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
