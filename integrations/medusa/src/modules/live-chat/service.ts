import type { ConfigModule, Logger } from "@medusajs/framework/types"
import { settingsOf, type LiveChatOptions, type Settings } from "./settings"

/** Holds what the plugin was configured with. Medusa makes it while it starts: what it throws keeps Medusa from starting. */
export default class LiveChat {
  readonly settings: Settings

  constructor({ configModule, logger }: { configModule: ConfigModule; logger: Logger }, options: Partial<LiveChatOptions> = {}) {
    const { jwtSecret } = configModule.projectConfig.http
    this.settings = settingsOf(options, { jwtSecret, env: process.env, warn: (message) => logger.warn(message) })
  }
}
