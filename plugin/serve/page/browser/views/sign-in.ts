import { h } from '../elements/dom.ts';
import type { Actions, Model } from '../model.ts';
import { code } from '../elements/parts.ts';
import { tokenFrom } from '../api/session.ts';

/** The page holds nothing of its own: what it shows is for those who may ask the API. */
export function signInView({ signInProblem }: Model, { signIn }: Actions): HTMLElement {
  const submit = (event: Event): void => {
    event.preventDefault();
    const input = document.getElementById('token') as HTMLInputElement;
    const token = tokenFrom(input.value);
    if (token === '') input.focus();
    else signIn(token);
  };
  const isWrong = signInProblem !== null;
  return h(
    'main',
    { class: 'sign-in', tabindex: '-1', 'data-key': 'sign-in' },
    h('h1', {}, 'dynamic-toolset'),
    h('p', {}, 'Which toolsets the assistant has, where each came from, and why a Service is in or out.'),
    h(
      'form',
      { on: { onsubmit: submit } },
      h('label', { for: 'token' }, 'Bearer token'),
      h('input', {
        ...{ id: 'token', type: 'password', required: true, autocomplete: 'off', spellcheck: 'false' },
        ...{
          'aria-describedby': isWrong ? 'token-problem token-help' : 'token-help',
          'aria-invalid': isWrong ? 'true' : null,
        },
      }),
      isWrong && h('p', { id: 'token-problem', class: 'problem', role: 'alert' }, signInProblem),
      h('button', { type: 'submit', class: 'primary' }, 'Sign in'),
      h(
        'div',
        { id: 'token-help', class: 'help' },
        h('p', {}, 'A token of the cluster, for instance ', code('kubectl create token NAME'), '.'),
        h(
          'p',
          {},
          ...[
            'RBAC has to grant it ',
            code('get'),
            ' on the non-resource URL ',
            code('/dynamic-toolset/api/v1/*'),
            '.',
          ],
        ),
        h('p', {}, 'It is kept in this tab only, and gone when you close it or sign out.'),
      ),
    ),
  );
}
