#!/bin/sh
# Installs from Debian what the end-to-end tests need: the real Incus and LXD, client and daemon,
# and the tools that make an image; and what examples, container and benchmark are tried with. Run as
# root; what is installed is left as it is.
set -eu

# Not the package `incus`: it pulls in qemu.
INCUS="incus-base incus-client incus-extra"
OTHERS="lxd lxd-client xdelta3 squashfs-tools busybox-static tar xz-utils openssl iproute2 mount"
# For the test that tells whole qcow2 disks from those that were cut off; it is skipped without this.
OTHERS="$OTHERS qemu-utils"
# For the tests of completion and of the manual pages, which are skipped where these are missing.
OTHERS="$OTHERS bash fish groff-base zsh"
# For the examples, the container and the benchmark beside nginx.
TOOLS="ansible-core apache2-utils buildah caddy curl debootstrap jq nginx wrk"
# Those of them that Debian would start, now and at each boot.
SERVICES="caddy nginx"

# Prints those of its arguments that are not installed.
missing() {
  for package in "$@"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || printf '%s ' "$package"
  done
}

has_candidate() {
  apt-cache policy "$1" | grep -q '^  Candidate: [^(]'
}

# Prints the address and the key of the machine's own source of Debian $1: "ADDRESS [KEY]".
find_source() {
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -e "$file" ] || continue
    awk -v suite="$1" '
      function flush() {
        if ((" " suites " ") ~ (" " suite " ") && uri != "") { print uri, key; found = 1; exit }
        uri = key = suites = ""
      }
      /^[[:space:]]*$/ { flush() }
      /^URIs:/ { uri = $2 }
      /^Signed-By:/ { key = $2 }
      /^Suites:/ { suites = $0 }
      END { if (!found) flush() }' "$file"
  done
  [ -e /etc/apt/sources.list ] || return 0
  sed -n 's/^deb[[:space:]]*//p' /etc/apt/sources.list | awk -v suite="$1" '
    {
      key = ""
      if (match($0, /signed-by=[^] ]*/)) key = substr($0, RSTART + 10, RLENGTH - 10)
      sub(/^\[[^]]*\][[:space:]]*/, "")
      if ($2 == suite) print $1, key
    }'
}

# In Debian 12 Incus is in backports only.
add_backports() {
  . /etc/os-release
  found=$(find_source "$VERSION_CODENAME" | head -n 1)
  if [ -z "$found" ]; then
    echo "Cannot add $VERSION_CODENAME-backports: no source of $VERSION_CODENAME in /etc/apt" >&2
    exit 1
  fi
  {
    echo "Types: deb"
    echo "URIs: ${found%% *}"
    echo "Suites: $VERSION_CODENAME-backports"
    echo "Components: main"
    [ -z "${found#* }" ] || echo "Signed-By: ${found#* }"
  } > /etc/apt/sources.list.d/backports-e2e.sources
  apt-get update
}

# Installs packages and has none of them start a service: two web servers want one port, and a machine
# that is there to run tests has no use for either.
install_at_rest() {
  policy=/usr/sbin/policy-rc.d
  # One that is there is the machine's own, as in most containers.
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
  fi
  apt-get install -y --no-install-recommends "$@"
  command -v systemctl > /dev/null || return 0
  for service in $SERVICES; do
    case " $* " in
      # --now: that other policy may let it start.
      *" $service "*) systemctl disable --now "$service" || systemctl disable "$service" || true ;;
    esac
  done
}

# Debian 12 has no distrobuilder; the program of 13 runs there, and nothing else of 13 is wanted.
install_distrobuilder() {
  . /etc/os-release
  found=$(find_source "$VERSION_CODENAME" | head -n 1)
  work=$(mktemp -d)
  chmod 755 "$work"
  mkdir -p "$work/parts" "$work/lists/partial"
  {
    echo "Types: deb"
    echo "URIs: ${found%% *}"
    echo "Suites: trixie"
    echo "Components: main"
    [ -z "${found#* }" ] || echo "Signed-By: ${found#* }"
  } > "$work/parts/trixie.sources"
  for step in update "download distrobuilder"; do
    (
      cd "$work"
      # shellcheck disable=SC2086
      apt-get -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/parts" \
        -o Dir::State::lists="$work/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= $step
    )
  done
  dpkg -x "$work"/distrobuilder_*.deb "$work/unpacked"
  install -m 755 "$work/unpacked/usr/bin/distrobuilder" /usr/local/bin/distrobuilder
  rm -r "$work"
}

if ! command -v apt-get > /dev/null; then
  echo "Cannot install the clients: this script knows Debian's apt-get only" >&2
  exit 1
fi
wanted_incus=$(missing $INCUS)
wanted_others=$(missing $OTHERS)
wanted_tools=$(missing $TOOLS)
wanted_builder=$(command -v distrobuilder > /dev/null || echo distrobuilder)
if [ -z "$wanted_incus$wanted_others$wanted_tools$wanted_builder" ]; then
  echo "All that the end-to-end tests, the examples and the container need is installed"
  exit 0
fi
if [ "$(id -u)" != 0 ]; then
  echo "Cannot install $wanted_incus$wanted_others$wanted_tools$wanted_builder: not root; run sudo sh $0" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update
if [ -n "$wanted_incus" ] && ! has_candidate incus-base; then add_backports; fi
# One call: apt-get then takes each package, and what it depends on, from where it is to be had.
if [ -n "$wanted_incus$wanted_others" ]; then
  apt-get install -y --no-install-recommends $wanted_incus $wanted_others
fi
if [ -n "$wanted_tools" ]; then install_at_rest $wanted_tools; fi
if [ -n "$wanted_builder" ]; then install_distrobuilder; fi
