import { serveOptions } from '../plugin/commands/flags/serve-flags.ts';
import { events } from '../plugin/serve/events.ts';
import { code, markdownTable, withSections } from './markdown.ts';

/** docs/serve.md with the flags and events of the program. */
export function serveGuide(): string {
  return withSections('serve.md', { flags: flagTable(), events: eventTable() });
}

function flagTable(): string {
  const rows = Object.entries(serveOptions).map(([name, option]) => [
    code('value' in option ? `--${name} ${option.value}` : `--${name}`),
    'default' in option ? code(option.default) : '',
    option.about,
  ]);
  return markdownTable(['Flag', 'Default', 'What it is for'], rows);
}

function eventTable(): string {
  const rows = Object.entries(events).map(([name, { level, about }]) => [code(name), level, about]);
  return markdownTable(['Event', 'Level', 'What it says'], rows);
}
