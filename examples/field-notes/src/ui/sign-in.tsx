import { people, type Person } from '../shared/people.ts'
import { Avatar } from './avatar.tsx'

interface SignInProps {
  readonly onPick: (person: Person) => void
}

export const SignIn = ({ onPick }: SignInProps): React.ReactNode => (
  <main className="sign-in">
    <img src="/icon.svg" alt="" width="56" height="56" />
    <h1>Field notes</h1>
    <p className="muted">Who is at this device?</p>
    <ul className="plain stack">
      {people.map((person) => (
        <li key={person.id}>
          <button type="button" className="person" onClick={() => onPick(person)}>
            <Avatar id={person.id} />
            <span>
              <strong>{person.name}</strong>
              <span className="muted">{person.role}</span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  </main>
)
