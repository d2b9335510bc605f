/** Longer texts rarely repeat. */
const maxLength = 40;
const slots = 2_048;
const recent: string[] = Array.from({ length: slots }, () => '');

/**
 * The text of some bytes. Most texts of objects repeat: label keys, port names, the name of a Service in its labels and
 * selector. Recent texts are reused, which costs less time and memory than creating them again.
 */
export function textOf(bytes: Buffer, from: number, to: number): string {
  const length = to - from;
  if (length > maxLength) return bytes.toString('utf8', from, to);
  let hash = length;
  for (let at = from; at < to; at += 1) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0;
  const slot = (hash ^ (hash >>> 11)) & (slots - 1);
  const known = recent[slot] ?? '';
  if (isSame(known, bytes, from, length)) return known;
  const text = bytes.toString('utf8', from, to);
  recent[slot] = text;
  return text;
}

/** ASCII only: a character of any other text takes more than one byte. */
function isSame(text: string, bytes: Buffer, from: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let at = 0; at < length; at += 1) {
    const byte = bytes[from + at] ?? 0;
    if (byte > 0x7f || text.charCodeAt(at) !== byte) return false;
  }
  return true;
}
