import Medusa from '@medusajs/js-sdk';

// The dashboard's bundler puts these in: the plugin calls Medusa as the dashboard itself does.
declare const __BACKEND_URL__: string | undefined;
declare const __AUTH_TYPE__: 'session' | 'jwt' | undefined;
declare const __JWT_TOKEN_STORAGE_KEY__: string | undefined;

/** Medusa, as whoever is logged in to the dashboard. */
export const sdk = new Medusa({
  baseUrl: __BACKEND_URL__ ?? '/',
  auth: {
    type: __AUTH_TYPE__ ?? 'session',
    jwtTokenStorageKey: __JWT_TOKEN_STORAGE_KEY__ || undefined,
  },
});
