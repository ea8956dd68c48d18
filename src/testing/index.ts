/** `guise/testing`: what tests of services that use guise need. */
export { TestClock, testClock } from './clock.js'
