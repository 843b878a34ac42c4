# Where the database and the backups are, for the commands beside this file.
set -eu
umask 077

fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# What takes long, for whoever looks on.
step() {
    [ ! -t 2 ] || echo "${0##*/}: $*" >&2
}

case ${1:-} in
-h | --help)
    sed -n '2,/^set\|^\. /{ s/^# \{0,1\}//p; }' "$0"
    exit
    ;;
esac

[ -n "${DATABASE_URL:-}" ] || fail "DATABASE_URL is not set: give it the value that web has"
if [ -n "${DATABASE_PASSWORD_FILE:-}" ]; then
    PGPASSWORD=$(cat "$DATABASE_PASSWORD_FILE")
else
    PGPASSWORD=${DATABASE_PASSWORD:-}
fi
export PGPASSWORD PGCONNECT_TIMEOUT=10 PGAPPNAME="${0##*/}"

server=postgres://${DATABASE_URL#*://}
query=${server#"${server%%\?*}"}
server=${server%%\?*}
database=${server##*/}
server=${server%/*}

# PostgreSQL cuts names after 63 bytes.
restored=$(printf %.40s "$database")_restored
before=$(printf %.40s "$database")_before

# sql DATABASE ARGUMENT...: what psql prints, without headings.
sql() {
    name=$1
    shift
    psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 \
        --dbname "$server/$name$query" "$@"
}

one_line() {
    grep -v '^$' | tail -n 1 | cut -c 1-300
}

require_database() {
    said=$(sql "$database" --command "" 2>&1) ||
        fail "the database cannot be reached, is it up, and its password right?" \
            "$(echo "$said" | head -n 1)"
}

# Sets code: 0, 10 where there is no repository, 12 where the key is another one's.
find_repository() {
    code=0
    # restic tries for minutes what object storage refuses.
    said=$(timeout 30 restic cat config --no-lock 2>&1) || code=$?
    case $said in
    *"bucket does not exist"*) code=10 ;;
    esac
}

require_repository() {
    find_repository
    case $code in
    0) ;;
    10) fail "there is no repository at $RESTIC_REPOSITORY: correct that, or make it once by backup-init" ;;
    12) fail "the key does not fit the repository at $RESTIC_REPOSITORY: bring back the" \
        "backup_password that it was made with" ;;
    *) fail "the repository at $RESTIC_REPOSITORY cannot be reached:" \
        "$(echo "$said" | sed -n 's/.* retrying after [^:]*: //p; s/^Fatal: //p' | head -n 1 | cut -c 1-300)" ;;
    esac
}
