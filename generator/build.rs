//! Tells the program which code it is made of, so that caches and unchanged pages know when to be remade.
//!
//! `PINFOLD_EXTRACTOR`: hash of the core, which reads datasets. `PINFOLD_RENDERER`: hash of core,
//! generator and templates. Both depend on the sources alone, not on the machine that compiles them.

use std::fs;
use std::hash::Hasher;
use std::path::{Path, PathBuf};

fn main() {
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let core = here.join("../core/src");
    let mut hasher = Fnv::default();
    hasher.write(env!("CARGO_PKG_VERSION").as_bytes());
    add(&core, &["search", "search.rs"], &mut hasher);
    println!("cargo::rustc-env=PINFOLD_EXTRACTOR={:016x}", hasher.finish());
    for folder in ["src", "templates", "assets"] {
        add(&here.join(folder), &[], &mut hasher);
    }
    println!("cargo::rustc-env=PINFOLD_RENDERER={:016x}", hasher.finish());
    carry_front_end();
}

/// Writes a list of the front end's files into the program, if `PINFOLD_WEB_DIST` names their folder.
fn carry_front_end() {
    println!("cargo::rerun-if-env-changed=PINFOLD_WEB_DIST");
    let mut list = String::from("pub(super) static FILES: &[(&str, &[u8])] = &[\n");
    if let Some(folder) = std::env::var_os("PINFOLD_WEB_DIST").map(PathBuf::from) {
        println!("cargo::rerun-if-changed={}", folder.display());
        let items = fs::read_dir(&folder).unwrap_or_else(|error| {
            panic!("PINFOLD_WEB_DIST, {}, cannot be read: {error}", folder.display())
        });
        let mut paths: Vec<PathBuf> =
            items.flatten().map(|item| item.path()).filter(|path| path.is_file()).collect();
        paths.sort();
        for path in paths {
            let path = fs::canonicalize(&path).unwrap_or(path);
            let name = path.file_name().and_then(|name| name.to_str()).expect("hashed names are ASCII");
            let full = path.to_str().expect("the build's folder has a name in UTF-8");
            list.push_str(&format!("    ({name:?}, include_bytes!({full:?})),\n"));
        }
    }
    list.push_str("];\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("front_end.rs"), list).expect("cargo's folder can be written");
}

/// Adds all files below `folder` in the order of their names.
fn add(folder: &Path, without: &[&str], hasher: &mut Fnv) {
    println!("cargo::rerun-if-changed={}", folder.display());
    let Ok(items) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = items.flatten().map(|item| item.path()).collect();
    paths.sort();
    for path in paths {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if without.contains(&name) {
            continue;
        }
        if path.is_dir() {
            add(&path, &[], hasher);
        } else if let Ok(bytes) = fs::read(&path) {
            hasher.write(name.as_bytes());
            hasher.write(&bytes);
        }
    }
}

/// FNV-1a: the same on every machine and with every compiler, and not guarded against anybody.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
