-- Run once, by the image of PostgreSQL when its volume is new: the role and the database of the site.

-- The superuser has no password, so that nobody logs in with it but inside of the container.
ALTER ROLE postgres PASSWORD NULL;

\set password `cat /run/secrets/database_password`
CREATE ROLE {{ cookiecutter.project_slug }} LOGIN PASSWORD :'password';
CREATE DATABASE {{ cookiecutter.project_slug }} OWNER {{ cookiecutter.project_slug }};
