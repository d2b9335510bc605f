/** The version in an image's tag: `registry.example.com/dynamic-toolset:v0.1.0@sha256:…`. */
const tagged = /^([^@]*dynamic-toolset[^@/:]*:v?)(\d+)\.(\d+)\.(\d+)(?![\w.-])/;

/** The newest of a version and those in the tags of images. */
export function newestVersion(version: string, images: readonly string[]): string {
  const tags = images.flatMap((image) => {
    const [, , ...parts] = tagged.exec(image) ?? [];
    return parts.length > 0 ? [parts.join('.')] : [];
  });
  return tags.reduce((newest, tag) => (isOlder(partsOf(newest), partsOf(tag)) ? tag : newest), version);
}

/** The image with this version as its tag; `null` if its tag is that version, a newer one, or not a version. */
export function newerImage(image: string, version: string): string | null {
  const [, start = '', ...own] = tagged.exec(image) ?? [];
  if (start === '') return null;
  return isOlder(own.map(Number), partsOf(version)) ? `${start}${version}` : null;
}

function partsOf(version: string): readonly number[] {
  return version.split(/[.+-]/).slice(0, 3).map(Number);
}

function isOlder(parts: readonly number[], than: readonly number[]): boolean {
  for (const [index, part] of parts.entries()) {
    const other = than[index] ?? 0;
    if (part !== other) return part < other;
  }
  return false;
}
