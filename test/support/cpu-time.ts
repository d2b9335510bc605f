/** How long this process computed, unlike time by the clock the same whatever else the machine does. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** What the reference work takes on the machine that bounds are chosen on. */
const referenceMs = 15;

let slowness: number | null = null;

/** So much CPU time as `ms` are on the machine that bounds are chosen on: on a slower one, or with coverage, more. */
export function cpuBound(ms: number): number {
  slowness ??= Math.max(1, Math.min(...[1, 2, 3].map(measuredMs)) / referenceMs);
  return ms * slowness;
}

/** The kind of work that is bounded: objects that are read, walked and written. */
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
