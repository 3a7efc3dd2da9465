"""Cargo workspaces of real Rust, drawn by a seed: wide or in chains, with proc-macros, C in build scripts, LTO, debug
information, or none of these. They need no network, and the same seed gives the same bytes."""

import random
from dataclasses import dataclass
from pathlib import Path

MODULE = """
pub mod {name} {{
    use std::collections::{{BTreeMap, HashMap}};
    #[derive(Clone, Debug, Default, PartialEq, PartialOrd)]
    pub struct Row<const N: usize> {{ pub name: String, pub cells: Vec<[u64; N]>, pub more: BTreeMap<String, u64> }}
    impl<const N: usize> Row<N> {{
        pub fn fill(&mut self, seed: u64) -> u64 {{
            for i in 0..seed % 32 {{ self.cells.push([i ^ seed; N]); self.more.insert(format!("{{i}}-{{N}}"), i); }}
            self.cells.sort_by(|a, b| b.cmp(a));
            let by_name: HashMap<&String, &u64> = self.more.iter().collect();
            let text = format!("{{:?}} {{}} {{}}", self, by_name.len(), self.name);
            self.cells.iter().flatten().copied().filter(|c| c % 3 == 1).fold(text.len() as u64, u64::wrapping_add)
        }}
    }}
    pub fn all(seed: u64) -> u64 {{
        let mut sum = seed;
{calls}
        sum
    }}
}}
"""

MACRO = """use proc_macro::TokenStream;
#[proc_macro]
pub fn constant(given: TokenStream) -> TokenStream {{
    let letters: usize = given.to_string().len();
    format!("{{}}u64", letters + {number}).parse().unwrap()
}}
"""

C_FUNCTION = """static unsigned long f{i}(unsigned long s) {{
    unsigned long t[64];
    for (int i = 0; i < 64; i++) t[i] = s * {times} + (unsigned long)i;
    return t[s % 64];
}}
"""

BUILD_SCRIPT = """use std::process::Command;
fn main() {
    let out = std::env::var("OUT_DIR").unwrap();
    let object = format!("{out}/part.o");
    let archive = format!("{out}/libpart_%s.a");
    assert!(Command::new("cc").args(["-O2", "-g", "-c", "part.c", "-o", &object]).status().unwrap().success());
    assert!(Command::new("ar").args(["crs", &archive, &object]).status().unwrap().success());
    println!("cargo:rustc-link-search=native={out}");
    println!("cargo:rustc-link-lib=static=part_%s");
    println!("cargo:rerun-if-changed=part.c");
}
"""


@dataclass(frozen=True)
class Crate:
    """`kind` is lib, macro or bin; `modules` of MODULE; `uses` are crates before it; its build script `compiles_c`."""

    name: str
    kind: str
    modules: int
    uses: tuple[str, ...]
    compiles_c: bool = False


@dataclass(frozen=True)
class Workspace:
    crates: tuple[Crate, ...]
    profile: dict[str, str]

    @property
    def about(self) -> str:
        kinds = [crate.kind for crate in self.crates]
        profile = ", ".join(f"{key} {value}" for key, value in self.profile.items())
        return f"{len(kinds)} crates ({kinds.count('bin')} programs, {kinds.count('macro')} macros); {profile}"


def draw(seed: int) -> Workspace:
    """Sizes are log-normal; how many crates wait for how many is drawn once a workspace."""
    dice = random.Random(seed)
    chained = dice.choice((0.1, 0.4, 0.8))
    crates: list[Crate] = []
    for number in range(dice.randint(6, 12)):
        kind = "macro" if dice.random() < 0.12 else "lib"
        before = [crate.name for crate in crates]
        waits = min(len(before), dice.choice((1, 2))) if dice.random() < chained else 0
        uses = tuple(sorted(dice.sample(before, waits)))
        modules = 0 if kind == "macro" else min(max(round(dice.lognormvariate(0.9, 0.7)), 1), 8)
        crates.append(Crate(f"part{number}", kind, modules, () if kind == "macro" else uses,
                            kind == "lib" and dice.random() < 0.15))
    libraries = [crate.name for crate in crates if crate.kind == "lib"]
    for number in range(dice.randint(1, 4)):
        uses = tuple(sorted(dice.sample(libraries, dice.randint(min(2, len(libraries)), len(libraries)))))
        crates.append(Crate(f"program{number}", "bin", dice.randint(1, 3), uses))
    profile = {"lto": dice.choice(('"off"', '"thin"', '"fat"')), "debug": dice.choice(("0", "1", "2")),
               "codegen-units": dice.choice(("1", "4", "16")), "opt-level": dice.choice(("0", "1", "1"))}
    return Workspace(tuple(crates), profile)


def module(name: str, dice: random.Random) -> str:
    calls = "\n".join(f"        sum = sum.wrapping_add(Row::<{dice.randint(1, 200)}>::default().fill(sum));"
                      for _ in range(dice.randint(1, 4)))
    return MODULE.format(name=name, calls=calls)


def source(crate: Crate, kinds: dict[str, str], dice: random.Random) -> str:
    if crate.kind == "macro":
        return MACRO.format(number=dice.randint(1, 99))
    modules = "".join(module(f"m{i}", dice) for i in range(crate.modules))
    terms = [f"m{i}::all(seed)" for i in range(crate.modules)]
    for used in crate.uses:
        terms.append(f"{used}::constant!({crate.name})" if kinds[used] == "macro" else f"{used}::all(seed)")
    if crate.compiles_c:
        modules += f'extern "C" {{ fn part_{crate.name}(seed: u64) -> u64; }}\n'
        terms.append(f"unsafe {{ part_{crate.name}(seed) }}")
    summed = "\n".join(f"    sum = sum.wrapping_add({term});" for term in terms)
    body = f"pub fn all(seed: u64) -> u64 {{\n    let mut sum = seed;\n{summed}\n    sum\n}}\n"
    main = 'fn main() { println!("{}", all(std::env::args().count() as u64)); }\n' if crate.kind == "bin" else ""
    return modules + body + main


def c_source(crate: Crate) -> str:
    functions = "".join(C_FUNCTION.format(i=i, times=i + 3) for i in range(400))
    summed = " + ".join(f"f{i}(s)" for i in range(400))
    return f"{functions}unsigned long part_{crate.name}(unsigned long s) {{ return {summed}; }}\n"


def manifest(crate: Crate) -> str:
    used = "".join(f'{name} = {{ path = "../{name}" }}\n' for name in crate.uses)
    macro = "[lib]\nproc-macro = true\n" if crate.kind == "macro" else ""
    return (f'[package]\nname = "{crate.name}"\nversion = "0.1.0"\nedition = "2021"\n{macro}'
            f"[dependencies]\n{used}")


def write(workspace: Workspace, seed: int, folder: Path) -> None:
    kinds = {crate.name: crate.kind for crate in workspace.crates}
    dice = random.Random(f"source of {seed}")
    members = ", ".join(f'"{name}"' for name in kinds)
    profile = "".join(f"{key} = {value}\n" for key, value in workspace.profile.items())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Cargo.toml").write_text(f'[workspace]\nmembers = [{members}]\nresolver = "2"\n'
                                       f"[profile.release]\n{profile}")
    for crate in workspace.crates:
        where = folder / crate.name / "src"
        where.mkdir(parents=True, exist_ok=True)
        (where.parent / "Cargo.toml").write_text(manifest(crate))
        (where / ("main.rs" if crate.kind == "bin" else "lib.rs")).write_text(source(crate, kinds, dice))
        if crate.compiles_c:
            (where.parent / "build.rs").write_text(BUILD_SCRIPT.replace("%s", crate.name))
            (where.parent / "part.c").write_text(c_source(crate))
