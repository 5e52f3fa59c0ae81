import { Client } from 'pg'

export interface Trap extends AsyncDisposable {
  /** So many of the commits are slow from here on. */
  readonly set: (share: number) => Promise<void>
}

/**
 * Makes some of the commits take long enough to be met, half of them before they count and half afterwards: these have
 * to wait for a standby server that never comes. The server must be nobody else's.
 */
export const trapCommits = async (url: string): Promise<Trap> => {
  const client = new Client(url)
  await client.connect()
  // No commit waits for the standby but those that ask for it.
  await client.query(`ALTER SYSTEM SET synchronous_commit = local`)
  await client.query(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`)
  await client.query('SELECT pg_reload_conf()')
  await client.query(`
    CREATE TABLE slow_commits (share double precision NOT NULL);
    INSERT INTO slow_commits VALUES (0);
    CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE dice double precision := random() / nullif((SELECT share FROM slow_commits), 0);
    BEGIN
      IF dice < 0.5 THEN PERFORM pg_sleep(5);
      ELSIF dice < 1 THEN PERFORM set_config('synchronous_commit', 'on', true);
      END IF;
      RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER be_slow AFTER INSERT ON holdfast_batches
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION be_slow()`)
  return {
    set: async (share) => void (await client.query('UPDATE slow_commits SET share = $1', [share])),
    [Symbol.asyncDispose]: () => client.end(),
  }
}
