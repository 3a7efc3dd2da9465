#!/usr/bin/python3
"""Uses what packaging/ has for others, as far as this machine has their tools: tried.py PORTABLE SOURCE WHAT.

PORTABLE and SOURCE are the tarballs of `./dev package portable source`; WHAT is aur, nix, action, container or crate.
Status: 0, its last line "ok: ..."; 77 when a tool is missing, its last line saying which; else 1.
"""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PACKAGING = pathlib.Path(__file__).resolve().parents[2] / "packaging"


def skip(why):
    print(why)
    sys.exit(77)


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            skip(f"no {program}")


def output(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        sys.exit(f"FAIL {' '.join(map(str, words))}: {done.stdout}{done.stderr}")
    return done.stdout


def version_of(source):
    return re.fullmatch(r"memguard-([0-9.]+)\.tar\.xz", source.name).group(1)


def aur(_portable, source, folder):
    """The package of Arch is built by makepkg, which root may not be, and has everything in it."""
    need("makepkg", "pacman", "shellcheck", "cmake", "ninja", "setpriv", "bsdtar", "npm")
    shutil.copy(PACKAGING / "aur/PKGBUILD", folder)
    shutil.copy(source, folder)
    # Where only npm reaches its registry makepkg could not.
    (d3,) = re.findall(r"/d3-([0-9.]+)\.tgz", (folder / "PKGBUILD").read_text("utf-8"))
    if subprocess.run(["npm", "pack", f"d3@{d3}"], cwd=folder, capture_output=True, check=False).returncode != 0:
        skip(f"npm does not get d3@{d3}")
    os.chmod(folder, 0o777)
    as_user = [] if os.getuid() else ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    environment = {**os.environ, "HOME": str(folder), "PKGEXT": ".pkg.tar.xz"}
    told = output(*as_user, "makepkg", "--printsrcinfo", cwd=folder, env=environment)
    assert f"pkgver = {version_of(source)}\n" in told, told
    output("shellcheck", "-s", "bash", "-e", "SC2034,SC2154", folder / "PKGBUILD")
    output(*as_user, "makepkg", "--nodeps", "--noconfirm", cwd=folder, env=environment)
    (made,) = [path for path in folder.glob("memguard-*.pkg.tar.xz") if "debug" not in path.name]
    inside = output("bsdtar", "-tf", made).split()
    for name in ("usr/bin/memguard", "usr/lib/memguard/memguard-shim", "usr/share/man/man1/memguard.1.gz"):
        assert name in inside, f"{name} is not in {inside}"
    program = subprocess.run(["bsdtar", "-xOf", made, "usr/bin/memguard"], capture_output=True, check=True).stdout
    assert b"d3js.org" in program, "it has no report --html"
    assert b"Permission to use, copy, modify, and/or distribute" in program, "D3 is there without its licence"
    return f"{made.name} is built by makepkg"


def nix(*_):
    """The flake is Nix, and names the version of CMakeLists.txt by the expression that is in it."""
    need("nix-instantiate")
    flake = PACKAGING / "flake.nix"
    output("nix-instantiate", "--parse", flake, env={**os.environ, "NIX_STATE_DIR": "/tmp/none"})
    pattern = re.search(r'builtins\.match "(.*)"', flake.read_text("utf-8")).group(1).replace("\\\\", "\\")
    lists = (PACKAGING.parent / "CMakeLists.txt").read_text("utf-8")
    assert re.match(pattern, lists, re.S), "the flake finds no version in CMakeLists.txt"
    return "the flake is Nix"


def action(portable, _source, folder):
    """The steps of the composite action are done one after the other, with a cache that is empty."""
    need("yamllint", "bash")
    try:
        import yaml
    except ImportError:
        skip("no python3-yaml")
    file = PACKAGING / "action/action.yml"
    output("yamllint", "-d", "{extends: default, rules: {line-length: {max: 120}}}", file)
    environment = {**os.environ, "RUNNER_TEMP": str(folder), "TARBALL": str(portable), "OPTIONS": "--memory 90%",
                   "SHA256": hashlib.sha256(portable.read_bytes()).hexdigest(), "COMMAND": "echo it lives"}
    for name in ("GITHUB_PATH", "GITHUB_ENV", "GITHUB_STEP_SUMMARY"):
        environment[name] = str(folder / name)
        (folder / name).touch()
    said = ""
    for step in yaml.safe_load(file.read_text("utf-8"))["runs"]["steps"]:
        if "run" not in step:
            continue
        said += output("bash", "-e", "-c", step["run"], env=environment)
        environment["PATH"] = ":".join((folder / "GITHUB_PATH").read_text().split() + [os.environ["PATH"]])
        environment.update(line.split("=", 1) for line in (folder / "GITHUB_ENV").read_text().splitlines())
    assert said == "it lives\n", said
    summary = (folder / "GITHUB_STEP_SUMMARY").read_text()
    assert "echo it lives" in summary, summary
    return "the action's steps work"


def container(portable, _source, folder):
    """The image is made, and its program starts in it, where nothing else is."""
    need("buildah")
    store = ["--root", f"{folder}/root", "--runroot", f"{folder}/run", "--storage-driver", "vfs"]
    shutil.copy(portable, folder)
    output("buildah", *store, "build", "--isolation", "chroot", "--build-arg",
           f"NAME={portable.name.removesuffix('.tar.xz')}", "-t", "memguard", "-f",
           PACKAGING / "container/Containerfile", folder)
    made = output("buildah", *store, "from", "memguard").strip()
    said = output("buildah", *store, "run", "--isolation", "chroot", made, "--", "/usr/local/bin/memguard", "--version")
    output("buildah", *store, "rm", made)
    assert said.startswith("memguard "), said
    return "the image is made, and its program starts in it"


def crate(portable, source, folder):
    """The crate is packed, clippy and rustfmt have nothing to say, its tests pass, and it starts the real program."""
    need("cargo", "rustfmt", "cargo-clippy")
    here = folder / "crate"
    shutil.copytree(PACKAGING / "crate", here, ignore=shutil.ignore_patterns("target"))
    environment = {**os.environ, "CARGO_TARGET_DIR": str(folder / "target")}
    for words in (["fmt", "--check"], ["clippy", "--offline", "--all-targets", "--", "-D", "warnings"],
                  ["test", "--offline"], ["package", "--offline", "--allow-dirty"]):
        output("cargo", *words, cwd=here, env=environment)
    assert (folder / f"target/package/cargo-memguard-{version_of(source)}.crate").exists(), "its version is another one"
    output("tar", "-C", folder, "-xf", portable)
    environment["PATH"] = f"{folder / portable.name.removesuffix('.tar.xz') / 'bin'}:/usr/bin:/bin"
    said = output(folder / "target/debug/cargo-memguard", "memguard", "--version", env=environment)
    assert said == f"memguard {version_of(source)}\n", said
    return "the crate is packed and starts memguard"


def main():
    portable, source = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    what = {"aur": aur, "nix": nix, "action": action, "container": container, "crate": crate}[sys.argv[3]]
    with tempfile.TemporaryDirectory() as folder:
        print(f"ok: packaging/{sys.argv[3]}: {what(portable, source, pathlib.Path(folder))}")


if __name__ == "__main__":
    main()
