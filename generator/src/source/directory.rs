//! [`BlockDirectory`]: a directory with one file per block.
//!
//! Two layouts: files named by CID (`<cid>`, CIDv1 base32 or CIDv0), and Kubo's flatfs
//! (`blocks/<shard>/<MULTIHASH>.data` with a `SHARDING` file), given as the repository or its `blocks`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::StreamExt;
use pinfold_core::block::{BlockSource, FetchError, Limits, RawBlock, Want};
use pinfold_core::cid::{Cid, RAW};
use pinfold_core::maybe_send::BoxStream;

use super::local::{Located, wanted};
use super::{SourceError, io_error};

/// How flatfs spreads keys over directories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sharding {
    Prefix(usize),
    Suffix(usize),
    NextToLast(usize),
}

impl Sharding {
    /// Reads `/repo/flatfs/shard/v1/next-to-last/2`.
    fn parse(text: &str) -> Option<Self> {
        let (name, count) = text.trim().strip_prefix("/repo/flatfs/shard/v1/")?.split_once('/')?;
        let count = count.parse().ok().filter(|count| (1..=8).contains(count))?;
        match name {
            "prefix" => Some(Self::Prefix(count)),
            "suffix" => Some(Self::Suffix(count)),
            "next-to-last" => Some(Self::NextToLast(count)),
            _ => None,
        }
    }

    /// The directory of a key, padded with `_` as flatfs does. Keys are ASCII.
    fn directory(self, key: &str) -> String {
        let last = |skip: usize, count: usize| {
            let end = key.len().saturating_sub(skip);
            let part = &key[end.saturating_sub(count)..end];
            format!("{}{part}", "_".repeat(count - part.len()))
        };
        match self {
            Self::Prefix(count) => {
                let part = &key[..count.min(key.len())];
                format!("{part}{}", "_".repeat(count - part.len()))
            }
            Self::Suffix(count) => last(0, count),
            Self::NextToLast(count) => last(1, count),
        }
    }
}

/// A directory of blocks as a source.
#[derive(Debug)]
pub struct BlockDirectory {
    name: String,
    path: PathBuf,
    sharding: Option<Sharding>,
    limit_bytes: u64,
}

impl BlockDirectory {
    /// Opens a directory; which layout it has is told by its `SHARDING` file.
    ///
    /// # Errors
    /// When it cannot be read or names a sharding that is not known.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, SourceError> {
        std::fs::read_dir(path).map_err(io_error(path))?;
        let (mut at, mut sharding) = (path.to_owned(), None);
        for candidate in [path.to_owned(), path.join("blocks")] {
            let file = candidate.join("SHARDING");
            let Ok(text) = std::fs::read_to_string(&file) else { continue };
            let parsed = Sharding::parse(&text).ok_or_else(|| SourceError::Unknown {
                text: file.display().to_string(),
                reason: format!("`{}` is not a flatfs sharding", text.trim().escape_default()),
            })?;
            (at, sharding) = (candidate, Some(parsed));
            break;
        }
        Ok(Self { name: path.display().to_string(), path: at, sharding, limit_bytes: limits.block_bytes })
    }

    fn candidates(&self, cid: Cid) -> Vec<PathBuf> {
        if let Some(sharding) = self.sharding {
            let key = data_encoding::BASE32_NOPAD.encode(&cid.hash().to_bytes());
            return vec![self.path.join(sharding.directory(&key)).join(format!("{key}.data"))];
        }
        let mut names = vec![cid.to_string()];
        names.extend(cid.to_v0().map(Cid::to_original_string));
        // Some tools call every block raw.
        names.push(Cid::v1(RAW, *cid.hash()).to_string());
        names.dedup();
        names.into_iter().map(|name| self.path.join(name)).collect()
    }

    fn locate(&self, cid: Cid) -> Result<Located, FetchError> {
        let unreachable = |error: std::io::Error| FetchError::Unreachable {
            origin: self.name.clone(),
            reason: error.to_string(),
        };
        for path in self.candidates(cid) {
            let file = match File::open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(unreachable(error)),
            };
            let length_bytes = file.metadata().map_err(unreachable)?.len();
            if length_bytes > self.limit_bytes {
                let reason =
                    format!("{} is larger than the limit of {} bytes", path.display(), self.limit_bytes);
                return Err(FetchError::Malformed { origin: self.name.clone(), reason });
            }
            // At most the limit, which fits.
            let length_bytes = length_bytes as usize;
            return Ok(Located { file: Arc::new(file), offset_bytes: 0, length_bytes });
        }
        Err(FetchError::NotHere { origin: self.name.clone(), cid })
    }
}

impl BlockSource for BlockDirectory {
    fn name(&self) -> &str {
        &self.name
    }

    fn fetch(&self, want: Want) -> BoxStream<'_, Result<RawBlock, FetchError>> {
        let read = async |cid| self.locate(cid)?.read(cid, &self.name).await;
        futures::stream::iter(wanted(want)).then(read).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flatfs_directories() {
        let sharding = Sharding::parse("/repo/flatfs/shard/v1/next-to-last/2\n").unwrap();
        assert_eq!(sharding.directory("CIQABCDEFG"), "EF");
        assert_eq!(sharding.directory("C"), "__");
        assert_eq!(Sharding::Prefix(3).directory("AB"), "AB_");
        assert_eq!(Sharding::parse("/repo/flatfs/shard/v1/next-to-last/99"), None);
        assert_eq!(Sharding::parse("rm -rf"), None);
    }
}
