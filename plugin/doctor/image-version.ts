/** The version in an image's tag: `registry.example.com/dynamic-toolset:v0.1.0@sha256:…`. */
const tagged = /^([^@]*dynamic-toolset[^@/:]*:v?)(\d+\.\d+\.\d+)(?![\w.-])/;

/** The newest of a version and those in the tags of images. */
export function newestVersion(version: string, images: readonly string[]): string {
  return images.reduce((newest, image) => {
    const [, , tag = newest] = tagged.exec(image) ?? [];
    return isOlder(newest, tag) ? tag : newest;
  }, version);
}

/** The image with this version as its tag; `null` if its tag is that version, a newer one, or not a version. */
export function newerImage(image: string, version: string): string | null {
  const [, start = '', tag = version] = tagged.exec(image) ?? [];
  return isOlder(tag, version) ? `${start}${version}` : null;
}

/** Compares the numbers; what follows them, such as `-rc.1`, does not count. */
function isOlder(version: string, than: string): boolean {
  const [own, other] = [version, than].map((one) => one.split(/[.+-]/).map(Number)) as [number[], number[]];
  const index = own.findIndex((part, at) => part !== other[at]);
  return (own[index] ?? 0) < (other[index] ?? 0);
}
