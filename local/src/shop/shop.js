/**
 * Logs in and out, as a storefront would: with the customer's token, by `identify` and `logout`.
 * The teapot that is looked at, by the address, is offered as a card to ask about.
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

addEventListener('hashchange', offer);
offer();

/** Lets the chat ask about the teapot that the address names. */
function offer() {
  const article = document.getElementById(location.hash.slice(1))?.closest('article');
  const [title, subtitle] = article?.querySelectorAll('h2, p') ?? [];
  chat.page = title && {
    card: {
      id: article.id,
      title: title.textContent,
      subtitle: subtitle.textContent,
      url: location.href,
    },
  };
}

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
