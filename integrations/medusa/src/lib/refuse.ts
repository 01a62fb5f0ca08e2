import type { MedusaResponse } from '@medusajs/framework/http';
import type { Settings } from '../modules/live-chat/settings';

/**
 * Answers 503: an option that this route needs is missing or unusable. It is no fault of the
 * caller's login.
 */
export function answerUnavailable(res: MedusaResponse<any>, message: string): void {
  res.setHeader('cache-control', 'no-store');
  res.status(503).json({ type: 'unavailable', message });
}

/** What the shop has to change, of these options; empty where all are right. */
export function problemsOf(
  { problems }: Settings,
  ...options: (keyof Settings['problems'])[]
): string {
  return options.flatMap((option) => problems[option] ?? []).join(' ');
}
