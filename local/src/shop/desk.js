/**
 * Stands in for Medusa's dashboard: shows the inbox in a frame, and hands it the theme, the
 * language and the token of the admin who is chosen.
 */

const group = document.querySelector('#people');
const inbox = document.querySelector('#inbox');
const people = (await (await fetch('/dev/people.json')).json()).filter(({ is_staff }) => is_staff);
const dark = matchMedia('(prefers-color-scheme: dark)');
let me = people[0];

for (const person of people) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = person.name;
  button.addEventListener('click', () => {
    me = person;
    show();
    hand();
  });
  group.append(button);
}
addEventListener('message', ({ source, origin, data }) => {
  if (
    source === inbox.contentWindow &&
    origin === location.origin &&
    ['live-chat:ready', 'live-chat:expired'].includes(data?.type)
  )
    hand();
});
dark.addEventListener('change', () => send({ type: 'live-chat:appearance', ...appearance() }));
show();
hand();

function hand() {
  send({ type: 'live-chat:token', token: me.token, ...appearance() });
}

function appearance() {
  return { scheme: dark.matches ? 'dark' : 'light', language: navigator.language };
}

function send(message) {
  inbox.contentWindow.postMessage(message, location.origin);
}

function show() {
  for (const button of group.children)
    button.setAttribute('aria-pressed', String(button.textContent === me.name));
}
