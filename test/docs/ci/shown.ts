/** The block of a guide whose first line names this file. */
export function shownFile(guide: string, file: string): string {
  const blocks = [...guide.matchAll(/^```yaml\n# (\S+)\n(.*?)^```$/gms)];
  const [, , block] = blocks.find(([, name]) => name === file) ?? [];
  if (block === undefined) throw new Error(`the guide does not show ${file}`);
  return block;
}
