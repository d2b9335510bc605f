import { appendToReport } from '../run/report.ts';

/**
 * Whether a suite that needs a real part can run. Where it cannot, it says why, so that the suite skips itself; with
 * `CI=true` a missing part is an error, or a green run would prove nothing.
 *
 *     before(function () {
 *       if (!realPart('kube-apiserver', missingTools(clusterTools).length === 0, 'node test/tools/build.ts')) this.skip();
 *     });
 */
export function realPart(name: string, available: boolean, remedy: string): boolean {
  if (available) return true;
  const reason = `${name} is missing, install it with: ${remedy}`;
  if (process.env.CI === 'true') throw new Error(reason);
  appendToReport({ missing: { name, remedy } });
  console.warn(`skipped: ${reason}`);
  return false;
}
