// @ts-check
/** Lets an outbox send messages with files. The bytes of a message's files go with the message. */

/**
 * @param {import('../../client/chat.js').Chat} chat
 * @param {() => Promise<Pick<typeof import('./deliver.js'), 'deliver' | 'forgetFiles'>>} load
 */
export function sendFiles(chat, load) {
  const { outbox } = chat;
  const { send, drop } = outbox;
  outbox.send = async (item) =>
    item.work?.files ? (await load()).deliver(chat, item, send) : send(item);
  // Sent, discarded, or settled by another tab.
  outbox.drop = (id) => {
    /** @type {import('./deliver.js').Outgoing[] | undefined} */
    const files = outbox.items.get(id)?.work?.files;
    drop.call(outbox, id);
    if (!files) return;
    load().then(
      ({ forgetFiles }) => forgetFiles(files.filter(({ key }) => !isUsed(outbox, key))),
      () => {},
    );
  };
}

/**
 * Whether an unsent message has this file. One that is sent again under a new id has the same ones.
 * @param {import('../../client/outbox.js').Outbox} outbox @param {string} key
 */
const isUsed = (outbox, key) =>
  [...outbox.items.values()].some(({ work }) =>
    work?.files?.some((/** @type {{ key: string }} */ file) => file.key === key),
  );
