//! Where blocks come from: CAR files, directories of blocks, trustless gateways. Entry point: [`open_all`].
//!
//! Each is a [`BlockSource`], which returns bytes that the `Fetcher` of core verifies. Gateways need a
//! tokio runtime around the future that polls them; files and directories use its threads for large blocks, if there
//! is one.
//!
//! Not supported: badger and pebble datastores of Kubo (export a CAR), blocks over bitswap.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pinfold_core::block::{BlockSource, Limits};
use pinfold_core::car::CarError;

mod car_file;
mod directory;
mod gateway;
mod local;
mod pool_hasher;

pub use car_file::CarFile;
pub(crate) use car_file::read_at;
pub use directory::BlockDirectory;
pub use gateway::{Gateway, GatewayOptions};
pub use pool_hasher::PoolHasher;

/// Why a source cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file or directory cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not a CAR that can be used.
    #[error("{path}: {source}")]
    Car {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        source: CarError,
    },
    /// Neither an address nor something that exists.
    #[error(
        "`{text}` is not a source: {reason}; give a .car file, a directory of blocks or a gateway like https://ipfs.example"
    )]
    Unknown {
        /// What was given.
        text: String,
        /// Why it is none.
        reason: String,
    },
    /// No `--source`, and no gateway is configured anywhere.
    #[error(
        "no source of blocks: give --source, set IPFS_GATEWAY, write an address to ~/.ipfs/gateway, \
         or name gateways in site.yaml"
    )]
    NoSource,
}

/// What a `--source` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceSpec {
    /// A CAR file.
    Car(PathBuf),
    /// A directory of blocks: files named by CID, or Kubo's flatfs.
    Directory(PathBuf),
    /// A gateway's address without a slash at the end.
    Gateway(String),
}

/// Tells which kind of source `text` names. Looks at the filesystem, contacts nobody.
///
/// # Errors
/// When it is an address that cannot be used, or nothing is at the path.
pub fn parse_source(text: &str) -> Result<SourceSpec, SourceError> {
    let unknown = |reason: &str| SourceError::Unknown { text: text.to_owned(), reason: reason.to_owned() };
    let text_trimmed = text.trim();
    if let Some((scheme, rest)) = text_trimmed.split_once("://") {
        if !matches!(scheme, "http" | "https") {
            return Err(unknown("the address does not begin with http:// or https://"));
        }
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if host.is_empty() {
            return Err(unknown("the address has no host"));
        }
        if host.contains('@') {
            return Err(unknown("addresses with a user name or password are not used"));
        }
        if rest.contains(['?', '#']) {
            return Err(unknown("the address has a query or fragment"));
        }
        let address = text_trimmed.trim_end_matches('/');
        let address = address.strip_suffix("/ipfs").unwrap_or(address).trim_end_matches('/');
        return Ok(SourceSpec::Gateway(address.to_owned()));
    }
    let path = PathBuf::from(text);
    let metadata = std::fs::metadata(&path).map_err(|error| unknown(&error.to_string()))?;
    Ok(if metadata.is_dir() { SourceSpec::Directory(path) } else { SourceSpec::Car(path) })
}

impl SourceSpec {
    /// Opens it. A CAR is read through once to learn where its blocks are; a gateway is not contacted yet.
    ///
    /// # Errors
    /// When it cannot be read or is damaged.
    pub fn open(&self, limits: &Limits) -> Result<Arc<dyn BlockSource>, SourceError> {
        Ok(match self {
            Self::Car(path) => Arc::new(CarFile::open(path, limits)?),
            Self::Directory(path) => Arc::new(BlockDirectory::open(path, limits)?),
            Self::Gateway(address) => {
                let options = GatewayOptions { limits: limits.clone(), ..GatewayOptions::default() };
                Arc::new(Gateway::new(address, options)?)
            }
        })
    }
}

/// Opens what `--source` names, in its order. Without one: the gateway that IPIP-280 finds, else the
/// gateways of site.yaml.
///
/// # Errors
/// The first source that cannot be used, or [`SourceError::NoSource`].
pub fn open_all(
    sources: &[String],
    site_gateways: &[String],
    limits: &Limits,
) -> Result<Vec<Arc<dyn BlockSource>>, SourceError> {
    let found;
    let texts = if !sources.is_empty() {
        sources
    } else if let Some(gateway) = discover_gateway() {
        found = [gateway];
        &found
    } else if !site_gateways.is_empty() {
        site_gateways
    } else {
        return Err(SourceError::NoSource);
    };
    texts.iter().map(|text| parse_source(text)?.open(limits)).collect()
}

/// The gateway that this machine's user chose, as IPIP-280 says: `IPFS_GATEWAY`, then the first line of
/// `$IPFS_PATH/gateway`, `~/.ipfs/gateway` and `/etc/ipfs/gateway`.
#[must_use]
pub fn discover_gateway() -> Option<String> {
    let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.trim().is_empty());
    if let Some(gateway) = variable("IPFS_GATEWAY") {
        return Some(gateway);
    }
    let files = [
        variable("IPFS_PATH").map(|path| Path::new(&path).join("gateway")),
        variable("HOME").map(|path| Path::new(&path).join(".ipfs/gateway")),
        Some(PathBuf::from("/etc/ipfs/gateway")),
    ];
    files.into_iter().flatten().find_map(|path| {
        let text = std::fs::read_to_string(path).ok()?;
        let line = text.lines().next()?.trim();
        (!line.is_empty()).then(|| line.to_owned())
    })
}

fn io_error(path: &Path) -> impl FnOnce(std::io::Error) -> SourceError {
    let path = path.to_owned();
    move |source| SourceError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(text: &str, expected: Expect) {
        let parsed = parse_source(text);
        expected.assert_eq(&parsed.map_or_else(|error| error.to_string(), |spec| format!("{spec:?}")));
    }

    #[test]
    fn addresses() {
        check("https://ipfs.example/", expect![[r#"Gateway("https://ipfs.example")"#]]);
        check("http://127.0.0.1:8080/ipfs/", expect![[r#"Gateway("http://127.0.0.1:8080")"#]]);
        check(
            "ftp://x",
            expect![
                "`ftp://x` is not a source: the address does not begin with http:// or https://; give a .car file, a directory of blocks or a gateway like https://ipfs.example"
            ],
        );
        check(
            "http://me:secret@x/",
            expect![
                "`http://me:secret@x/` is not a source: addresses with a user name or password are not used; give a .car file, a directory of blocks or a gateway like https://ipfs.example"
            ],
        );
        check(
            "no-such.car",
            expect![
                "`no-such.car` is not a source: No such file or directory (os error 2); give a .car file, a directory of blocks or a gateway like https://ipfs.example"
            ],
        );
    }
}
