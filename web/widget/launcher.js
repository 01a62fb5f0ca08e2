// @ts-check
/**
 * The storefront's script, `<script type="module" src="…/chat/widget.js"></script>`: registers the
 * element `<live-chat>`, unless a theme or a tag manager has loaded the script before.
 */

import { LiveChat } from './live-chat.js';

if (!customElements.get('live-chat')) customElements.define('live-chat', LiveChat);
