#!/bin/sh
# ./dev fresh [SUITE] WORD...: does a word of ./dev in a clean clone inside a
# bare Debian root, so that a package which this machine has by chance, or a
# file that was never committed, cannot hide.
#
# The bare root comes from the machine's own package sources and is kept in
# build/fresh/, as are the packages fetched. What runs in it has processes and
# mounts of its own, which end with it; the network is shared, for apt-get.
set -eu

fail() {
	echo "fresh: $*" >&2
	exit 1
}

# The machine's Debian sources, "URI SUITE COMPONENT" a line, as for $suite.
sources() {
	# shellcheck disable=SC2016 # for apt-get to fill in
	apt-get indextargets 'Created-By: Packages' \
	    --format '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)' |
	    awk -v from="$own" -v to="$suite" '
		$1 == "Debian" && sub("^" from, to, $3) &&
		    $3 ~ "^" to "(-updates|-security)?$" {
			print $2, $3, $4
		}'
}

# Makes $base, the bare root, packed.
make_base() {
	mirror=$(sources | awk -v suite="$suite" '$2 == suite { print $1; exit }')
	[ -n "$mirror" ] || fail "no package source of Debian $suite"
	echo "fresh: debootstrap $suite from $mirror"
	export http_proxy="${http_proxy-$(apt_value Acquire::http::Proxy)}"
	export https_proxy="${https_proxy-$(apt_value Acquire::https::Proxy)}"
	unshare --mount debootstrap --variant=minbase "$suite" "$root" \
	    "$mirror" >"$kept/$suite.log" 2>&1 || {
		tail -n 20 "$kept/$suite.log" >&2
		fail "debootstrap failed"
	}
	rm -f "$root"/var/cache/apt/archives/*.deb
	tar -C "$root" -czf "$base.part" .
	mv "$base.part" "$base"
}

apt_value() {
	apt-config dump --format '%v' "$1"
}

# How this machine reaches and trusts its sources, for the root as well.
configure_apt() {
	apt="$root/etc/apt"
	rm -f "$apt/sources.list" "$apt"/sources.list.d/*
	sources | sed 's/^/deb /' >"$apt/sources.list"
	apt-config dump --format '%f "%v";%n' Acquire |
	    grep -v -e '^Acquire "' -e '^Acquire::IndexTargets' \
		>"$apt/apt.conf.d/90machine"
	for trust in auth.conf auth.conf.d keyrings trusted.gpg.d; do
		[ ! -e "/etc/apt/$trust" ] || cp -RL "/etc/apt/$trust" "$apt/"
	done
	for file in /etc/resolv.conf /etc/hosts \
	    /etc/ssl/certs/ca-certificates.crt; do
		[ ! -e "$file" ] || install -D -m 644 "$file" "$root$file"
	done
}

# Runs in namespaces of its own: $1 the root, then what to do in it.
inside() {
	root=$1
	shift
	mount --make-rprivate /
	mount -t proc proc "$root/proc"
	mount -t sysfs -o ro sysfs "$root/sys"
	mount -t tmpfs -o mode=755 dev "$root/dev"
	for device in null zero full random urandom tty; do
		: >"$root/dev/$device"
		mount --bind "/dev/$device" "$root/dev/$device"
	done
	mkdir "$root/dev/pts" "$root/dev/shm"
	mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
	mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
	ln -s pts/ptmx "$root/dev/ptmx"
	ln -s /proc/self/fd "$root/dev/fd"
	ln -s fd/0 "$root/dev/stdin"
	ln -s fd/1 "$root/dev/stdout"
	ln -s fd/2 "$root/dev/stderr"
	mount --bind "$kept/archives" "$root/var/cache/apt/archives"
	exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	    HOME=/root LANG=C.UTF-8 TERM="${TERM-dumb}" \
	    ${http_proxy:+http_proxy="$http_proxy"} \
	    ${https_proxy:+https_proxy="$https_proxy"} \
	    ${no_proxy:+no_proxy="$no_proxy"} \
	    chroot "$root" sh -c 'cd /casgate && exec ./dev "$@"' dev "$@"
}

cd "$(dirname "$0")/.."
kept=$PWD/build/fresh

if [ "${1-}" = --inside ]; then
	shift
	inside "$@"
fi

# shellcheck disable=SC1091
own=$(. /etc/os-release && echo "$VERSION_CODENAME")
suite=$own
case ${1-} in
bookworm | trixie)
	suite=$1
	shift
	;;
esac
[ $# -gt 0 ] || fail "which word of ./dev?"
[ "$(id -u)" = 0 ] || fail "only root can make a root of its own"
[ -z "$(git status --porcelain)" ] ||
	echo "fresh: what is not committed does not come along" >&2
[ -n "$(sources)" ] || apt-get -q update >/dev/null

mkdir -p "$kept/archives/partial"
base=$kept/$suite.tar.gz
root=$(mktemp -d "$kept/root.XXXXXX")
trap 'rm -rf --one-file-system "$root"' EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$root"

# A bare root older than a month has missed a point release.
if [ -n "$(find "$base" -mtime -30 2>/dev/null)" ]; then
	tar -C "$root" -xzf "$base"
else
	make_base
fi
configure_apt
git clone --quiet --no-hardlinks . "$root/casgate"

status=0
unshare --mount --pid --ipc --uts --fork --kill-child -- \
    tests/fresh.sh --inside "$root" "$@" </dev/null || status=$?
exit $status
