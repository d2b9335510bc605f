import { PluginError } from './errors.ts';

/** What goes to stderr: words at a terminal, otherwise one JSON object a line. */
export interface Log {
  readonly failure: (error: unknown) => void;
}

/** `write` gets whole lines; `terminal` chooses words. */
export function stderrLog(write: (text: string) => void, terminal: boolean): Log {
  return {
    failure: (error) => {
      write(terminal ? words(error) : `${JSON.stringify(entry(error))}\n`);
    },
  };
}

function words(error: unknown): string {
  if (error instanceof PluginError) return `${error.message}\n${error.hint}\n(${error.code})\n`;
  return `a bug in dynamic-toolset: ${stackOf(error)}\nreport it with this text\n`;
}

function entry(error: unknown): object {
  if (error instanceof PluginError)
    return { level: 'error', code: error.code, message: error.message, hint: error.hint };
  return {
    level: 'error',
    code: 'BUG',
    message: 'a bug in dynamic-toolset, report it with this text',
    stack: stackOf(error),
  };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
