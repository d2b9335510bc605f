/** CPU time of this process: unlike wall-clock time, independent of what else the machine does. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Duration of the reference work on the machine for which bounds are chosen. */
const referenceMs = 15;

let slowness: number | null = null;

/**
 * The CPU time equivalent to `ms` on the machine for which bounds are chosen: more on a slower one, or with coverage.
 */
export function cpuBound(ms: number): number {
  slowness ??= Math.max(1, Math.min(...[1, 2, 3].map(measuredMs)) / referenceMs);
  return ms * slowness;
}

/** Measures the kind of work that is bounded: reading, walking and writing objects. */
function measuredMs(): number {
  const before = cpuMs();
  const rows = Array.from({ length: 2_000 }, (_, i) => ({ name: `service-${String(i)}`, labels: { a: String(i) } }));
  let count = 0;
  for (let round = 0; round < 10; round++) {
    const read = JSON.parse(JSON.stringify(rows)) as typeof rows;
    for (const { name, labels } of read) count += name.split('-').length + Object.keys(labels).length;
  }
  return count === 60_000 ? cpuMs() - before : Number.NaN;
}
