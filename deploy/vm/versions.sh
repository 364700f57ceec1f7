# What install.sh knows of versions: a folder each, named after what is in it, with its own packages
# and Node.js, so that going back changes nothing but a link. Read by install.sh, not run.
# shellcheck shell=sh

# Packages that a node does not need: a database server for tests, types, the driver for another
# C library.
spare='typescript @types undici-types @sqld @libsql/linux-x64-musl @libsql/linux-arm64-musl'

installed() { [ -f "$opt/$1/.installed" ]; }
linked() { [ ! -L "$opt/$1" ] || basename "$(readlink "$opt/$1")"; }

version_of_source() {
  if [ -f "$source/.version" ]; then
    cat "$source/.version"
    return
  fi
  if [ ! -f "$source/package-lock.json" ] || [ ! -f "$source/node/cli/node.ts" ]; then
    die "$source is no checkout of PrioMon; run install.sh where it lies in one, or in a bundle."
  fi
  number=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$source/package.json")
  digest=$(cd "$source" &&
    find package.json package-lock.json node deploy/priomon deploy/vm -type f |
    LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-8)
  say "$number-$digest"
}

# Whether a Node.js is new enough, and within reach of the node's user: in nobody's home.
suits() { # path
  case $(readlink -f "$1") in /root/* | /home/*) return 1 ;; esac
  "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number);
    process.exit(a > 22 || (a === 22 && b >= 18) ? 0 : 1)' 2>/dev/null
}

fetch_node() { # into
  wanted=$(sed -n 's/^    "node": "\([0-9.]*\)",\{0,1\}$/\1/p' "$source/package.json")
  case $(uname -m) in
    x86_64) arch=x64 ;;
    aarch64) arch=arm64 ;;
    *) die "There is no Node.js to bring for $(uname -m); install Node.js 22.18 or later." ;;
  esac
  say "Bringing Node.js $wanted, for this installation alone."
  mkdir "$1/fetched"
  npm install --prefix "$1/fetched" --no-save --ignore-scripts --no-audit --no-fund --silent \
    "node-linux-$arch@$wanted" ||
    die "npm could not fetch Node.js $wanted; see above, and try again once the network is there."
  mv "$1/fetched/node_modules/node-linux-$arch/bin/node" "$1/runtime/node"
  rm -rf "$1/fetched"
}

# Everything a version is made of, from $source.
fill() { # folder
  mkdir "$1/deploy"
  cp -R "$source/package.json" "$source/package-lock.json" "$source/LICENSE" "$source/node" "$1/"
  cp -R "$source/deploy/priomon" "$source/deploy/vm" "$1/deploy/"
  if [ -f "$source/.version" ]; then
    cp -R "$source/node_modules" "$source/runtime" "$1/"
    "$1/runtime/node" --version >/dev/null 2>&1 ||
      die "This machine cannot run the Node.js of this bundle; make one on a machine of its kind."
    return
  fi
  command -v npm >/dev/null ||
    die "npm is missing, which fetches what PrioMon is made of: install it (on Debian: apt-get
  install npm), or make a bundle where there is one (install.sh --bundle FILE) and unpack it here."
  mkdir "$1/runtime"
  found=$(command -v node || true)
  # A bundle goes to other machines, so it brings its own.
  if [ -z "$bundle" ] && [ -n "$found" ] && suits "$found"; then
    ln -s "$(readlink -f "$found")" "$1/runtime/node"
  else
    fetch_node "$1"
  fi
  say 'Fetching the packages it is made of.'
  (cd "$1" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --silent) ||
    die 'npm could not fetch the packages; see above, and try again once the network is there.'
  for package in $spare; do rm -rf "$1/node_modules/$package"; done
}

unpack() { # version
  if installed "$1"; then
    say "Version $1 is installed already."
    return
  fi
  say "Installing version $1 into $opt/$1."
  [ -z "$dry" ] || return 0
  rm -rf "${opt:?}/$1"
  mkdir -p "$opt/$1"
  unfinished=$opt/$1
  trap 'rm -rf "$unfinished"' EXIT
  fill "$opt/$1"
  say "$1" >"$opt/$1/.version"
  chown -R root:root "$opt/$1"
  chmod -R u=rwX,go=rX "$opt/$1"
  # V8 keeps what it compiled per path and user, so the node's user compiles, where it will run.
  mkdir "$opt/$1/node_modules/.cache"
  chown "$user:$user" "$opt/$1/node_modules/.cache"
  as_user "$opt/$1/runtime/node" "$opt/$1/node/runtime/warm-up.mjs" </dev/null
  chown -R root:root "$opt/$1/node_modules/.cache"
  chmod -R go=rX "$opt/$1/node_modules/.cache"
  : >"$opt/$1/.installed"
  trap - EXIT
}

make_bundle() { # file
  [ ! -f "$source/.version" ] || die 'This is a bundle already; copy it as it is.'
  version=$(version_of_source)
  name="priomon-$version-linux-$(uname -m)"
  if [ -n "$dry" ]; then
    say "would write: $1, with $name in it"
    return
  fi
  unfinished=$(mktemp -d)
  trap 'rm -rf "$unfinished"' EXIT
  mkdir "$unfinished/$name"
  fill "$unfinished/$name"
  say "$version" >"$unfinished/$name/.version"
  tar -C "$unfinished" --owner=0 --group=0 -czf "$1" "$name"
  say "$1 holds $name. On the machine: tar xzf it, then sudo $name/deploy/vm/install.sh."
}

list() {
  for folder in "$opt"/*/; do
    name=$(basename "$folder")
    if ! installed "$name" || [ -L "${folder%/}" ]; then continue; fi
    mark=''
    [ "$name" != "$(linked current)" ] || mark=' (current)'
    [ "$name" != "$(linked previous)" ] || mark=' (previous)'
    say "$name$mark"
  done
}

# The newest few stay; what runs and what ran before always does.
forget_old() { # how many stay
  [ -d "$opt" ] || return 0
  find "$opt" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %f\n' | sort -rn | cut -d ' ' -f 2- |
    tail -n "+$(($1 + 1))" | while read -r name; do
    if [ "$name" = "$(linked current)" ] || [ "$name" = "$(linked previous)" ]; then continue; fi
    run rm -rf "${opt:?}/$name"
  done
}
