import { defineRouteConfig } from '@medusajs/admin-sdk';
import { Spinner } from '@medusajs/icons';
import { Button, clx, Heading, Text } from '@medusajs/ui';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { dashboardAppearance, onAppearance } from '../../lib/appearance';
import { ChatIcon } from '../../lib/chat-icon';
import { conversationIn, hashFor } from '../../lib/conversation-link';
import { loginUrl, unread } from '../../lib/dashboard';
import { dashboardFont } from '../../lib/fonts';
import { Handshake, RETRY_MS } from '../../lib/handshake';
import { sdk } from '../../lib/sdk';

/**
 * How long the inbox may take to say that it is there. A frame that the browser blocks says
 * nothing.
 */
const SILENCE_MS = 15_000;
/** The height of the dashboard's top bar, until it is measured. */
const TOP_PX = 53;
const TITLE = 'Chat - Medusa';

type State =
  { is: 'loading' } | { is: 'connected' } | { is: 'broken'; why: string; retry?: () => void };

/** The chat's inbox, in a frame. */
const ChatPage = () => {
  const [attempt, setAttempt] = useState(0);
  return <Inbox key={attempt} onReload={() => setAttempt(attempt + 1)} />;
};

const Inbox = ({ onReload }: { onReload: () => void }) => {
  const area = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLIFrameElement>(null);
  const [state, setState] = useState<State>({ is: 'loading' });
  const [top, setTop] = useState(TOP_PX);

  useEffect(() => connect(() => frame.current, setState), []);
  useEffect(showTitle, []);
  useLayoutEffect(() => setTop(area.current?.getBoundingClientRect().top ?? TOP_PX), []);

  // The inbox has cards of its own, so it fills the main area, the gutter included. The frame
  // stays, whatever happens: somebody may be writing in it.
  return (
    <div
      ref={area}
      className="relative -m-3 overflow-hidden"
      style={{ height: `calc(100dvh - ${top}px)`, minHeight: 400 }}
    >
      <iframe
        ref={frame}
        title="Chat"
        className={clx('block h-full w-full border-0', state.is !== 'connected' && 'invisible')}
      />
      {state.is === 'loading' && (
        <div
          className="absolute inset-0 flex items-center justify-center"
          role="status"
          aria-label="Loading the chat"
        >
          <Spinner className="text-ui-fg-interactive animate-spin" />
        </div>
      )}
      {state.is === 'broken' && (
        <div
          className={
            'absolute inset-0 flex flex-col items-center justify-center gap-y-4 p-6 text-center'
          }
          role="alert"
        >
          <Heading level="h2">The chat cannot be shown</Heading>
          <Text size="small" className="text-ui-fg-subtle max-w-[480px]">
            {state.why}
          </Text>
          <Button variant="secondary" size="small" onClick={state.retry ?? onReload}>
            Try again
          </Button>
        </div>
      )}
    </div>
  );
};

/** Loads the inbox into the frame and hands it tokens, until the returned function is called. */
function connect(frame: () => HTMLIFrameElement | null, show: (state: State) => void): () => void {
  const ends = new AbortController();
  const { signal } = ends;
  const open = async () => {
    const { url } = await sdk.client.fetch<{ url: string }>('/admin/chat-settings');
    const inbox = frame();
    if (signal.aborted || !inbox) return;

    const silence = setTimeout(() => {
      handshake.stop();
      const here = window.location.origin;
      show({
        is: 'broken',
        why:
          `The inbox at ${url} does not answer. ` +
          `Its server must be up, and its EmbedOrigins must name ${here}.`,
      });
    }, SILENCE_MS);
    const handshake = new Handshake({
      origin: new URL(url).origin,
      peer: () => inbox.contentWindow,
      getToken: async () =>
        (await sdk.client.fetch<{ token: string }>('/admin/chat-token', { method: 'POST' })).token,
      getAppearance: dashboardAppearance,
      loginUrl: loginUrl(),
      onOutcome: (outcome, error) => {
        clearTimeout(silence);
        // Without a login the inbox itself says what to do, over what was being written.
        if (outcome === 'connected' || outcome === 'signed-out') show({ is: 'connected' });
        if (outcome === 'connected' && !hasFont) {
          hasFont = true;
          // Without it the inbox keeps the system's.
          dashboardFont().then(
            (font) => font && handshake.showFont(font),
            () => {},
          );
        }
        if (outcome === 'failed')
          show({
            is: 'broken',
            why: `Medusa gives no token for the chat: ${reasonOf(error)}`,
            retry,
          });
        if (outcome === 'refused') {
          show({
            is: 'broken',
            why:
              "The chat does not accept Medusa's tokens. " +
              "The plugin's jwtSecret must equal the chat's parameter jwt-secret, " +
              'and the clocks of both servers must be right.',
          });
        }
      },
      onUnread: (count) => unread.set(count),
      onOpened: (conversation) => {
        // The router's own state stays.
        const { pathname, search } = window.location;
        window.history.replaceState(
          window.history.state,
          '',
          pathname + search + hashFor(conversation),
        );
      },
    });
    let hasFont = false;
    const retry = () => {
      show({ is: 'loading' });
      void handshake.hand();
    };
    const follows = unread.follow();
    const again = setInterval(() => handshake.retry(), RETRY_MS);
    window.addEventListener('message', handshake.hear, { signal });
    window.addEventListener('focus', () => handshake.check(), { signal });
    // A frame that has the focus keeps it from the page around it.
    document.addEventListener(
      'visibilitychange',
      () => document.visibilityState === 'visible' && handshake.check(),
      { signal },
    );
    window.addEventListener(
      'hashchange',
      () => handshake.open(conversationIn(window.location.hash)),
      { signal },
    );
    onAppearance(() => handshake.showAppearance(), signal);
    signal.addEventListener('abort', () => {
      clearTimeout(silence);
      clearInterval(again);
      follows();
      handshake.stop();
    });
    // Only now: whatever the inbox says first is heard.
    const { language } = dashboardAppearance();
    const hash = hashFor(conversationIn(window.location.hash));
    inbox.src = `${url}/app/chat?embed=1&lang=${language}${hash}`;
  };
  open().catch((error: unknown) => {
    if (signal.aborted) return;
    // 503 says which options are missing or wrong.
    const isExplained = (error as { status?: number } | undefined)?.status === 503;
    show({
      is: 'broken',
      why: isExplained ? reasonOf(error) : `The chat's settings cannot be read: ${reasonOf(error)}`,
    });
  });
  return () => ends.abort();
}

/** The tab's title, with the number of unread messages; the dashboard of 2.12 sets none. */
function showTitle(): () => void {
  const before = document.title;
  const show = () => {
    const count = unread.get();
    document.title = count > 0 ? `(${count}) ${TITLE}` : TITLE;
  };
  const stop = unread.subscribe(show);
  show();
  return () => {
    stop();
    document.title = before;
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The page's name in the dashboard's top bar. */
export const handle = { breadcrumb: () => 'Chat' };

export const config = defineRouteConfig({ label: 'Chat', icon: ChatIcon });

export default ChatPage;
