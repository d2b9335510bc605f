/** Keys whose values are random and public. */
export const harmlessKey = /sha\d|digest|checksum|commit|revision|hash|fingerprint|uid|public|cert|\bca\b/i;

/** Whether a text contains a word that looks random and is not of a public kind. */
export function hasRandomWord(text: string): boolean {
  // Texts of more than three words are prose or commands; a secret has at most the name of its scheme beside it.
  if (text.length < minRandom || text.trim().split(/\s+/, 4).length > 3) return false;
  const parts = text.split(/[\s"'`,;(){}[\]<>|\\\uFFFC]+/);
  return parts.some(
    (part) => part.length >= minRandom && !isPublic(part) && part.matchAll(word).some(([one]) => isRandom(one)),
  );
}

const minRandom = 20;
const word = /[A-Za-z0-9+/_-]{20,}={0,2}/g;

/** URLs (checked by `hasPassword`), names of hosts and images, paths, digests, certificates, public keys. */
function isPublic(part: string): boolean {
  return (
    part.includes('://') ||
    /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+(?:[:/]|$)/.test(part) ||
    /^(?:~|\.\.?)?\/[^/]+\//.test(part) ||
    /sha\d{1,3}[:=-]|@[0-9a-f]{40}/.test(part) ||
    /^(?:LS0tLS1CRUdJTiBDRVJU|AAAA[BCE]3NzaC1|AAAAE2VjZHNh)/.test(part)
  );
}

/**
 * Minimum entropy in bits per character. Entropy alone does not separate names from keys: the 713 words of 20 or
 * more characters in the recorded Services have 3.0 to 4.2 bits, random base64 of 20 characters 3.3 to 4.3, random
 * hexadecimal 2.4 to 3.9. Random words are rarely below the threshold; `isRandom` also requires what names lack:
 * digits and both cases, or scattered digits, and few letters in words. Measured: none of the recorded words and 21
 * of 147,000 long package names count as random; of random base64 it finds 94 % with 20 characters, 98 % with 32
 * and 99 % with 40, and of random hexadecimal 100 %.
 */
const minEntropy = { hexadecimal: 2.5, other: 3.5 };

/** Whether a word looks random. */
export function isRandom(text: string): boolean {
  const [digits, lower, upper] = [/[0-9]/, /[a-z]/, /[A-Z]/].map((kind) => kind.test(text));
  if (!digits || (!lower && !upper)) return false;
  if (/^(?:[0-9a-f]+|[0-9A-F]+)$/.test(text)) return entropyOf(text) >= minEntropy.hexadecimal;
  if (entropyOf(text) < minEntropy.other) return false;
  if (!lower || !upper) return /^[A-Za-z0-9]+$/.test(text) && (text.match(/[0-9]+/g) ?? []).length >= 3;
  const separators = text.match(/[-_+/]/g)?.length ?? 0;
  const nonWordLength = text.replace(/[A-Z]?[a-z]{3,}|[A-Z]{4,}/g, '').length;
  return separators <= text.length / 6 && nonWordLength >= text.length * 0.4;
}

/** Shannon entropy in bits per character. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}
