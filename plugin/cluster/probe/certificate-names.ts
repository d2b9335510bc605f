import { checkServerIdentity } from 'node:tls';
import type { PeerCertificate } from 'node:tls';

/** The part of a certificate that is kept. Nothing verifies it: it is only compared with names. */
export type CertificateNames = Pick<PeerCertificate, 'subject' | 'subjectaltname'>;

/** Names that a message lists at most. */
const maxNamed = 3;
const maxName = 64;
/** Characters of the list that are read: a name has 253 at most. */
const maxRead = 1024;

/** The first of these names for which a client would accept the certificate; `null` if there is none. */
export function hostOf({ subject, subjectaltname }: CertificateNames, names: readonly string[]): string | null {
  // Node quotes a name with unusual characters; a Service's name has none.
  if (subjectaltname?.includes('"')) return null;
  const inSameDomain = subjectaltname?.split(', ').filter((entry) => names.some((name) => isSibling(entry, name)));
  if (inSameDomain?.length === 0) return null;
  const certificate = { subject, subjectaltname: inSameDomain?.join(', ') } as PeerCertificate;
  return names.find((name) => checkServerIdentity(name, certificate) === undefined) ?? null;
}

/** Whether both are equal after their first dot: only these few of possibly thousands of names are compared. */
function isSibling(entry: string, name: string): boolean {
  return entry.toLowerCase().endsWith(name.slice(name.indexOf('.')));
}

/** The first names that a certificate is valid for, with bounded length and a small alphabet. */
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
