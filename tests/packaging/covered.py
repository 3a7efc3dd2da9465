"""Each file of packaging/ is used by a test: covered.py. A new one has to be told here, by what tests it."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
#: A file or a folder of packaging/, what tests it, and by which word that test knows it.
TESTS = {
    "CMakeLists.txt": ("tests/packaging/installed.py", '"--install"'),
    "uninstall.cmake": ("tests/packaging/installed.py", '"uninstall"'),
    "package.cmake": ("integration/debian/install-on", "deb"),
    "deb": ("integration/debian/install-on", "deb"),
    "aur": ("integration/packages/tried.py", "aur/PKGBUILD"),
    "crate": ("integration/packages/tried.py", 'PACKAGING / "crate"'),
    "flake.nix": ("integration/packages/tried.py", "flake.nix"),
    "action": ("integration/packages/tried.py", "action/action.yml"),
    "container": ("integration/packages/tried.py", "container/Containerfile"),
    "systemd/README.md": ("tests/packaging/covered.py", "has no commands"),
    "systemd/memguard-build.conf": ("integration/vm/tests/service.sh", "memguard-build.conf"),
    "systemd/memguard.slice": ("integration/vm/tests/units.sh", "memguard.slice"),
    "systemd/memguard@.service.in": ("integration/vm/tests/units.sh", "memguard@.service.in"),
    "systemd/memguard.catalog": ("integration/vm/tests/units.sh", "memguard.catalog"),
}


def main():
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "packaging"], capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        print("this is no clone of the repository")
        sys.exit(77)
    files = [name.removeprefix("packaging/") for name in listed.stdout.split()]
    untested = [name for name in files if name not in TESTS and name.split("/")[0] not in TESTS]
    assert not untested, f"no test uses {untested}"
    for name, (test, word) in TESTS.items():
        assert (ROOT / "packaging" / name).exists(), f"there is no {name}"
        assert word in (ROOT / test).read_text("utf-8"), f"{test} does not use {name}"
    assert "```" not in (ROOT / "packaging/systemd/README.md").read_text("utf-8"), "has no commands"


if __name__ == "__main__":
    main()
