/** @Client has no such option. */
// expect: 'nme' does not exist in type 'ClientDeclaration'. Did you mean to write 'name'?
import { Client } from 'guise'

@Client({ nme: 'members' }) // <- here
export class Members {}
