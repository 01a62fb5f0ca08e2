import { errorHandler } from "@medusajs/framework/http"
import { LIVE_CHAT } from "../src/modules/live-chat"
import type { Settings } from "../src/modules/live-chat/settings"

/** A shop's secret. */
export const SECRET = "0123456789abcdef0123456789abcdef"

const SETTINGS: Settings = { publicUrl: "https://chat.example", jwtSecret: SECRET, hookToken: "hook-token", feed: false }

/** What Medusa is asked with, and what it has. */
export interface Call {
  headers?: Record<string, string>
  body?: unknown
  auth_context?: { actor_id: string; actor_type: string }
  session?: { auth_context?: { actor_id: string; actor_type: string } }
  settings?: Partial<Settings>
  /** What Query finds. */
  people?: object[]
  createNotifications?: (notification: any) => Promise<unknown>
}

/** What Medusa answered. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body: any
  /** What Query was asked. */
  asked: any[]
  /** Whether a middleware let the request on. */
  passed: boolean
}

/** Calls a handler as Medusa does: what it throws becomes an answer by Medusa's own error handler. */
export async function call(handler: (...all: any[]) => unknown, given: Call = {}): Promise<Answer> {
  const answer: Answer = { status: 200, headers: {}, body: undefined, asked: [], passed: false }
  const res = {
    setHeader: (name: string, value: string) => void (answer.headers[name] = value),
    status: (status: number) => ((answer.status = status), res),
    sendStatus: (status: number) => ((answer.status = status), res),
    json: (body: unknown) => void (answer.body = body),
  }
  const services: Record<string, unknown> = {
    [LIVE_CHAT]: { settings: { ...SETTINGS, ...given.settings } },
    query: { graph: async (query: unknown) => (answer.asked.push(query), { data: given.people ?? [] }) },
    notification: { createNotifications: given.createNotifications },
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    configModule: { projectConfig: { http: { jwtSecret: SECRET } } },
  }
  const { headers = {}, body, auth_context, session } = given
  const req = { headers, body, auth_context, session, get: (name: string) => headers[name], scope: { resolve: (name: string) => services[name] } }
  try {
    await handler(req, res, () => (answer.passed = true))
  } catch (error) {
    errorHandler()(error as never, req as never, res as never, () => {})
  }
  return answer
}
