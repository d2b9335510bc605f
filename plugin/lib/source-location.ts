/** Where something stands in a file from Git. Lines and columns count from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `file:line:column`, as compilers write it and editors open it. */
export function formatLocation({ file, line, column }: SourceLocation): string {
  return `${file}:${String(line)}:${String(column)}`;
}
