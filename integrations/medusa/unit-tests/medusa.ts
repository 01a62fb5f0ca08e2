import { errorHandler } from '@medusajs/framework/http';
import { MedusaError } from '@medusajs/framework/utils';
import { LIVE_CHAT } from '../src/modules/live-chat';
import type { Settings } from '../src/modules/live-chat/settings';

/** A shop's secret. */
export const SECRET = '0123456789abcdef0123456789abcdef';

const SETTINGS: Settings = {
  publicUrl: 'https://chat.example',
  jwtSecret: SECRET,
  hookToken: 'hook-token',
  feed: false,
  problems: {},
};

/** A row of Medusa's notifications. */
interface Row {
  id: string;
  idempotency_key: string;
  channel: string;
  status: 'pending' | 'success' | 'failure';
}

/**
 * Behaves as `@medusajs/notification` does in 2.12.6 and 2.21.2 (notification-module-service.js),
 * its fault included: a key that failed is sent again under an id that is not inserted, so the
 * update afterwards fails.
 */
export class NotificationModule {
  /** What providers have sent. */
  readonly sent: any[] = [];
  readonly rows: Row[] = [];
  #ids = 0;

  /** What the provider of each channel does; a channel without one has no provider. */
  constructor(
    readonly providers: Record<string, () => Promise<unknown>> = {
      email: async () => {},
      feed: async () => {},
    },
  ) {}

  createNotifications = async (entry: any): Promise<void> => {
    const known = this.rows.find((row) => row.idempotency_key === entry.idempotency_key);
    if (known && known.status !== 'failure') return;
    const row: Row = {
      id: `noti_${++this.#ids}`,
      idempotency_key: entry.idempotency_key,
      channel: entry.channel,
      status: 'pending',
    };
    if (!known) this.rows.push(row);
    try {
      await this.#send(row, entry);
    } finally {
      if (known)
        throw new MedusaError(
          MedusaError.Types.NOT_FOUND,
          `Notification with id "${row.id}" not found`,
        );
    }
  };

  listNotifications = async (filter: object): Promise<Row[]> =>
    this.rows.filter((row) =>
      Object.entries(filter).every(([name, value]) => row[name as keyof Row] === value),
    );

  deleteNotifications = async (ids: string[]): Promise<void> => {
    for (const id of ids)
      this.rows.splice(
        this.rows.findIndex((row) => row.id === id),
        1,
      );
  };

  async #send(row: Row, entry: any): Promise<void> {
    row.status = 'failure';
    const provider = this.providers[entry.channel];
    // Medusa joins errors into one that has no type.
    if (!provider)
      throw new Error(
        `Could not find a notification provider for channel: ${entry.channel} ` +
          `for notification id ${row.id}`,
      );
    try {
      await provider();
    } catch (error) {
      throw new Error(
        `Failed to send notification with id ${row.id}:\n${(error as Error).message}`,
      );
    }
    this.sent.push(entry);
    row.status = 'success';
  }
}

/** What Medusa is asked with, and what it has. */
export interface Call {
  headers?: Record<string, string>;
  body?: unknown;
  auth_context?: { actor_id: string; actor_type: string };
  session?: { auth_context?: { actor_id: string; actor_type: string } };
  settings?: Partial<Settings>;
  /** What Query finds. */
  people?: object[];
  notifications?: NotificationModule;
}

/** What Medusa answered. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: any;
  /** What Query was asked. */
  asked: any[];
  /** Whether a middleware let the request on. */
  passed: boolean;
}

/**
 * Calls a handler as Medusa does: what it throws becomes an answer by Medusa's own error handler.
 */
export async function call(handler: (...all: any[]) => unknown, given: Call = {}): Promise<Answer> {
  const answer: Answer = { status: 200, headers: {}, body: undefined, asked: [], passed: false };
  const res = {
    setHeader: (name: string, value: string) => void (answer.headers[name] = value),
    status: (status: number) => ((answer.status = status), res),
    sendStatus: (status: number) => ((answer.status = status), res),
    json: (body: unknown) => void (answer.body = body),
  };
  const services: Record<string, unknown> = {
    [LIVE_CHAT]: { settings: { ...SETTINGS, ...given.settings } },
    query: {
      graph: async (query: unknown) => (answer.asked.push(query), { data: given.people ?? [] }),
    },
    notification: given.notifications,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    configModule: { projectConfig: { http: { jwtSecret: SECRET } } },
  };
  const { headers = {}, body, auth_context, session } = given;
  const req = {
    headers,
    body,
    auth_context,
    session,
    get: (name: string) => headers[name],
    scope: { resolve: (name: string) => services[name] },
  };
  try {
    await handler(req, res, () => (answer.passed = true));
  } catch (error) {
    errorHandler()(error as never, req as never, res as never, () => {});
  }
  return answer;
}
