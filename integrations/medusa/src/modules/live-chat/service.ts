import type { ConfigModule, Logger } from '@medusajs/framework/types';
import { settingsOf, type Settings } from './settings';

/**
 * Holds the plugin's settings. Medusa makes it while it starts, so it must not throw: the shop
 * would not start.
 */
export default class LiveChat {
  readonly settings: Settings;

  constructor(
    { configModule, logger }: { configModule?: ConfigModule; logger: Logger },
    options?: unknown,
  ) {
    this.settings = settingsOf(options, {
      jwtSecret: configModule?.projectConfig?.http?.jwtSecret,
      env: process.env,
      error: (message) => logger.error(message),
      warn: (message) => logger.warn(message),
    });
  }
}
