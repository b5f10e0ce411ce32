//! Where things are in the working copy.

use std::path::{Path, PathBuf};

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .expect("xtask lies in the repository's root")
}

/// Cargo's target folder; everything that is installed or built goes below it.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Where programs are installed.
pub(crate) fn tools() -> PathBuf {
    target().join("tools")
}

/// The front end as `cargo xtask web` leaves it: hashed files and `manifest.json`.
pub(crate) fn web_dist() -> PathBuf {
    target().join("web-dist")
}

/// Inputs that are not part of the repository (`../shared/data`), if this machine has them.
pub(crate) fn shared_data() -> Option<PathBuf> {
    let dir = root().join("../shared/data");
    dir.is_dir().then_some(dir)
}

/// A path as a person reads it: relative to the root where it lies below.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
