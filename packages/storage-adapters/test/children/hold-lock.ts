/** Holds the write lock of a file until it is killed. */
import { DatabaseSync } from 'node:sqlite'

const [filename = ''] = process.argv.slice(2)
const connection = new DatabaseSync(filename)
connection.exec('BEGIN IMMEDIATE')
console.log('locked')
setInterval(() => connection.isTransaction, 1000)
