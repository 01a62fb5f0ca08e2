import type { CreateNotificationDTO, INotificationModuleService } from '@medusajs/framework/types';

/** What Medusa's notification module can do and its types leave out. */
interface Untyped {
  listNotifications(filter: {
    idempotency_key: string;
    status: 'failure';
  }): Promise<{ id: string }[]>;
  deleteNotifications(ids: string[]): Promise<void>;
}

/**
 * Creates a notification once per `idempotency_key`: a key that succeeded, or is being sent,
 * creates nothing.
 *
 * A key whose provider failed is tried again. Medusa 2.12 to 2.21 sends such a notification under a
 * new id that it never inserted, fails to update it, and leaves the key as failed: the mail goes
 * out with each further try. So the failed row is deleted first.
 */
export async function deliver(
  notifications: INotificationModuleService,
  notification: CreateNotificationDTO & { idempotency_key: string },
): Promise<void> {
  const { idempotency_key } = notification;
  const rows = notifications as unknown as Untyped;
  const failed = await rows.listNotifications({ idempotency_key, status: 'failure' });
  if (failed.length) await rows.deleteNotifications(failed.map(({ id }) => id));
  await notifications.createNotifications(notification);
}

/**
 * Whether Medusa has no provider for the notification's channel, or has it disabled. Medusa joins
 * several errors into one without a type, so only the text tells.
 */
export function isWithoutProvider(error: unknown): boolean {
  const message = error instanceof Error ? error.message : String(error);
  return /could not find a notification provider|notification provider \S+ is not enabled/i.test(
    message,
  );
}
