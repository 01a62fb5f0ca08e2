// @ts-check
/** Moves a guest's conversations to the customer who has logged in. Loaded when that happens. */

/**
 * The guest's secret is deleted once the server has handed over the conversations, or says for
 * certain that they are another customer's. After every other failure it stays for a later claim.
 * @param {import('./session.js').Session} session
 * @param {import('./mount.js').Host} host
 */
export async function claimGuest(session, host) {
  for (let tries = 0; tries < 2; tries++) {
    const secret = host.guestId();
    if (!secret) return;
    /** @type {any} */
    const refusal = await session.chat.claim(secret).then(
      () => undefined,
      (error) => error,
    );
    if (refusal) {
      if (refusal.passing ?? true) throw refusal;
      const { person = '' } = session;
      // Fails if the customer is refused: the token has expired, or the chat is switched off.
      await session.list();
      // Another refusal than that of the guest, or a proxy's: the secret may still be good.
      if (refusal.status !== 401 || !person.includes('.')) return;
      // The token was renewed in between, so the old one may have been the reason.
      if (person !== session.person) continue;
    }
    if (secret === host.guestId()) host.guestId(null);
    return;
  }
}
