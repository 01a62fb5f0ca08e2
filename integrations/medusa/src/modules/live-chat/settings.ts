/** What a shop writes as the plugin's `options` in medusa-config.ts. */
export interface LiveChatOptions {
  /** The chat's `PublicUrl`, without a slash at its end. */
  publicUrl: string
  /** What stands in the chat's parameter `jwt-secret`; else Medusa's own. */
  jwtSecret?: string
  /** What the chat's notifications bring in `x-chat-token`; else `CHAT_HOOK_TOKEN` of the environment. */
  hookToken?: string
  /** Whether mails of staff show behind the dashboard's bell as well. */
  feed?: boolean
}

/** The options, checked and complete. */
export interface Settings {
  publicUrl: string
  jwtSecret: string
  hookToken: string | undefined
  feed: boolean
}

/** What the options are completed from. */
export interface Surroundings {
  /** Medusa's own secret: a text, or for some algorithms a key. */
  jwtSecret: unknown
  env: Record<string, string | undefined>
  warn: (message: string) => void
}

/** The shortest secret, in bytes: HS256 asks for as many as its digest has. */
const MIN_SECRET_BYTES = 32

/** The plugin's settings. Throws what the shop has to change. */
export function settingsOf(options: Partial<LiveChatOptions>, { jwtSecret, env, warn }: Surroundings): Settings {
  const publicUrl = checkedUrl(options.publicUrl)
  const secret = options.jwtSecret || jwtSecret
  const problem = problemOf(secret)
  if (problem) {
    const message = `medusa-plugin-live-chat: the option jwtSecret (else Medusa's http.jwtSecret) ${problem}`
    if (env.NODE_ENV !== "development" && env.NODE_ENV !== "test") throw new Error(message)
    warn(`${message} Outside development Medusa will not start with it.`)
  }
  return {
    publicUrl,
    jwtSecret: typeof secret === "string" ? secret : "",
    hookToken: options.hookToken || env.CHAT_HOOK_TOKEN || undefined,
    feed: options.feed === true,
  }
}

function checkedUrl(text: unknown): string {
  const refuse = (why: string) => new Error(`medusa-plugin-live-chat: the option publicUrl ${why}`)
  if (typeof text !== "string" || !URL.canParse(text)) throw refuse("must be the chat's PublicUrl, as https://chat.example.")
  const url = new URL(text)
  const isLocal = url.protocol === "http:" && ["localhost", "127.0.0.1"].includes(url.hostname)
  if (url.protocol !== "https:" && !isLocal) throw refuse("must begin with https://; http:// is for localhost and 127.0.0.1 only.")
  if (url.username || url.password || /[?#]/.test(text)) throw refuse("must have no user, no query and no fragment.")
  if (text.endsWith("/")) throw refuse("must not end with a slash.")
  return text
}

function problemOf(secret: unknown): string | undefined {
  if (!secret) return "is missing. It must be what stands in the chat's parameter jwt-secret."
  if (typeof secret !== "string" || secret.startsWith("-----BEGIN")) return "is a key, not a secret. The chat shares one secret with this plugin."
  if (secret === "supersecret") return "is Medusa's default, which everybody knows."
  if (Buffer.byteLength(secret) < MIN_SECRET_BYTES) return `is shorter than ${MIN_SECRET_BYTES} bytes.`
  return undefined
}
