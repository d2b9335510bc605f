import { h } from '../elements/dom.ts';
import type { Actions, Model } from '../model.ts';
import { code } from '../elements/components.ts';
import { tokenFrom } from '../api/session.ts';

const command = 'kubectl -n dynamic-toolset create token reader --duration 8h';

/** Selects the command if the browser forbids clipboard access, as without TLS. */
function copy(event: Event): void {
  const button = event.currentTarget as HTMLButtonElement;
  const select = (): void => {
    getSelection()?.selectAllChildren(document.getElementById('command') ?? button);
  };
  const { clipboard } = navigator as Partial<Navigator>;
  if (!clipboard) {
    select();
    return;
  }
  void clipboard.writeText(command).then(() => {
    button.textContent = 'Copied';
  }, select);
}

/** The page itself contains no data: everything comes from the API, with the token. */
export function signInView({ signInProblem }: Model, { signIn }: Actions): HTMLElement {
  const submit = (event: Event): void => {
    event.preventDefault();
    const input = document.getElementById('token') as HTMLInputElement;
    const token = tokenFrom(input.value);
    if (token === '') input.focus();
    else signIn(token);
  };
  const isRejected = signInProblem !== null;
  return h(
    'main',
    { class: 'sign-in', tabindex: '-1', 'data-key': 'sign-in' },
    h('h1', {}, 'dynamic-toolset'),
    h('p', {}, 'The toolsets of the assistant, their origin, and the decision about each Service.'),
    h(
      'form',
      { on: { onsubmit: submit } },
      h('label', { for: 'token' }, 'Bearer token'),
      h('input', {
        id: 'token',
        type: 'password',
        required: true,
        autocomplete: 'off',
        spellcheck: 'false',
        'aria-describedby': isRejected ? 'token-problem token-help' : 'token-help',
        'aria-invalid': isRejected ? 'true' : null,
      }),
      isRejected && h('p', { id: 'token-problem', class: 'problem', role: 'alert' }, signInProblem),
      h('button', { type: 'submit', class: 'primary' }, 'Sign in'),
      h(
        'div',
        { id: 'token-help', class: 'help' },
        h('p', {}, 'A Kubernetes token. With the account of the guide:'),
        // One click selects all of it.
        h(
          'div',
          { class: 'copied' },
          h('code', { id: 'command', class: 'command' }, command),
          h('button', { type: 'button', on: { onclick: copy } }, 'Copy'),
        ),
        h(
          'p',
          {},
          ...['RBAC must grant it ', code('get'), ' on the non-resource URL ', code('/dynamic-toolset/api/v1/*'), '.'],
        ),
        h('p', {}, 'It is stored in this tab only, until you sign out or close the tab.'),
      ),
    ),
  );
}
