// @ts-check
/**
 * The bytes of files that are not sent yet. The browser keeps them over a reload, for a week at
 * most. Where it keeps no data, they are lost with the page.
 */

const STORE = 'files';
const LONGEST_MS = 7 * 24 * 3_600_000;

/** @type {Map<string, Blob>} */
const here = new Map();
/** @type {Promise<IDBDatabase> | undefined} */
let opening;

/** @param {Blob} blob @returns {string} Its key. */
export function keepBlob(blob) {
  // Keys begin with 13 digits, so they are in the order of time.
  const key = `${Date.now()}-${crypto.getRandomValues(new Uint32Array(2)).join('-')}`;
  here.set(key, blob);
  const old = IDBKeyRange.upperBound(String(Date.now() - LONGEST_MS));
  run((store) => store.delete(old)).catch(() => {});
  run((store) => store.put(blob, key)).catch(() => {});
  return key;
}

/** @param {string} key @returns {Promise<Blob | undefined>} */
export async function keptBlob(key) {
  return here.get(key) ?? run((store) => store.get(key)).catch(() => undefined);
}

/** @param {string} key */
export function forgetBlob(key) {
  here.delete(key);
  run((store) => store.delete(key)).catch(() => {});
}

/**
 * @template T
 * @param {(store: IDBObjectStore) => IDBRequest<T>} act
 * @returns {Promise<T>}
 */
async function run(act) {
  opening ??= done(() => {
    const request = indexedDB.open('live-chat-files', 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    return request;
  });
  const database = await opening;
  return done(() => act(database.transaction(STORE, 'readwrite').objectStore(STORE)));
}

/**
 * @template T
 * @param {() => IDBRequest<T>} begin
 * @returns {Promise<T>}
 */
const done = (begin) =>
  new Promise((resolve, reject) => {
    const request = begin();
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
