/** What a shop writes as the plugin's `options` in medusa-config.ts. */
export interface LiveChatOptions {
  /** The chat's `PublicUrl`, without a slash at its end. */
  publicUrl: string;
  /** The value of the chat's parameter `jwt-secret`; left out, Medusa's own. */
  jwtSecret?: string;
  /**
   * What the chat's notifications bring in `x-chat-token`; left out, `CHAT_HOOK_TOKEN` of the
   * environment.
   */
  hookToken?: string;
  /** Whether mails of staff also show in the dashboard's bell. */
  feed?: boolean;
}

/**
 * The checked options. What an unusable option would serve is switched off: its value is undefined,
 * and `problems` says why.
 */
export interface Settings {
  publicUrl: string | undefined;
  jwtSecret: string | undefined;
  hookToken: string | undefined;
  feed: boolean;
  /** What the shop has to change, by option. */
  problems: Partial<Record<keyof LiveChatOptions, string>>;
}

/** What the options are completed from. */
export interface Surroundings {
  /** Medusa's own secret: a text, or for some algorithms a key. */
  jwtSecret?: unknown;
  env: Record<string, string | undefined>;
  /** Logs what must be changed. */
  error: (message: string) => void;
  /** Logs what works here and will not work in production. */
  warn: (message: string) => void;
}

/** The shortest secret, in bytes: HS256 asks for as many as its digest has. */
const MIN_SECRET_BYTES = 32;

/**
 * The hook's token, as `MedusaHookToken` in integrations/medusa-notifications/template.yaml allows
 * it.
 */
const HOOK_TOKEN = /^[!-~]{32,512}$/;

/**
 * A finding about an option. A weak value works in development and tests; an unusable one never
 * works.
 */
type Finding = { is: 'unusable' | 'weak'; why: string } | undefined;

/**
 * The plugin's settings. Never throws: a wrong option switches a part of the plugin off, and the
 * shop goes on. Each problem is logged once.
 */
export function settingsOf(
  options: unknown,
  { jwtSecret, env, error, warn }: Surroundings,
): Settings {
  const given: { [name in keyof LiveChatOptions]?: unknown } =
    typeof options === 'object' && options ? options : {};
  const isDevelopment = env.NODE_ENV === 'development' || env.NODE_ENV === 'test';
  const problems: Settings['problems'] = {};

  /** The value where it may be used, else undefined. */
  const checked = <T>(option: keyof LiveChatOptions, value: T, finding: Finding): T | undefined => {
    if (!finding) return value;
    if (finding.is === 'weak' && isDevelopment) {
      warn(
        `medusa-plugin-live-chat: the option ${option} ${finding.why} ` +
          'It works in development only.',
      );
      return value;
    }
    problems[option] = `The option ${option} of medusa-plugin-live-chat ${finding.why}`;
    error(`medusa-plugin-live-chat: the option ${option} ${finding.why} ${WITHOUT[option]}`);
    return undefined;
  };

  const secret = given.jwtSecret || jwtSecret;
  const token = given.hookToken || env.CHAT_HOOK_TOKEN || undefined;
  return {
    publicUrl: checked('publicUrl', given.publicUrl, urlFinding(given.publicUrl)) as
      string | undefined,
    jwtSecret: checked('jwtSecret', secret, secretFinding(secret)) as string | undefined,
    hookToken: checked('hookToken', token, tokenFinding(token)) as string | undefined,
    feed: checked('feed', given.feed, feedFinding(given.feed)) === true,
    problems,
  };
}

/** What is switched off without an option. */
const WITHOUT: Record<keyof LiveChatOptions, string> = {
  publicUrl: 'Until then the dashboard shows no chat.',
  jwtSecret: 'Until then nobody gets a chat token.',
  hookToken: 'Until then every notification of the chat is refused.',
  feed: 'Until then the bell does not ring.',
};

function urlFinding(text: unknown): Finding {
  const unusable = (why: string): Finding => ({ is: 'unusable', why });
  if (text === undefined || text === null || text === '')
    return unusable("is missing. It must be the chat's PublicUrl, as https://chat.example.");
  if (typeof text !== 'string' || !URL.canParse(text) || /\s/.test(text))
    return unusable("must be the chat's PublicUrl, as https://chat.example.");
  const url = new URL(text);
  const isLocal = url.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(url.hostname);
  if (url.protocol !== 'https:' && !isLocal)
    return unusable('must begin with https://; http:// is for localhost and 127.0.0.1 only.');
  if (url.username || url.password || /[?#]/.test(text))
    return unusable('must have no user, no query and no fragment.');
  if (text.endsWith('/')) return unusable('must not end with a slash.');
  return undefined;
}

function secretFinding(secret: unknown): Finding {
  if (!secret)
    return {
      is: 'unusable',
      why:
        "(or else Medusa's http.jwtSecret) is missing. " +
        "It must be the value of the chat's parameter jwt-secret.",
    };
  if (typeof secret !== 'string' || secret.startsWith('-----BEGIN')) {
    return {
      is: 'unusable',
      why:
        "(or else Medusa's http.jwtSecret) is a key, not a secret. " +
        'The chat shares one secret with this plugin.',
    };
  }
  if (secret === 'supersecret')
    return {
      is: 'weak',
      why: "(or else Medusa's http.jwtSecret) is Medusa's default, which everybody knows.",
    };
  if (Buffer.byteLength(secret) < MIN_SECRET_BYTES) {
    return {
      is: 'weak',
      why: `(or else Medusa's http.jwtSecret) is shorter than ${MIN_SECRET_BYTES} bytes.`,
    };
  }
  return undefined;
}

function tokenFinding(token: unknown): Finding {
  if (token === undefined) return undefined;
  if (typeof token !== 'string')
    return { is: 'unusable', why: '(or else CHAT_HOOK_TOKEN) must be a text.' };
  if (!HOOK_TOKEN.test(token)) {
    return {
      is: 'weak',
      why:
        '(or else CHAT_HOOK_TOKEN) must have 32 to 512 letters, digits and signs, ' +
        'without spaces, as openssl rand -hex 32 makes it.',
    };
  }
  return undefined;
}

function feedFinding(feed: unknown): Finding {
  if (feed === undefined || feed === null || typeof feed === 'boolean') return undefined;
  return { is: 'unusable', why: 'must be true or false, and no text.' };
}
