-- The bank's roles and its database. Safe to run again, and cut off anywhere: every step looks first.
-- Passwords are set each time, so that the environment's are the ones that hold.
\getenv owner_password POSTGRES_OWNER_PASSWORD
\getenv app_password POSTGRES_APP_PASSWORD

SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY['wallet_owner', 'wallet_app']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE wallet_owner LOGIN PASSWORD :'owner_password';
ALTER ROLE wallet_app LOGIN PASSWORD :'app_password';

SELECT 'CREATE DATABASE walletdb OWNER wallet_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'walletdb') \gexec
