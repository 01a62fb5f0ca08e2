import type { MedusaRequest, MedusaResponse } from '@medusajs/framework/http';
import { ContainerRegistrationKeys, Modules } from '@medusajs/framework/utils';
import { deliver, isWithoutProvider } from '../../../lib/deliver';
import { feedEntry, isToken, parseNotification } from '../../../lib/notification';
import { LIVE_CHAT } from '../../../modules/live-chat';
import type LiveChat from '../../../modules/live-chat/service';

/**
 * Takes a mail of the chat and sends it as the shop sends mails. The same `idempotency_key` again
 * sends nothing.
 */
export async function POST(req: MedusaRequest<unknown>, res: MedusaResponse) {
  const { settings } = req.scope.resolve<LiveChat>(LIVE_CHAT);
  if (!isToken(req.get('x-chat-token'), settings.hookToken)) {
    res.status(401).json({
      type: 'unauthorized',
      message: 'The header x-chat-token is not the token that Medusa expects.',
    });
    return;
  }
  const notification = parseNotification(req.body);
  const notifications = req.scope.resolve(Modules.NOTIFICATION);
  const logger = req.scope.resolve(ContainerRegistrationKeys.LOGGER);
  const failure = await failureOf(deliver(notifications, notification));

  // The bell does not depend on the mail, nor the mail on the bell. Its own key rings it once,
  // however often this is tried.
  const entry = settings.feed ? feedEntry(notification, settings.publicUrl) : undefined;
  if (entry) {
    const silence = await failureOf(deliver(notifications, entry));
    if (silence) logger.warn(`medusa-plugin-live-chat: the bell does not ring: ${silence.error}`);
  }

  if (failure && isWithoutProvider(failure.error)) {
    // EventBridge does not try again after 422, and keeps the mail in its queue of failures.
    const { channel } = notification;
    const message =
      `Medusa has no enabled notification provider for the channel '${channel}': ` +
      'no mail was sent.';
    logger.error(`medusa-plugin-live-chat: ${message}`);
    res.status(422).json({ type: 'not_allowed', message });
    return;
  }
  if (failure) throw failure.error;
  res.sendStatus(204);
}

async function failureOf(work: Promise<void>): Promise<{ error: unknown } | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return { error };
  }
}
