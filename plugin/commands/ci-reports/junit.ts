import type { Entry, ReportInputs } from './entry.ts';
import { bounded, linesOf } from './entry.ts';

/** JUnit XML with a test case per entry. Mere notes pass, with their text as output. */
export function renderJunit(entries: readonly Entry[], { command }: ReportInputs): string {
  const counted = (level: Entry['level'][]): string =>
    String(entries.filter((one) => level.includes(one.level)).length);
  const counts = `tests="${String(entries.length)}" failures="${counted(['error', 'warning'])}" errors="${counted(['unknown'])}" skipped="${counted(['skipped'])}"`;
  const name = `name="dynamic-toolset ${command}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${name} ${counts}>`,
    `  <testsuite ${name} ${counts}>`,
    ...entries.flatMap(testCase),
    '  </testsuite>',
    '</testsuites>\n',
  ].join('\n');
}

const elements = {
  error: 'failure',
  warning: 'failure',
  unknown: 'error',
  note: 'system-out',
  skipped: 'skipped',
  passed: null,
} as const;

function testCase(entry: Entry): string[] {
  const { code, level, message, subject, location } = entry;
  const place = location === null ? '' : ` file=${quoted(location.file)} line="${String(location.line)}"`;
  const name = quoted(`${code} ${location === null ? subject : `${subject}:${String(location.line)}`}`);
  const opened = `    <testcase name=${name} classname=${quoted(subject)}${place}`;
  const element = elements[level];
  if (element === null) return [`${opened}/>`];
  const attributes = element === 'system-out' ? '' : ` type=${quoted(code)} message=${quoted(message)}`;
  const text = [...linesOf(entry), entry.helpUrl].map(escaped).join('\n');
  return [`${opened}>`, `      <${element}${attributes}>${text}</${element}>`, '    </testcase>'];
}

function quoted(text: string): string {
  return `"${escaped(bounded(text))}"`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
