import { joinedMirrors } from '../checks/mirror.ts'
import { shownIn } from '../checks/shown.ts'
import type { Sim } from './sim.ts'
import type { Tab } from './tab.ts'
import type { WriteLedger } from './write-ledger.ts'

export interface Moves {
  /** Somebody takes a card to another scope, if there is one. */
  readonly move: (tab: Tab) => void
  /** Somebody takes a form to another scope, whose lease she may have. */
  readonly moveForm: (tab: Tab, id: string) => void
}

export const createMoves = (sim: Sim, ledger: WriteLedger): Moves => {
  const random = sim.random.fork('moves')
  const guarded = random.fork('guarded')

  const cardsOf = ({ device }: Tab): readonly { readonly id: string; readonly scope: string }[] =>
    joinedMirrors(device.mirror).flatMap((mirror) =>
      [...mirror.records.keys()]
        .filter((key) => key.startsWith('cards/') && shownIn(mirror, key) !== undefined)
        .map((key) => ({ id: key.slice('cards/'.length), scope: mirror.scope })),
    )

  return {
    moveForm(tab, id) {
      const client = tab.client()
      const from = joinedMirrors(tab.device.mirror).find(
        (mirror) => shownIn(mirror, `forms/${id}`) !== undefined,
      )
      const others = sim.scopes.filter((scope) => scope !== from?.scope)
      if (client === undefined || from === undefined || others.length === 0) return
      const to = guarded.pick(others)
      ledger.settle(tab, {
        scope: undefined,
        texts: [],
        async run() {
          const { operationId } = await client.collections.forms.move(id, to, { team: to })
          sim.counters.add('form on its way')
          return [operationId]
        },
      })
    },
    move(tab) {
      const client = tab.client()
      const cards = cardsOf(tab)
      if (client === undefined || cards.length === 0) return
      const { id, scope } = random.pick(cards)
      const others = sim.scopes.filter((other) => other !== scope)
      // Now and then one that goes nowhere, or does not fit where it arrives.
      const to = others.length === 0 || random.chance(0.05) ? scope : random.pick(others)
      const text = ledger.nextText()
      const title = random.chance(0.3) ? { title: text } : {}
      const patch = random.chance(0.05) ? title : { team: to, ...title }
      ledger.settle(tab, {
        scope: undefined,
        texts: [text],
        run: async () => [(await client.collections.cards.move(id, to, patch)).operationId],
      })
    },
  }
}
