import { authenticate, defineMiddlewares } from '@medusajs/framework/http';

export default defineMiddlewares({
  routes: [
    // Medusa lets everybody call routes of /store: here somebody must be logged in. Routes of
    // /admin are for users anyway.
    {
      matcher: '/store/chat-token',
      methods: ['POST'],
      middlewares: [authenticate('customer', ['session', 'bearer'])],
    },
  ],
});
