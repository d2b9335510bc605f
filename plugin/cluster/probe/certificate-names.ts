import { checkServerIdentity } from 'node:tls';
import type { PeerCertificate } from 'node:tls';

/** What is kept of a certificate, which nothing verifies: it is only compared with names. */
export type CertificateNames = Pick<PeerCertificate, 'subject' | 'subjectaltname'>;

/** Of those that a message names. */
const maxNamed = 3;
const maxName = 64;
/** Of the list that these are taken from: a name has 253 characters at most. */
const maxRead = 1024;

/** The first of these names for which a client would accept the certificate; `null` where there is none. */
export function hostOf({ subject, subjectaltname }: CertificateNames, names: readonly string[]): string | null {
  // Node puts a name with unusual characters in quotes: no name of a Service has any.
  if (subjectaltname?.includes('"')) return null;
  const inSameDomain = subjectaltname?.split(', ').filter((entry) => names.some((name) => isSibling(entry, name)));
  if (inSameDomain?.length === 0) return null;
  const certificate = { subject, subjectaltname: inSameDomain?.join(', ') } as PeerCertificate;
  return names.find((name) => checkServerIdentity(name, certificate) === undefined) ?? null;
}

/** Whether both end alike behind their first dot: of thousands of names these few are compared. */
function isSibling(entry: string, name: string): boolean {
  return entry.toLowerCase().endsWith(name.slice(name.indexOf('.')));
}

/** The first names that a certificate is good for, in a text of bounded length and a small alphabet. */
export function namesIn({ subjectaltname = '' }: CertificateNames): string {
  const entries = subjectaltname.slice(0, maxRead).split(', ');
  const names = entries
    .filter((entry) => /^(?:DNS|IP Address):/.test(entry))
    .map((entry) => entry.replace(/^[^:]*:/, ''));
  if (names.length === 0) return 'no host name';
  const named = names.slice(0, maxNamed).map((name) => name.replace(/[^A-Za-z0-9.*_:-]/g, '?').slice(0, maxName));
  const isAll = names.length <= maxNamed && subjectaltname.length <= maxRead;
  return [...named, ...(isAll ? [] : ['others'])].join(', ');
}
