import { Module } from '@medusajs/framework/utils';
import LiveChat from './service';

/** Under this name routes find the plugin's settings in Medusa's container. */
export const LIVE_CHAT = 'live_chat';

export default Module(LIVE_CHAT, { service: LiveChat });
