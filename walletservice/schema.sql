-- The wallets and their ledger. Safe to apply again. {database} and {app_role} are filled in by walletservice.schema.

CREATE TABLE IF NOT EXISTS wallets (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- newest first is by id
    user_name   text   NOT NULL CHECK (char_length(user_name) BETWEEN 1 AND 100),
    card_number text   NOT NULL CHECK (char_length(card_number) BETWEEN 1 AND 64),
    amount      bigint NOT NULL DEFAULT 0 CHECK (amount >= 0),
    UNIQUE (user_name, card_number),
    CONSTRAINT wallets_balance_limit CHECK (amount <= 10000000000000)
);

-- One row for each reference ever decided; it is the answer to that reference for good.
CREATE TABLE IF NOT EXISTS ledger (
    reference     text        PRIMARY KEY CHECK (char_length(reference) BETWEEN 1 AND 300),
    request_hash  text        CHECK (char_length(request_hash) BETWEEN 1 AND 128),
    wallet_id     bigint      REFERENCES wallets (id),
    kind          text        NOT NULL CHECK (kind IN ('charged', 'declined', 'voided', 'credited', 'debited')),
    amount        bigint      NOT NULL CHECK (amount BETWEEN 0 AND 100000000000000),
    reason        text        CHECK (reason IN ('wallet_not_found', 'insufficient_funds', 'balance_limit')),
    balance_after bigint      CHECK (balance_after BETWEEN 0 AND 10000000000000),
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT ledger_moved CHECK (
        kind NOT IN ('charged', 'credited', 'debited')
        OR (request_hash IS NOT NULL AND wallet_id IS NOT NULL AND amount > 0 AND reason IS NULL
            AND balance_after IS NOT NULL)),
    CONSTRAINT ledger_credit_is_in_the_balance CHECK (kind <> 'credited' OR balance_after >= amount),
    CONSTRAINT ledger_declined CHECK (
        kind <> 'declined'
        OR (request_hash IS NOT NULL AND amount > 0 AND reason IS NOT NULL AND balance_after IS NULL
            AND (wallet_id IS NULL) = (reason = 'wallet_not_found'))),
    CONSTRAINT ledger_voided CHECK (
        kind <> 'voided'
        OR (request_hash IS NULL AND wallet_id IS NULL AND amount = 0 AND reason IS NULL AND balance_after IS NULL))
);

-- The application adds to the ledger and cannot change what is in it; nobody else can do anything.
REVOKE ALL ON DATABASE {database} FROM PUBLIC;
REVOKE ALL ON wallets, ledger FROM PUBLIC, {app_role};
GRANT CONNECT ON DATABASE {database} TO {app_role};
GRANT USAGE ON SCHEMA public TO {app_role};
GRANT SELECT, INSERT ON ledger TO {app_role};
GRANT SELECT, INSERT, UPDATE (amount) ON wallets TO {app_role};
