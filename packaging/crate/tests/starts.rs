//! The program, with scripts for memguard.

use std::fs;
use std::os::unix::fs::{symlink, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cargo-memguard");

struct Home(PathBuf);

impl Home {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("cargo-memguard-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// A memguard in that folder, which says where it is and what it was told.
    fn put(&self, folder: &str) {
        let folder = self.0.join(folder);
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("memguard");
        fs::write(&file, "#!/bin/sh\necho \"$0: $*\"\nexit 3\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run(&self, path: &Path) -> Output {
        let words = ["memguard", "build", "--release"];
        Command::new(PROGRAM).args(words).env("HOME", &self.0).env("PATH", path).output().unwrap()
    }

    fn said(&self, path: &Path) -> String {
        let output = self.run(path);
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn it_becomes_the_one_on_path_with_all_words_and_its_status() {
    let home = Home::new("path");
    home.put("bin");
    home.put(".local/bin");
    let said = home.said(&home.0.join("bin"));
    assert_eq!(said, format!("{}/bin/memguard: memguard build --release\n", home.0.display()));
}

#[test]
fn it_finds_the_one_in_the_home() {
    let home = Home::new("home");
    home.put(".local/bin");
    assert!(home.said(Path::new("/nosuch")).contains("/.local/bin/memguard: "));
}

#[test]
fn of_portable_programs_it_takes_the_last_version() {
    let home = Home::new("portable");
    home.put(".local/opt/memguard-0.1.0-linux-x86_64/bin");
    home.put(".local/opt/memguard-0.2.0-linux-x86_64/bin");
    assert!(home.said(Path::new("/nosuch")).contains("memguard-0.2.0"));
}

#[test]
fn it_never_starts_itself_nor_a_folder_nor_what_path_has_of_the_working_directory() {
    let home = Home::new("itself");
    for folder in ["itself", "folder/memguard"] {
        fs::create_dir_all(home.0.join(folder)).unwrap();
    }
    symlink(PROGRAM, home.0.join("itself/memguard")).unwrap();
    home.put("real");
    let path = format!("{0}/itself:{0}/folder:.::{0}/real", home.0.display());
    assert!(home.said(Path::new(&path)).contains("/real/memguard: "));
}

#[test]
fn where_there_is_none_it_says_how_to_get_one() {
    // One that is installed on the machine of the test would be found.
    if ["/usr/local/bin/memguard", "/usr/bin/memguard"].iter().any(|file| Path::new(file).exists()) {
        return;
    }
    let home = Home::new("none");
    let output = home.run(Path::new("/nosuch"));
    assert_eq!(output.status.code(), Some(125));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("memguard is not installed") && said.contains("./dev install"), "{said}");
}
