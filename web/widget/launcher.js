// @ts-check
/**
 * The storefront's script, `<script type="module" src="…/chat/widget.js"></script>`: registers the
 * element `<live-chat>`.
 */

import { LiveChat } from './live-chat.js';

customElements.define('live-chat', LiveChat);
