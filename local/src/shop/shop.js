/**
 * Logs in and out, as a storefront would: with the customer's token, by `identify` and `logout`.
 */

const WHO = 'shop:customer';
const chat = document.querySelector('live-chat');
const group = document.querySelector('#people');
const people = (await (await fetch('/dev/people.json')).json()).filter(({ is_staff }) => !is_staff);
await customElements.whenDefined('live-chat');

for (const { id, name } of people) {
  const button = document.createElement('button');
  button.type = 'button';
  button.dataset.person = id;
  button.textContent = name;
  group.append(button);
}
group.addEventListener(
  'click',
  ({ target }) => target.dataset.person !== undefined && become(target.dataset.person),
);
show(sessionStorage.getItem(WHO) ?? '');
if (sessionStorage.getItem(WHO))
  await chat.identify(people.find(({ id }) => id === sessionStorage.getItem(WHO)));

/** @param {string} id Empty: a guest. */
async function become(id) {
  if (id === sessionStorage.getItem(WHO)) return;
  if (sessionStorage.getItem(WHO)) await chat.logout();
  sessionStorage.removeItem(WHO);
  if (id) {
    sessionStorage.setItem(WHO, id);
    await chat.identify(people.find((person) => person.id === id));
  }
  show(id);
}

function show(id) {
  for (const button of group.querySelectorAll('button'))
    button.setAttribute('aria-pressed', String(button.dataset.person === id));
}
