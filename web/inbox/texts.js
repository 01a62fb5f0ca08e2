// @ts-check
/**
 * The inbox's texts. English is here; each other language is a module, loaded when needed. One
 * language is used for the whole page, and does not change while the page lives: so any module may
 * use `texts` once `speak` has run.
 */

const ENGLISH = {
  lang: 'en',
  dir: 'ltr',
  title: 'Inbox',

  signInTitle: 'Sign in to the inbox',
  signIn: 'Sign in',
  signingIn: 'Signing in…',
  signOut: 'Sign out',
  email: 'Email',
  password: 'Password',
  useToken: 'Use a token instead',
  token: 'Token of a Medusa user',
  wrongPassword: 'Invalid email or password',
  medusaUnreachable:
    'Medusa at {url} cannot be reached. Check the connection and try again. If this is not ' +
    'Medusa’s address, correct the chat’s MEDUSA_URL.',
  medusaRefuses:
    'Medusa at {url} refuses sign-ins from this page. Its AUTH_CORS must name {origin}. If ' +
    'this is not Medusa’s address, correct the chat’s MEDUSA_URL.',
  medusaElsewhere:
    'There is no Medusa at {url} (status {status}). The chat’s MEDUSA_URL must be the ' +
    'address of Medusa’s server.',
  medusaSlow: 'Medusa at {url} does not answer. Try again later.',
  offlineSignIn: 'You are offline.',
  loggedOut: 'You are logged out of Medusa.',
  logInAgain: 'Log in again',
  logIn: 'Log in to Medusa',
  logInHint: 'Then come back to this tab: what you wrote is kept.',
  medusaFailed: 'Medusa answered with status {status}',
  notAToken: 'This is not a Medusa token.',
  foreignToken: 'This token does not belong to a Medusa user of the shop.',
  expiredToken: 'This token has expired.',
  refusedToken: 'The server does not accept this token.',
  expiredSession: 'Your session has expired. Sign in again to go on where you were.',

  offline: 'You are offline. What you write is kept, and sent when you are back.',
  reconnecting: 'Reconnecting… New messages may be missing. What you write is kept.',
  tryAgain: 'Try again',
  close: 'Close',
  cancel: 'Cancel',
  save: 'Save',

  conversations: 'Conversations',
  newConversation: 'New conversation',
  newConversationKey: 'New conversation ({key})',
  customerId: 'Customer id',
  open: 'Open',
  idMissing: 'Type the id of a customer.',
  idOfAdmin: 'This is an admin. The ids of customers begin with cus_.',
  idOfNobody: 'The ids of customers begin with cus_. Names and emails can be searched.',
  idUnknown: 'Nobody with the id {id} has written yet. Is it right? The conversation will be new.',
  openAnyway: 'Open anyway',
  searchInstead: 'Search instead',
  unread: { one: 'unread', other: 'unread' },
  search: 'Search…',
  searchLabel: 'Search conversations',
  searchTooShort: 'Type at least {count} characters',
  searching: 'Searching…',
  found: { one: '{count} found', other: '{count} found' },
  notFound: 'Nobody found',
  notFoundHint: 'Search goes by name, email, or the start of an id.',
  noConversations: 'No conversations yet',
  noConversationsHint: 'They appear here as soon as a customer writes.',
  noMessages: 'No messages yet',
  noMessagesHint: 'Write the first one below.',
  guest: 'Guest',
  visitor: 'Visitor {id}',
  unverified: 'Unverified',
  unverifiedLong: 'The guest typed this name; nobody has checked it',
  you: 'You',
  team: 'Team',
  withYou: 'with you',
  withAdmin: 'with {name}',
  withShop: 'with the shop',
  preview: '{name}: {text}',
  typing: 'Typing…',
  typingBy: { one: '{names} is typing…', other: '{names} are typing…' },
  here: 'Here now',
  looking: { one: '{names} looking', other: '{names} looking' },
  lookingLong: {
    one: '{names} is looking at this conversation',
    other: '{names} are looking at this conversation',
  },
  waiting: 'waiting',
  waitingLong: 'Waiting for an answer: {time}',
  newAbove: { one: '{count} new', other: '{count} new' },

  views: 'Views',
  queues: {
    mine: 'Mine',
    waiting: 'Waiting',
    unassigned: 'Unassigned',
    snoozed: 'Snoozed',
    closed: 'Closed',
    all: 'All',
  },
  conversationCount: { one: 'conversation', other: 'conversations' },
  emptyView: 'No conversations here',
  allAnswered: 'Nobody waits for an answer.',
  closed: 'Closed',
  snoozedUntil: 'Snoozed until {time}',
  assignee: 'Assignee',
  draftPreview: 'Draft: {text}',
  notePreview: 'Note: {text}',
  assign: 'Assign',
  assignedTo: 'Assigned to {name}',
  unassignedNow: 'Assigned to nobody',
  me: 'Me',
  nobody: 'Nobody',
  snooze: 'Snooze',
  snoozeHour: 'In an hour',
  snoozeEvening: 'This evening',
  snoozeTomorrow: 'Tomorrow',
  snoozeWeek: 'Next week',
  snoozeOther: 'Another time…',
  snoozeUntil: 'Until',
  snoozedNow: 'Snoozed.',
  more: 'More',
  markUnread: 'Mark as unread',
  copyLink: 'Copy link',
  linkCopied: 'Link copied.',
  reopen: 'Reopen',
  closedNow: 'Closed.',
  reopened: 'Reopened.',
  withKey: '{what} ({key})',
  undo: 'Undo',
  notChanged: 'Not changed: {reason}',
  closedMany: { one: '{count} closed.', other: '{count} closed.' },
  closedAllCaughtUp: 'Closed. All caught up: nobody waits.',
  allCaughtUp: 'All caught up',
  allCaughtUpHint: 'No customer waits for an answer.',
  label: 'Label',
  labels: 'Labels',
  noLabels: 'There are no labels yet. Add some under Settings, “Manage labels”.',
  manageLabels: 'Manage labels',
  labelsHint: 'Every admin sees the same labels. Conversations keep a label that is removed here.',
  addLabel: 'Add a label',
  removeLabel: 'Remove this label',
  labelName: 'Name',
  labelColor: 'Color',
  labelsStale: 'Somebody else has changed the labels meanwhile. Close this and open it again.',
  bulk: 'Ticked conversations',
  bulkCount: { one: '{count} ticked', other: '{count} ticked' },
  bulkClear: 'Tick none',
  bulkProgress: 'Progress',
  kind: 'Reply or note',
  replyTab: 'Reply',
  note: 'Note',
  writeNote: 'Write a note. Only staff sees it. @ names a colleague.',
  addNote: 'Add note',
  sendAndClose: 'Send & close',
  sendAndSnooze: 'Send & snooze',
  moreWays: 'More ways to send',
  noteBy: 'Note by {name}',
  onlyStaff: 'only staff',
  noteDeleted: 'Note deleted',
  editNote: 'Edit note',
  mentioned: '{name} mentioned you',
  lineTook: '{name} took this',
  lineAssigned: '{name} assigned this to {other}',
  lineUnassigned: '{name} assigned this to nobody',
  lineLabelled: 'labelled {labels}',
  lineUnlabelled: 'removed the label {labels}',
  lineSnoozed: 'Snoozed until {time} by {name}',
  lineClosed: 'Closed by {name}',
  lineClosedAlone: 'Closed automatically',
  lineOpened: 'Reopened by {name}',
  lineWoke: 'The snooze has ended',

  details: 'Details',
  closeDetails: 'Close the details',
  customer: 'Customer',
  contact: 'Contact',
  writesSince: 'First contact',
  reach: 'Answers',
  lastRead: 'Last read',
  lastAnswer: 'Last answer',
  readByThem: 'read',
  notReadYet: 'not read yet',
  lastMail: 'Last mail',
  never: 'never',
  noMail: 'No mail goes to this person: answers wait in the chat.',
  cases: 'Cases',
  caseCount: { one: '{count} case', other: '{count} cases' },
  otherConversations: 'Other conversations',
  removeLabelNamed: 'Remove the label {name}',
  commands: 'Commands',
  commandsHint: 'Command or name…',
  searchFor: 'Search the list for “{term}”',
  medianReply: '{time} median reply',
  medianReplyLong: 'Half of the last answers came within {time}.',

  conversation: 'Conversation',
  choose: 'Choose a conversation',
  chooseKeys:
    '{next}{previous} for the next and the previous, {open} to write, {help} for all shortcuts',
  loading: 'Loading messages',
  missing: 'There is no such conversation.',
  loadingOlder: 'Loading earlier messages…',
  messages: 'Messages',
  back: 'Back to the list',
  markRead: 'Mark as read',
  notMarked: 'Not marked as read: {reason}',
  fresh: 'New',
  newMessages: { one: '{count} new message', other: '{count} new messages' },
  jump: { one: '{count} unread · jump to it', other: '{count} unread · jump to first' },
  missed: { one: '{count} new while you were away', other: '{count} new while you were away' },
  latest: 'Latest',
  system: 'System message',
  meeting: 'Meeting',
  proposeMeeting: 'Propose a meeting',
  meetingStart: 'Start',
  meetingLength: 'Length',
  meetingTitle: 'Title',
  meetingLink: 'Link',
  meetingWords: 'Shall we meet? {time}',
  changeMeeting: 'Change the time',
  addToCalendar: 'Add to calendar',
  fromPage: 'Sent from {page}',
  sending: 'Sending…',
  sent: 'Sent',
  read: 'Read',
  edited: 'Edited',
  deleted: 'Message deleted',
  labelSending: 'You, sending',
  labelNotSent: 'You, not sent',
  notSent: 'Not sent: {reason}',
  retry: 'Retry',
  discard: 'Discard',
  edit: 'Edit',
  editLabel: 'Edit message',
  notSaved: 'Not saved: {reason}',
  remove: 'Delete',
  keep: 'Keep',
  sure: 'Delete this message?',
  notDeleted: 'Not deleted: {reason}',

  message: 'Message',
  write: 'Write a reply…',
  send: 'Send',
  sendKey: 'Send ({key})',
  composerKeys: '{send} to send · {reply} for replies',
  repliedMeanwhile: '{name} replied while you were writing: {text}',
  sendAnyway: 'Send anyway',
  noFiles: 'Files can be sent in an open conversation, as a reply.',
  attach: 'Attach files',
  photo: 'Photo',

  replies: 'Replies',
  insertReply: 'Insert a reply',
  noReplies: 'There are no replies yet. Add some under Settings, “Manage replies”.',
  repliesFailed: 'Replies: {reason}',
  addReply: 'Add a reply',
  removeReply: 'Remove this reply',
  repliesHint: 'Type / and the shortcut in a message. {code} becomes the customer’s first name.',
  reply: 'Reply',
  replyExample: 'Hello {code}, …',
  shortcut: 'Shortcut',
  shortcutExample: 'shortcut',
  shortcutForm: 'Letters, digits, - and _',

  settings: 'Settings',
  alerts: 'Alerts',
  sound: 'Sound',
  desktop: 'Desktop notifications',
  push: 'Also while the inbox is closed',
  pushText: 'Show what was written',
  pushIsOn: 'This browser is notified of messages while you are away.',
  pushIsOff: 'This browser is no longer notified while the inbox is closed.',
  pushSent: 'A notification from the server is on its way.',
  pushEmbedded: 'Open the inbox in a tab of its own to be notified while it is closed.',
  pushMissing:
    'This browser cannot be notified while the inbox is closed. On an iPhone or iPad, add the ' +
    'inbox to the home screen first.',
  pushFailed: 'The browser’s push service cannot be reached. Try again later.',
  pushRefused: 'The server cannot be reached. Try again later.',
  testAlerts: 'Test my alerts',
  chimed: 'You should have heard a chime.',
  notified: 'A notification should have appeared.',
  noAlerts: 'Sound and notifications are both off: only the page title will tell you.',
  noNotifications: 'This browser has no notifications.',
  blockedNotifications:
    'Notifications are blocked for this page. Allow them in the browser’s settings for this site.',
  exampleTitle: 'Live chat',
  example: 'This is what a new message looks like.',
  manageReplies: 'Manage replies',

  shortcuts: 'Keyboard shortcuts',
  letterKeys: 'Use single-letter shortcuts',
  or: '{one} or {other}',
  keyControl: 'Ctrl',
  keyEnter: 'Enter',
  keyEscape: 'Esc',
  helpNext: 'Open the next conversation',
  helpPrevious: 'Open the previous conversation',
  helpMove: 'Move in the list',
  helpOpen: 'Open the conversation and write',
  helpFinish: 'Close, and go to the one that waits longest',
  helpAssign: 'Assign',
  helpToMe: 'Assign to me',
  helpSnooze: 'Snooze',
  helpLabel: 'Labels',
  helpUnread: 'Mark as unread',
  helpNote: 'Write a note',
  helpSendAndClose: 'Send and close',
  helpTick: 'Tick, to work on several',
  helpReply: 'Reply',
  helpSearch: 'Search; in a message, insert a reply',
  helpCommands: 'All commands, and conversations by name',
  helpNew: 'New conversation',
  helpEdit: 'In an empty message, edit your last one',
  helpBack: 'Back: from the message to the list, and out of it',
  helpHelp: 'This help',

  shop: 'The shop',
  shopLoading: 'Asking the shop …',
  shopUnknown: 'The shop does not know this customer.',
  shopNobody: 'The shop finds nobody.',
  customerSearch: 'Name, email, order number or customer id',
  customerSince: 'Customer since',
  orders: 'Orders',
  spent: 'Spent',
  orderItem: '{count} × {title}',
  allOrders: { one: 'Show the last order', other: 'Show the last {count} orders' },
  openInMedusa: 'Open in Medusa',
  pickProduct: 'Send a product',
  productSearch: 'Product',
  /** By Medusa's words. @type {Record<string, string>} */
  orderStates: {
    not_fulfilled: 'Not shipped',
    partially_fulfilled: 'Partly packed',
    fulfilled: 'Packed',
    partially_shipped: 'Partly shipped',
    shipped: 'Shipped',
    partially_delivered: 'Partly delivered',
    delivered: 'Delivered',
    not_paid: 'Not paid',
    awaiting: 'Payment expected',
    requires_action: 'Payment needs an action',
    authorized: 'Payment authorized',
    partially_authorized: 'Payment partly authorized',
    captured: 'Paid',
    partially_captured: 'Partly paid',
    refunded: 'Refunded',
    partially_refunded: 'Partly refunded',
    canceled: 'Cancelled',
  },
  shopSettings: 'Shop settings',
  openingHours: 'Opening hours',
  alwaysOpen: 'Always open',
  openByHours: 'Open at these hours',
  timeZone: 'Time zone',
  useZone: 'Use {zone}',
  zoneUnknown: 'This time zone is not known.',
  hoursWrong: 'Check the hours of {day}: a span ends after it begins, and none overlap.',
  dateWrong: 'Each date is needed, and only once.',
  likeDay: 'Like {day}',
  exceptions: 'Other hours on a date',
  exceptionsHint: 'For holidays, for example. Without hours the shop is closed.',
  date: 'Date',
  removeDate: 'Remove date',
  addDate: 'Add a date',
  from: 'from',
  until: 'to',
  removeHours: 'Remove hours',
  addHours: 'Add hours',
  shut: 'Closed',
  welcomeAndAway: 'Welcome and away',
  greeting: 'Greeting',
  greetingHint: 'The shop’s first bubble. Without one, the widget’s own is shown.',
  awayMessage: 'Away message',
  awayHint: 'Answers a message while the shop is closed. Without one, there is no answer.',
  questions: 'Quick questions',
  questionsHint: 'Buttons that send this text. At most five.',
  questionNumber: 'Question {number}',
  removeQuestion: 'Remove question',
  addQuestion: 'Add a question',
  textLanguage: 'Language',
  languageHint: 'Readers of other languages see the first one.',
  addLanguage: 'Add a language',
  languageUnknown: 'This is no language. An example is pt-BR.',
  add: 'Add',
  answersAndRatings: 'Answers and ratings',
  askEmail: 'Ask guests for an e-mail address',
  askEmailNever: 'Never',
  askEmailAway: 'When the shop is closed or nobody is here',
  askEmailAlways: 'Always',
  assignOnReply: 'Assign a conversation to the first who answers',
  askForRating: 'Ask for a rating after a close',
  closeAfter: 'Close after so many days without a message',
  closeAfterHint: 'Empty: never',
  notifyAfter: 'Seconds until a mail about an unread message',
  numberWrong: 'Check this number.',
  previewTitle: 'Preview',
  previewAt: 'What customers see',
  previewNow: 'Now',
  backAt: 'Closed, back {time}',
  replySoon: 'We reply as soon as we can',
  unsaved: 'You have unsaved changes.',
  discardChanges: 'Discard',
  keepEditing: 'Keep editing',
  settingsSaved: 'Settings saved',
  savedElsewhere: 'Somebody else has saved these settings: {fields}.',
  keepMine: 'Keep mine',
  loadTheirs: 'Load theirs',
  fieldRefused: 'The server does not accept this.',
  rating: 'Rating',
  ratingScore: '{count} of 5',
  lineRated: '{name} rated this {count} of 5',
  sendTranscript: 'Send me this by mail',
  transcriptSent: 'The conversation is on its way to your address',
  transcriptNoMail: 'Your profile has no mail address',
  tooOften: 'Too often, try again later',
  /**
   * By the server's message or its type. Its messages are English already. Other languages have a
   * text for each type.
   * @type {Record<string, string>}
   */
  errors: {},
};

/**
 * @typedef {typeof ENGLISH} Texts
 * @typedef {{ one: string, other: string }} Forms By `Intl.PluralRules`.
 */

const OTHERS = ['de', 'es', 'fr'];
/** A browser does not load an address again that has failed. */
const QUERIES = ['', '?2', '?3'];

/** @type {Texts} */
export let texts = ENGLISH;
/** The language of `texts` with the browser's region: for clocks, dates and numbers. */
export let locale = ENGLISH.lang;

/**
 * Sets the page's language: that which the address names, as in `?lang=fr`, else the first of the
 * browser's that the inbox has, else English.
 */
export async function speak() {
  const named = new URLSearchParams(location.search).get('lang');
  const lang = chosen(named);
  texts = lang === ENGLISH.lang ? ENGLISH : await load(lang);
  locale = localeOf(texts.lang);
  Object.assign(document.documentElement, { lang: texts.lang, dir: texts.dir });
  document.title = texts.title;
}

/**
 * Loads the page in another language. What is open, the drafts and the token are kept.
 * @param {string} language As pages and browsers name it: `de-AT`.
 */
export function changeLanguage(language) {
  const url = new URL(location.href);
  if (chosen(language) === texts.lang || url.searchParams.get('lang') === language) return;
  url.searchParams.set('lang', language);
  location.replace(url);
}

/** @param {string | null} named Preferred to the browser's languages. */
function chosen(named) {
  const wanted = [named ?? '', ...navigator.languages].map((tag) =>
    tag.split(/[-_]/)[0].toLowerCase(),
  );
  return wanted.find((lang) => lang === ENGLISH.lang || OTHERS.includes(lang)) ?? ENGLISH.lang;
}

/** @param {string} lang @returns {Promise<Texts>} English if the language cannot be loaded. */
async function load(lang) {
  for (const query of QUERIES)
    try {
      // The build's name of `texts/${lang}.js`.
      return (await import(`./inbox-texts-${lang}.js${query}`)).texts;
    } catch {}
  return ENGLISH;
}

/**
 * @param {string} lang
 * @returns {string} With the browser's region. A day of 24 hours is kept also where the language is
 *   not spoken; one of 12 hours might bring words that the language does not have.
 */
function localeOf(lang) {
  try {
    const { region } = new Intl.Locale(navigator.language).maximize();
    const { hourCycle } = new Intl.DateTimeFormat(navigator.language, {
      timeStyle: 'short',
    }).resolvedOptions();
    const has24Hours = hourCycle === 'h23' || hourCycle === 'h24';
    return new Intl.Locale(lang, { region, ...(has24Hours && { hourCycle }) }).toString();
  } catch {
    // Some browsers name languages that they do not know.
    return lang;
  }
}
