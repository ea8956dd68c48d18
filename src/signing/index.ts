/** Standard Webhooks: who sent a message, and that nobody has changed it. */
export { keysOf, secretMistake, type WebhookSecrets } from './secrets.js'
export {
  signWebhook,
  type VerifyWebhookOptions,
  verifyWebhook,
  type WebhookHeaders,
  type WebhookMessage,
  type WebhookVerification,
} from './webhook.js'
