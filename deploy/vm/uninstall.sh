#!/bin/sh
# Takes PrioMon's node off this machine. Settings, secret and history stay, so that install.sh
# brings back the same node; --purge takes them too.
set -eu

opt=/opt/priomon etc=/etc/priomon data=/var/lib/priomon user=priomon
unit=/etc/systemd/system/priomon.service command=/usr/local/bin/priomon
dry='' purge=''

usage() {
  cat <<'END'
Usage: deploy/vm/uninstall.sh [--purge] [--dry-run]

  --purge    also remove /etc/priomon with the secret, /var/lib/priomon, and the user
  --dry-run  say what would be done, and do nothing
END
}

for option in "$@"; do
  case $option in
    --purge) purge=yes ;;
    --dry-run) dry=yes ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      printf 'uninstall.sh: %s is no option.\nSee uninstall.sh --help.\n' "$option" >&2
      exit 2
      ;;
  esac
done

run() {
  if [ -n "$dry" ]; then printf 'would run: %s\n' "$*"; else "$@"; fi
}

if [ -z "$dry" ] && [ "$(id -u)" != 0 ]; then
  printf 'uninstall.sh: It needs root: run it with sudo.\n' >&2
  exit 1
fi

if [ -d /run/systemd/system ] && [ -f "$unit" ]; then
  # Stopping says goodbye to the cluster: no alarm is raised.
  run systemctl disable --quiet --now priomon
fi
run rm -f "$unit" "$command"
if [ -d /run/systemd/system ]; then run systemctl daemon-reload; fi
run rm -rf "$opt"
if [ -z "$purge" ]; then
  printf 'Removed; %s and %s stay (--purge removes them).\n' "$etc" "$data"
  exit 0
fi
run rm -rf "$etc" "$data" /etc/systemd/system/priomon.service.d
if id "$user" >/dev/null 2>&1; then run userdel "$user"; fi
printf 'Removed, with settings, secret and history.\n'
