-- A dump, and the number of rows in it: both from one snapshot, while the site goes on writing.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT pg_export_snapshot() AS snapshot \gset
\setenv SNAPSHOT :snapshot
-- Not compressed: restic does that, and stores once what has not changed since the last time.
\! pg_dump --format custom --compress 0 --snapshot "$SNAPSHOT" --file database.dump "$DATABASE"
\if :SHELL_ERROR
    \quit
\endif
\o counts
\ir counts.sql
\o about
SELECT :'project', current_setting('server_version_num')::integer / 10000;
COMMIT;
