// @ts-check
/** Starts the inbox once its language is loaded and an admin is signed in. */

import { InboxApp } from './app.js';
import { FEEDBACK } from './parts/feedback.js';
import { Session } from './session/session.js';
import { speak } from './texts.js';

const { medusaUrl = '', embedOrigins = '' } = document.documentElement.dataset;
const session = new Session({
  medusaUrl,
  embedOrigins: embedOrigins.split(' ').filter(Boolean),
  embedded: new URLSearchParams(location.search).get('embed') === '1',
});
speak()
  .then(() => {
    document.body.replaceChildren(FEEDBACK);
    return session.start();
  })
  .then(() => {
    const inbox = new InboxApp(session);
    document.body.prepend(inbox.element);
    inbox.start();
  });
