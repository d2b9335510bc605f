/** The version in an image's tag: `registry.example.com/dynamic-toolset:v0.1.0@sha256:…`. */
const tagged = /^([^@]*dynamic-toolset[^@/:]*:v?)(\d+)\.(\d+)\.(\d+)(?![\w.-])/;

/** The image with this version as its tag; `null` if its tag is that version, a newer one, or not a version. */
export function newerImage(image: string, version: string): string | null {
  const [, start = '', ...own] = tagged.exec(image) ?? [];
  if (start === '') return null;
  const wanted = version.split(/[.+-]/).slice(0, 3).map(Number);
  for (const [index, part] of own.map(Number).entries()) {
    const other = wanted[index] ?? 0;
    if (part !== other) return part < other ? `${start}${version}` : null;
  }
  return null;
}
