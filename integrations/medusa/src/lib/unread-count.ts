import { chatToken } from './token';

/** How long the chat may take. */
const ANSWER_MS = 5_000;

/**
 * How many messages of the shop a user has not read; null while the chat does not say. Medusa asks,
 * because the chat need not allow the dashboard's origin.
 */
export async function unreadCount(
  userId: string,
  publicUrl: string,
  secret: string,
  ask: typeof fetch = fetch,
): Promise<number | null> {
  const { token } = chatToken({ actor_id: userId, actor_type: 'user' }, secret, new Date());
  try {
    const answer = await ask(`${publicUrl}/admin/chat/messages/unread-count`, {
      headers: { authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!answer.ok) return null;
    const { unread_count: count } = (await answer.json()) as { unread_count?: unknown };
    return typeof count === 'number' ? count : null;
  } catch {
    return null;
  }
}
