"""cmake --install puts all at its place, the tree can be moved, and uninstall leaves nothing: installed.py BUILD."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

EXPECTED = """
bin/memguard
bin/cargo-memguard
lib/systemd/catalog/memguard.catalog
lib/systemd/system/memguard.slice
lib/systemd/system/memguard@.service
libexec/memguard/memguard-shim
share/bash-completion/completions/memguard
share/doc/memguard/CHANGELOG.md
share/doc/memguard/CONTRIBUTING.md
share/doc/memguard/README.md
share/doc/memguard/docs/CONFIG.md
share/doc/memguard/docs/JSON.md
share/doc/memguard/docs/places/systemd.md
share/doc/memguard/examples/memguard-build.conf
share/doc/memguard/packaging/action/action.yml
share/doc/memguard/packaging/aur/PKGBUILD
share/doc/memguard/packaging/container/Containerfile
share/doc/memguard/packaging/crate/README.md
share/doc/memguard/packaging/flake.nix
share/fish/vendor_completions.d/memguard.fish
share/licenses/memguard/LICENSE
share/man/man1/cargo-memguard.1
share/man/man1/memguard.1
share/man/man5/memguard.json.5
share/memguard/memguard.schema.json
share/zsh/site-functions/_memguard
""".split()


def output(*words, **options):
    done = subprocess.run(words, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


def files_below(folder):
    return {os.path.relpath(os.path.join(path, name), folder) for path, _, names in os.walk(folder) for name in names}


def dead_links(documentation):
    """Links of a page to a file that is not installed with it."""
    for page in pathlib.Path(documentation).rglob("*.md"):
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)#\s]+)", text) + re.findall(r"""(?:src|srcset)="([^"]+)\"""", text):
            if not target.startswith(("http", "mailto:")) and not (page.parent / target).exists():
                yield f"{page}: {target}"


def works(prefix):
    program = f"{prefix}/bin/memguard"
    assert output(program, "--version").startswith("memguard "), prefix
    assert output(f"{prefix}/bin/cargo-memguard", "memguard", "--version") == output(program, "--version")
    assert "memguard-shim is missing" not in output(program, "doctor")
    assert "\nshim      yes" in output(program, "doctor") or "\nshim      rustc" in output(program, "doctor")
    assert output(program, "run", "--", "echo", "it lives") == "it lives\n"


def main():
    build = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        manifest = f"{build}/install_manifest.txt"
        kept = open(manifest, encoding="utf-8").read() if os.path.exists(manifest) else None
        staged = {**os.environ, "DESTDIR": f"{folder}/staged"}
        output("cmake", "--install", build, "--prefix", "/opt/mem", env=staged)
        there = files_below(f"{folder}/staged/opt/mem")
        assert there >= set(EXPECTED), f"missing: {set(EXPECTED) - there}"
        # What is named in no list is no accident that nobody sees.
        others = {name for name in there if not name.startswith("share/doc/memguard/docs/")} - set(EXPECTED)
        assert others == set(), others
        dead = list(dead_links(f"{folder}/staged/opt/mem/share/doc/memguard"))
        assert not dead, dead
        works(f"{folder}/staged/opt/mem")
        os.rename(f"{folder}/staged/opt/mem", f"{folder}/moved")
        works(f"{folder}/moved")
        os.makedirs(f"{folder}/staged/opt", exist_ok=True)
        os.rename(f"{folder}/moved", f"{folder}/staged/opt/mem")
        output("cmake", "--build", build, "--target", "uninstall", env=staged)
        assert files_below(f"{folder}/staged") == set(), files_below(f"{folder}/staged")
        left = [path for path, _, _ in os.walk(f"{folder}/staged") if "memguard" in os.path.basename(path)]
        assert not left, left
        if kept is not None:
            with open(manifest, "w", encoding="utf-8") as file:
                file.write(kept)


if __name__ == "__main__":
    main()
