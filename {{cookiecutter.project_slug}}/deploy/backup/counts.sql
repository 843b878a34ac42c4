-- The number of rows of each table, one table a line.
SELECT format('SELECT %L, count(*) FROM %s', oid::regclass, oid::regclass)
FROM pg_class
WHERE relkind = 'r'
  AND relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'
ORDER BY relnamespace::regnamespace::text COLLATE "C", relname COLLATE "C"
\gexec
