#!/bin/sh
# Installs PrioMon's node on this machine, from a checkout or an unpacked bundle; run it again to
# upgrade. deploy/vm.md is its page. What it finds done it leaves as it is.
set -eu

opt=/opt/priomon etc=/etc/priomon data=/var/lib/priomon user=priomon
unit=/etc/systemd/system/priomon.service command=/usr/local/bin/priomon
here=$(dirname "$(readlink -f "$0")")
source=$(dirname "$(dirname "$here")")
ready_within=20 # seconds

usage() {
  cat <<'END'
Usage: deploy/vm/install.sh [options]

  --join ADDRESS      nodes to join: http://10.0.0.1:4001 or dns://name:port, several with commas
  --secret-file FILE  the cluster's secret, from a machine that is in it (default: a new one)
  --advertise URL     where others reach this machine (default: where its own calls leave from)
  --port N            TCP port (default: 4001)
  --id NAME           name of the node (default: the host name)
  --rollback          back to the version that ran before
  --version NAME      to an installed version
  --list              names the installed versions
  --no-start          install, but start nothing
  --dry-run           say what would be done, and do nothing
  --bundle FILE       make a bundle for machines without npm or network, install nothing

Examples:
  sudo deploy/vm/install.sh                                         the first machine of a cluster
  sudo deploy/vm/install.sh --join http://10.0.0.1:4001 --secret-file secret          the next one
  sudo /opt/priomon/current/deploy/vm/install.sh --rollback            the version before, again
END
}

say() { printf '%s\n' "$*"; }
die() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}
misused() {
  printf 'install.sh: %s\nSee install.sh --help.\n' "$*" >&2
  exit 2
}

# Runs a step, or says what it would be.
run() {
  if [ -n "$dry" ]; then say "would run: $*"; else "$@"; fi
}

# Writes standard input to a file of that mode and group, whole or not at all.
write() { # file mode group
  if [ -n "$dry" ]; then
    say "would write: $1"
    cat >/dev/null
    return
  fi
  (umask 077 && cat >"$1.new")
  chown "root:$3" "$1.new"
  chmod "$2" "$1.new"
  mv -f "$1.new" "$1"
}

as_user() { # command …
  if command -v runuser >/dev/null; then
    runuser -u "$user" -- "$@"
  else
    su -s /bin/sh "$user" -c 'exec "$@"' -- sh "$@"
  fi
}

has_systemd() { [ -d /run/systemd/system ] && command -v systemctl >/dev/null; }

# shellcheck source=deploy/vm/versions.sh
. "$here/versions.sh"

# --- What is asked for.

join='' secret_file='' advertise='' port=4001 id='' version='' bundle=''
action=install dry='' start=yes given=''
while [ $# -gt 0 ]; do
  case $1 in
    --join | --advertise | --port | --id | --secret-file | --version | --bundle)
      case ${2-} in '' | --*) misused "$1 needs a value." ;; esac
      ;;
  esac
  case $1 in
    --join) join=$2 given="$given $1" ;;
    --advertise) advertise=$2 given="$given $1" ;;
    --port) port=$2 given="$given $1" ;;
    --id) id=$2 given="$given $1" ;;
    --secret-file) secret_file=$2 ;;
    --version) version=$2 action=switch ;;
    --bundle) bundle=$2 action=bundle ;;
    --rollback) action=rollback ;;
    --list) action=list ;;
    --no-start) start='' ;;
    --dry-run) dry=yes ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) misused "$1 is no option." ;;
  esac
  case $1 in
    --join | --advertise | --port | --id | --secret-file | --version | --bundle) shift ;;
  esac
  shift
done

# A value with other characters would need quoting in YAML, and is no address or name anyway.
plain() { # option value
  case $2 in
    *[!]A-Za-z0-9._:/,+[-]*) misused "$1 is $2, which no address or name looks like." ;;
  esac
}
plain --join "$join"
plain --advertise "$advertise"
plain --id "$id"
case $port in '' | *[!0-9]* | ??????*) port=0 ;; esac
if [ "$port" -lt 1 ] || [ "$port" -gt 65535 ]; then misused '--port must be 1 to 65535.'; fi
case $join in
  '' | http://* | https://* | dns://* | dns+https://*) ;;
  *) misused "--join is $join, but must be a URL: http://10.0.0.1:4001, or dns://name:4001." ;;
esac

# --- What is the machine's own: the user, the settings, the secret. Kept once it is there.

add_user() {
  if id "$user" >/dev/null 2>&1; then return; fi
  command -v useradd >/dev/null ||
    die "useradd is missing; add a system user and a group called $user, and run this again."
  run useradd --system --user-group --no-create-home --home-dir "$data" \
    --shell /usr/sbin/nologin "$user"
}

settings() {
  # Without IPv6 in the kernel there is no :: to listen on.
  any=::
  [ -e /proc/net/if_inet6 ] || any=0.0.0.0
  say "# PrioMon's node on this machine; after a change: systemctl restart priomon"
  say '# priomon --help lists all settings.'
  say "listen: '$any'"
  say "port: $port"
  say "data: $data"
  say "secret_file: $etc/secret"
  [ -z "$advertise" ] || say "advertise: '$advertise'"
  [ -z "$join" ] || say "join: '$join'"
  [ -z "$id" ] || say "id: '$id'"
}

configure() {
  run mkdir -p "$etc" "$data"
  run chown "$user:$user" "$data"
  run chmod 750 "$data"
  if [ ! -f "$etc/priomon.yaml" ]; then
    settings | write "$etc/priomon.yaml" 640 "$user"
  elif [ -n "$given" ]; then
    say "Kept $etc/priomon.yaml as it is, so$given changed nothing; edit it and restart."
  fi
  if [ -f "$etc/secret" ]; then
    [ -z "$secret_file" ] || cmp -s "$secret_file" "$etc/secret" ||
      say "Kept $etc/secret, which differs from $secret_file; exchange keys by editing it."
  elif [ -n "$secret_file" ]; then
    write "$etc/secret" 640 "$user" <"$secret_file"
  else
    od -An -tx1 -N32 /dev/urandom | tr -d ' \n' | write "$etc/secret" 640 "$user"
    say "A new secret is in $etc/secret; the next machines need it (--secret-file)."
  fi
}

# --- Changing over: a link, the unit of that version, a restart, and a look whether it lives.

setting_of() { # name, of the top level of the file
  sed -n "s/^$1: *['\"]\{0,1\}\([^'\" #]*\).*/\1/p" "$etc/priomon.yaml"
}

url_of() { # address
  case $1 in *:*) say "http://[$1]:$port" ;; *) say "http://$1:$port" ;; esac
}

wait_until_alive() {
  address=$(setting_of listen)
  case $address in '' | :: | 0.0.0.0) address=127.0.0.1 ;; esac
  port=$(setting_of port)
  url=$(url_of "$address")$(setting_of base_path)
  ! grep -q '^tls:' "$etc/priomon.yaml" || url=https${url#http}
  tries=0
  until "$command" health "$url" 2>/dev/null; do
    tries=$((tries + 1))
    if [ "$tries" -gt $((ready_within * 4)) ]; then
      journalctl -u priomon -n 15 --no-pager -o cat >&2 || true
      die "The node does not answer at $url within $ready_within s; its last words are above.
  Mend the cause, then: systemctl restart priomon
  Or go back to the version before: $opt/current/deploy/vm/install.sh --rollback"
    fi
    sleep 0.25
  done
  say "The node lives: $url"
}

link() { # name version
  run ln -sfn "$2" "$opt/$1.new"
  run mv -Tf "$opt/$1.new" "$opt/$1"
}

start_unit() { # version before
  new_unit=$opt/current/deploy/vm/priomon.service
  if [ "$1" = "$(linked current)" ] && cmp -s "$new_unit" "$unit" &&
    systemctl is-active --quiet priomon; then
    say 'It runs already.'
    return
  fi
  write "$unit" 644 root <"$new_unit"
  systemctl daemon-reload
  if [ -z "$start" ]; then
    say 'Start it with: systemctl enable --now priomon'
    return
  fi
  systemctl enable --quiet priomon
  systemctl reset-failed priomon 2>/dev/null || true
  systemctl restart priomon
  wait_until_alive
}

switch_to() { # version
  before=$(linked current)
  if [ "$before" != "$1" ]; then
    [ -z "$before" ] || link previous "$before"
    link current "$1"
    [ -n "$dry" ] || say "Version $1 is the current one${before:+, $before was before}."
  fi
  run ln -sfn "$opt/current/deploy/priomon" "$command"
  if ! has_systemd; then
    say "No systemd runs here, so nothing was started. By hand, or from your own init:
  runuser -u $user -- $command --config $etc/priomon.yaml"
  elif [ -n "$dry" ]; then
    say 'would run: systemctl enable and restart priomon'
  else
    start_unit "$before"
  fi
}

[ "$(uname -s)" = Linux ] || die "This is $(uname -s); install.sh is for Linux."
case $action in
  bundle)
    make_bundle "$bundle"
    exit 0
    ;;
  list)
    list
    exit 0
    ;;
esac
[ -n "$dry" ] || [ "$(id -u)" = 0 ] || die 'It needs root: run it with sudo.'
if [ "$action" = rollback ]; then
  version=$(linked previous)
  [ -n "$version" ] || die "There is no version to go back to; --list names what is installed."
fi
if [ "$action" != install ]; then
  installed "$version" || die "Version $version is not installed; --list names what is."
  switch_to "$version"
  exit 0
fi

if [ -n "$secret_file" ]; then
  [ -r "$secret_file" ] ||
    die "--secret-file $secret_file cannot be read; copy $etc/secret of a machine of the cluster."
  grep -qE '^[^[:space:],#][^[:space:],]{15,255}$' "$secret_file" ||
    die "--secret-file $secret_file has no key in it: one a line, 16 to 256 characters."
elif [ -n "$join" ] && [ ! -f "$etc/secret" ]; then
  die "--join needs the secret of that cluster: copy $etc/secret from one of its machines and give
  it with --secret-file."
fi
target=$(version_of_source)
add_user
unpack "$target"
configure
switch_to "$target"
forget_old 3
