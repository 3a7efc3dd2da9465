# shellcheck shell=bash
# shellcheck disable=SC2154 # the package lists and $root are those of ./dev, which sources this
#
# ./dev package: what packagers get. The same sources give the same bytes, wherever and whenever they are built.

# The time of the sources: of the commit, in a source tarball of its files.
source_time() {
  git -C "$root" log -1 --format=%ct 2>/dev/null || stat -c %Y "$root/CMakeLists.txt"
}

# Debian's flags for hardening. Line numbers would be stripped; folders of the build are named in nothing.
deb_flags() {
  echo "$(dpkg-buildflags --get CXXFLAGS) $(dpkg-buildflags --get CPPFLAGS) -g0 -ffile-prefix-map=$root=."
}

# build_deb FOLDER: the .deb of this machine's Debian goes there.
build_deb() {
  local build=$root/build/deb flags
  flags=$(deb_flags)
  export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(source_time)}
  (cd "$root" && CFLAGS=$flags CXXFLAGS=$flags LDFLAGS="$(dpkg-buildflags --get LDFLAGS) -Wl,-z,now" \
    cmake --preset deb && cmake --build "$build" && umask 022 && cd "$build" && fakeroot cpack -G DEB -B "$1")
  rm -rf "$1/_CPack_Packages"
}

package() {
  local folder=$root/build/packages
  ensure "${build_packages[@]}" "${package_packages[@]}" || exit 1
  mkdir -p "$folder"
  rm -f "$folder"/*.deb
  quietly build_deb "$folder" || die "the package could not be built"
  # What it says of the archive's own rules is nothing to whoever builds for himself.
  lintian --fail-on error,warning --tag-display-limit 0 "$folder"/*.deb || die "lintian has found something"
  ls "$folder"
}
