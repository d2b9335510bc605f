import { existsSync } from 'node:fs';

/** What brings it on Debian. */
export const chromiumRemedy = 'apt-get install chromium-headless-shell';

/** Debian's packages; the first is the same without windows, at half the cost. */
const programs = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

/** The browser that tests look at pages with; `null` where there is none. */
export function findChromium(): string | null {
  return programs.find((path) => existsSync(path)) ?? null;
}
