import { Client } from 'pg'

export interface Trap extends AsyncDisposable {
  /** From here on each so-many-th commit is slow; 0: none. */
  readonly set: (every: number) => Promise<void>
}

/**
 * Makes some of the commits take long enough to be met, in turn before they count and afterwards: these have
 * to wait for a standby server that never comes. The server must be nobody else's.
 */
export const trapCommits = async (url: string): Promise<Trap> => {
  const client = new Client(url)
  await client.connect()
  // No commit waits for the standby but those that ask for it; this one has not heard of that yet.
  await client.query('SET synchronous_commit = local')
  await client.query('ALTER SYSTEM SET synchronous_commit = local')
  await client.query('SELECT pg_reload_conf()')
  await client.query(`
    CREATE TABLE slow_commits (every bigint NOT NULL);
    INSERT INTO slow_commits VALUES (0);
    CREATE SEQUENCE commits_so_far;
    CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      chosen bigint := (SELECT every FROM slow_commits);
      turn bigint := nextval('commits_so_far') % nullif(2 * chosen, 0);
    BEGIN
      IF turn = 0 THEN PERFORM pg_sleep(5);
      ELSIF turn = chosen THEN PERFORM set_config('synchronous_commit', 'on', true);
      END IF;
      RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER be_slow AFTER INSERT ON holdfast_batches
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION be_slow()`)
  await client.query(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`)
  await client.query('SELECT pg_reload_conf()')
  return {
    set: async (every) => void (await client.query('UPDATE slow_commits SET every = $1', [every])),
    [Symbol.asyncDispose]: () => client.end(),
  }
}
