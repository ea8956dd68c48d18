/** The group room's door. */
export { createGroup, type GroupOf } from './create-group.js'
export { GroupError } from './group-error.js'
export { circuitsOf, close, describe } from './guises.js'
export type { GroupOptions, GroupTargetOptions } from './options.js'
export type { Delivered, Failed, GroupCall, GroupReport, GroupResult } from './report.js'
export { type TargetDeclaration, targetsOf } from './targets.js'
