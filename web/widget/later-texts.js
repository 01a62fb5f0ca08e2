// @ts-check
/** The English texts of what is loaded later. The module of another language has them all. */

export const LATER_ENGLISH = {
  all: 'All chats',
  back: 'Back',
  ask: 'Ask about {title}',
  fresh: 'New messages',
  online: 'Online',
  typing: '{name} is writing',
  edited: 'Edited',
  deleted: 'Deleted',
  edit: 'Edit',
  remove: 'Delete',
  sure: 'Sure?',
  editing: 'Editing',
  over: '{count} characters too many',
  cancel: 'Cancel',
  failed: 'Not sent',
  retry: 'Try again',
  expired: 'Please log in again.',
  closed: 'The chat is closed.',
  limit: 'That was a lot at once. One moment…',
  meeting: 'Meeting',
  calendar: 'Add to calendar',
  attach: 'Attach files',
  unsure: 'Your login cannot be checked. We keep trying.',
};
