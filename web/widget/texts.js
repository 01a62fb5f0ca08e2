// @ts-check
/** The panel's texts. English is here; each other language is a module, loaded when needed. */

const ENGLISH = {
  lang: 'en',
  dir: 'ltr',
  title: 'Chat with us',
  greeting: 'How can we help?',
  replies: 'Usually replies in {time}',
  placeholder: 'Write a message',
  send: 'Send',
  close: 'Close',
  all: 'All chats',
  fresh: 'New messages',
  typing: '{name} is writing',
  sending: 'Sending',
  sent: 'Sent',
  read: 'Read',
  edited: 'Edited',
  deleted: 'Deleted',
  edit: 'Edit',
  remove: 'Delete',
  sure: 'Sure?',
  editing: 'Editing',
  cancel: 'Cancel',
  failed: 'Not sent',
  retry: 'Try again',
  offline: 'No connection. Messages will wait.',
  expired: 'Please log in again.',
  closed: 'The chat is closed.',
  limit: 'That was a lot at once. One moment…',
  unsure: 'Your login cannot be checked. We keep trying.',
};

/** @typedef {typeof ENGLISH} Texts */

const OTHERS = ['ar', 'de', 'es', 'fr', 'it', 'ja', 'nl', 'pl', 'pt'];

/**
 * @param {{ language: () => string, load: (name: string) => Promise<any> }} host Its language is as
 *   pages and browsers name it: `de-AT`.
 * @returns {Promise<Texts>} English if the language is unknown or cannot be loaded.
 */
export async function textsFor(host) {
  const lang = host.language().slice(0, 2).toLowerCase();
  if (!OTHERS.includes(lang)) return ENGLISH;
  try {
    // The build's name of `texts/${lang}.js`.
    return (await host.load(`texts-${lang}.js`)).texts;
  } catch {
    return ENGLISH;
  }
}
