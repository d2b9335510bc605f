/** Something that people should know, and that stops nothing. `code` is stable; docs/errors.md explains it. */
export interface Warning {
  readonly code: 'CREDENTIAL_WITHHELD' | 'CREDENTIAL_MISSING' | 'NAME_CLAIMED' | 'NAMESPACE_CROWDED';
  readonly message: string;
}
