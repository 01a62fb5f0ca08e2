import { defineRouteConfig } from '@medusajs/admin-sdk';
import { ChatBubbleLeftRight, Spinner } from '@medusajs/icons';
import { Button, clx, Container, Heading, Text } from '@medusajs/ui';
import { useEffect, useRef, useState } from 'react';
import { Handshake } from '../../lib/handshake';
import { sdk } from '../../lib/sdk';

/**
 * How long the inbox may take to say that it is there. A frame that the browser blocks says
 * nothing.
 */
const SILENCE_MS = 15_000;

type State =
  { is: 'loading' } | { is: 'connected' } | { is: 'broken'; why: string; retry?: () => void };

/** The chat's inbox, in a frame. */
const ChatPage = () => {
  const [attempt, setAttempt] = useState(0);
  return <Inbox key={attempt} onReload={() => setAttempt(attempt + 1)} />;
};

const Inbox = ({ onReload }: { onReload: () => void }) => {
  const frame = useRef<HTMLIFrameElement>(null);
  const [state, setState] = useState<State>({ is: 'loading' });

  useEffect(() => connect(() => frame.current, setState), []);

  // The height is what the dashboard's top bar and gutter leave. The frame stays, whatever happens:
  // somebody may be writing in it.
  return (
    <Container
      className="relative overflow-hidden p-0"
      style={{ height: 'calc(100dvh - 90px)', minHeight: 400 }}
    >
      <iframe
        ref={frame}
        title="Chat"
        className={clx('h-full w-full border-0', state.is !== 'connected' && 'invisible')}
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
    </Container>
  );
};

/** Loads the inbox into the frame and hands it tokens, until the returned function is called. */
function connect(frame: () => HTMLIFrameElement | null, show: (state: State) => void): () => void {
  const ends = new AbortController();
  const open = async () => {
    const { url } = await sdk.client.fetch<{ url: string }>('/admin/chat-settings');
    const inbox = frame();
    if (ends.signal.aborted || !inbox) return;

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
      onOutcome: (outcome, error) => {
        clearTimeout(silence);
        if (outcome === 'connected') show({ is: 'connected' });
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
              "The plugin's jwtSecret must equal the chat's parameter jwt-secret.",
          });
        }
      },
    });
    const retry = () => {
      show({ is: 'loading' });
      void handshake.hand();
    };
    window.addEventListener('message', handshake.hear, { signal: ends.signal });
    ends.signal.addEventListener('abort', () => {
      clearTimeout(silence);
      handshake.stop();
    });
    // Only now: whatever the inbox says first is heard.
    inbox.src = `${url}/app/chat?embed=1`;
  };
  open().catch((error: unknown) => {
    if (ends.signal.aborted) return;
    // 503 says which options are missing or wrong.
    const isExplained = (error as { status?: number } | undefined)?.status === 503;
    show({
      is: 'broken',
      why: isExplained ? reasonOf(error) : `The chat's settings cannot be read: ${reasonOf(error)}`,
    });
  });
  return () => ends.abort();
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The page's name in the dashboard's top bar. */
export const handle = { breadcrumb: () => 'Chat' };

export const config = defineRouteConfig({ label: 'Chat', icon: ChatBubbleLeftRight });

export default ChatPage;
