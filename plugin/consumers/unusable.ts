import type { Unusable } from './consumer.ts';

/** Why a backend that refuses anonymous questions is of no use, and what to do. */
export const noCredential =
  'answers only with a credential; name one in spec.credentials and trust its namespace in spec.trust.namespaces';

/** What cannot be used, with the sentence that says so. */
export function unusable({ toolset, ...subject }: Omit<Unusable, 'message'> & { readonly toolset: string }): Unusable {
  return { ...subject, message: `${toolset}: ${subject.service} ${subject.why}` };
}
