import { meetInOneRecord, secret } from './meet.ts'
import { meetConstraints, meetRoles } from './refused.ts'
import { withStage, type Check } from './stage.ts'

/** @param url of an empty database */
export const tellStory = (url: string, say: (line: string) => void): Promise<readonly Check[]> =>
  withStage(url, say, async (stage) => {
    const { ada, ben, browser, before, check } = stage
    await stage.allAgree('rows that were there before')
    const invoices = await ada.collections.invoices.count()
    check('three invoices were adopted, and none of another team', invoices === 3, invoices)

    await meetInOneRecord(stage)

    await browser.delete(`north/invoices/${before.cellar.id}`)
    say('Ben’s browser deletes an invoice.')
    await stage.allAgree('after a deletion by REST')
    const cellar = await ada.collections.invoices.get(before.cellar.id)
    check('devices have lost it', cellar === undefined, cellar)

    await meetConstraints(stage)
    await stage.allAgree('after refusals')
    await meetRoles(stage)
    await ben.collections.invoices.delete(before.roof.id)
    say('Ben deletes an invoice on his tablet; the database deletes its lines.')
    await stage.allAgree('at the end')
    const gone = (await browser.invoices('north')).every(({ id }) => id !== before.roof.id)
    check('the row is gone', gone, gone)
    const leaked = stage.answers().includes(secret)
    check('what the agency says never left the server', !leaked, leaked)
  })
