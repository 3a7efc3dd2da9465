# shellcheck shell=bash
# shellcheck disable=SC2154 # the package lists and $root are those of ./dev, which sources this
#
# ./dev package: what packagers get. The same sources give the same bytes, wherever and whenever they are built.

version() { sed -n 's/^project(memguard VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt"; }

# The time of the sources: of the commit, in a source tarball of its files.
source_time() {
  git -C "$root" log -1 --format=%ct 2>/dev/null || stat -c %Y "$root/CMakeLists.txt"
}

# Debian's flags for hardening. Line numbers would be stripped; folders of the build are named in nothing.
hardening() {
  echo "$(dpkg-buildflags --get CXXFLAGS) $(dpkg-buildflags --get CPPFLAGS) -g0 -ffile-prefix-map=$root=."
}

# configure_package PRESET: flags count only in a folder that was not configured before.
configure_package() {
  local flags
  flags=$(hardening)
  (cd "$root" && CFLAGS=$flags CXXFLAGS=$flags LDFLAGS="$(dpkg-buildflags --get LDFLAGS) -Wl,-z,now" cmake --preset "$1")
}

# pack_folder FOLDER FILE: FOLDER as a tarball that is the same whoever packs it, and when.
pack_folder() {
  tar -C "${1%/*}" --sort=name --format=gnu --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
    --mode=go-w -cf - "${1##*/}" | xz -T1 >"$2"
}

build_deb() {
  rm -f "$1"/memguard_*_"$(dpkg --print-architecture)".deb
  configure_package deb && cmake --build "$root/build/deb" &&
    (umask 022 && cd "$root/build/deb" && fakeroot cpack -G DEB -B "$1") && rm -rf "$1/_CPack_Packages"
}

# Programs that run wherever there is a kernel of this processor, whatever libraries are there.
build_portable() {
  local name staged
  name=memguard-$(version)-linux-$(uname -m)
  staged=$root/build/portable/staged
  configure_package portable && cmake --build "$root/build/portable" && rm -rf "$staged" &&
    (umask 022 && cmake --install "$root/build/portable" --prefix "$staged/$name" --strip) &&
    pack_folder "$staged/$name" "$1/$name.tar.xz"
}

build_source() {
  local name
  name=memguard-$(version)
  git -C "$root" archive --prefix="$name/" HEAD | xz -T1 >"$1/$name.tar.xz"
}

# The time of the sources is the time of the package; without it each would have that of its build.
package_one() {
  local folder=$root/build/packages
  say "building $1"
  quietly "build_$1" "$folder" || die "the package ($1) could not be built"
}

package() {
  local folder=$root/build/packages kind
  ensure "${build_packages[@]}" "${package_packages[@]}" || exit 1
  SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(source_time)}
  export SOURCE_DATE_EPOCH
  mkdir -p "$folder"
  for kind in "${@:-deb}"; do package_one "$kind"; done
  # What it says of the archive's own rules is nothing to whoever builds for himself.
  [[ " ${*:-deb} " != *' deb '* ]] || lintian --fail-on error,warning --tag-display-limit 0 \
    "$folder"/memguard_*_"$(dpkg --print-architecture)".deb ||
    die "lintian has found something"
  ls "$folder"
}
