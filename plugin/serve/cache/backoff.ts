const firstMs = 500;
const maxMs = 30_000;

/** The pause after so many failures in a row: doubles up to 30 s, and up to half of it is left to chance. */
export function backoffMs(failures: number, random: () => number): number {
  return Math.min(firstMs * 2 ** (failures - 1), maxMs) * (1 - random() / 2);
}
