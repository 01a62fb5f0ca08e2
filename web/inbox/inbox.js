// @ts-check
/** Starts the inbox once its language is loaded and an admin is signed in. */

import { InboxApp } from './app.js';
import { takeFiles, takesFiles } from './composer/inbox-files.js';
import { keepDrops } from './parts/drops.js';
import { FEEDBACK, toast } from './parts/feedback.js';
import { countEveryPress } from './parts/press.js';
import { Session } from './session/session.js';
import { speak, texts } from './texts.js';

const { medusaUrl = '', embedOrigins = '' } = document.documentElement.dataset;
const session = new Session({
  medusaUrl,
  embedOrigins: embedOrigins.split(' ').filter(Boolean),
  embedded: new URLSearchParams(location.search).get('embed') === '1',
});
countEveryPress();
speak()
  .then(() => {
    document.body.replaceChildren(FEEDBACK);
    keepDrops(takesFiles, takeFiles, () => toast(texts.noFiles));
    return session.start();
  })
  .then(() => {
    const inbox = new InboxApp(session);
    document.body.prepend(inbox.element);
    inbox.start();
  });
