import type { DataMap, Path } from '../../../lib/json.ts';
import type { ConsumerIssue } from '../../consumer.ts';
import { textsIn } from './placeholders.ts';
import type { MaybeKnown } from './subject.ts';

/** Values that HolmesGPT sends in a header and that have more than one line: a block (`|`) ends with a line break. */
export function headerIssues({ config }: DataMap, subject: MaybeKnown): ConsumerIssue[] {
  return textsIn(config, ['config'])
    .filter(([path, text]) => isRefused(path, text, subject))
    .map(([path]) => ({
      path,
      part: 'value',
      effect: 'rejected',
      message: `${subject.holmes} fails each of its requests: ${path.join('.')} is sent in a header, as one line without a space in front`,
      hint: 'write it in one line, in quotes, or as a block with |- in place of |',
    }));
}

function isRefused(path: Path, text: string, subject: MaybeKnown): boolean {
  const [key, parent] = [String(path.at(-1)), String(path.at(-2))];
  const isValue = /^(additional_|default_)?headers$/.test(parent);
  // In the settings, an endpoint's login is at the top of the config, not in `auth`. Confluence is exempt below: its
  // class encodes the key together with the user.
  const isLogin = parent === 'auth' || (subject.limits === 'type:http' && path.length === 2);
  const isKey =
    subject.limits !== 'confluence' &&
    (/^(api_key|app_key|bearer_token)$/.test(key) || (isLogin && /^(token|name|value)$/.test(key)));
  // In other values, the name of the scheme precedes the text.
  const isBare = isValue || /^(datadog\/|servicenow\/|newrelic)/.test(subject.limits);
  return (isValue || isKey) && (/[\r\n]/.test(text) || (isBare && /^\s/.test(text)));
}
