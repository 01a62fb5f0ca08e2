// @ts-check
/** The panel's texts. English is here; each other language is a module, loaded when needed. */

const ENGLISH = {
  lang: 'en',
  dir: 'ltr',
  title: 'Chat with us',
  greeting: 'How can we help?',
  placeholder: 'Write a message',
  send: 'Send',
  close: 'Close',
  sending: 'Sending',
  sent: 'Sent',
  read: 'Read',
  offline: 'No connection. Messages will wait.',
};

/**
 * In English, those of `LATER_ENGLISH` are missing until they are loaded.
 * @typedef {typeof ENGLISH & typeof import('./later-texts.js').LATER_ENGLISH} Texts
 */

const OTHERS = /^(ar|de|es|fr|it|ja|nl|pl|pt)/i;

/**
 * @param {{ language: () => string, load: (name: string) => Promise<any> }} host Its language is as
 *   pages and browsers name it: `de-AT`.
 * @returns {Promise<Texts>} English if the language is unknown or cannot be loaded.
 */
export async function textsFor(host) {
  const [lang] = OTHERS.exec(host.language()) ?? [];
  try {
    // The build's name of `texts/${lang}.js`.
    if (lang) return (await host.load(`texts-${lang.toLowerCase()}.js`)).texts;
  } catch {
    // The next time that the panel opens tries again.
  }
  return /** @type {Texts} */ (ENGLISH);
}
