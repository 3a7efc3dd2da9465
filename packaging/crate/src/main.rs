//! `cargo memguard ...`: finds an installed memguard and becomes it.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

#[cfg(not(target_os = "linux"))]
compile_error!("memguard is for Linux");

/// memguard's own: it could not do what was asked.
const FAILED: u8 = 125;

const NOT_FOUND: &str = "\
cargo-memguard: memguard is not installed. This crate only starts it; memguard itself is a program in C++.
It was looked for on PATH, in ~/.local/bin, ~/.local/opt/memguard-*/bin, /usr/local/bin and /usr/bin.
From a clone of its repository, ./dev install builds it and puts it into ~/.local; docs/INSTALL.md there has a .deb, and
static programs for any Linux.";

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// The folders of portable programs, the newest version's name last.
fn portable_folders(home: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(home.join(".local/opt")) else {
        return Vec::new();
    };
    let mut folders: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("memguard-"))
        .map(|entry| entry.path().join("bin"))
        .collect();
    folders.sort();
    folders
}

fn folders() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    // An entry that is relative means another program in each folder.
    let mut all: Vec<PathBuf> = env::split_paths(&path).filter(|folder| folder.is_absolute()).collect();
    if let Some(home) = env::var_os("HOME").map(PathBuf::from) {
        all.push(home.join(".local/bin"));
        all.extend(portable_folders(&home).into_iter().rev());
    }
    all.push("/usr/local/bin".into());
    all.push("/usr/bin".into());
    all
}

/// Whoever calls this program memguard must not start it for ever.
fn is_self(path: &Path) -> bool {
    let own = env::current_exe().and_then(fs::canonicalize);
    own.is_ok_and(|own| fs::canonicalize(path).is_ok_and(|file| file == own))
}

fn find() -> Option<PathBuf> {
    let candidates = folders().into_iter().map(|folder| folder.join("memguard"));
    candidates.into_iter().find(|file| is_program(file) && !is_self(file))
}

fn main() -> ExitCode {
    let Some(memguard) = find() else {
        eprintln!("{NOT_FOUND}");
        return ExitCode::from(FAILED);
    };
    // By that name it reads the words as cargo gives them: `cargo-memguard memguard build`.
    let words: Vec<OsString> = env::args_os().skip(1).collect();
    let error = Command::new(&memguard).arg0("cargo-memguard").args(words).exec();
    eprintln!("cargo-memguard: execute {}: {error}", memguard.display());
    ExitCode::from(FAILED)
}
