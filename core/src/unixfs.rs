//! UnixFS: files and directories out of verified blocks.
//!
//! [`UnixfsStore`] is the entry point: a [`crate::store::Store`] over a [`crate::block::BlockGet`]. Below it
//! [`Unixfs`] resolves paths, lists directories and reads files by CID, [`parse`] turns a block into a
//! [`Node`], and [`Walk`] goes through a DAG in depth-first order with many blocks in flight.
//! Specification: <https://specs.ipfs.tech/unixfs/>, dag-pb: <https://ipld.io/specs/codecs/dag-pb/spec/>.
//!
//! Supported: raw leaves, files of any number of levels, inline identity CIDs, basic and HAMT directories.
//! Not supported: symbolic links (refused by name), metadata nodes, HAMT with another hash than
//! murmur3-x64-64, mode and mtime (ignored).

mod coming;
mod dag_pb;
mod hamt;
mod import;
mod meta;
mod node;
mod reader;
mod store;
mod walk;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;

pub use coming::{Archive, Coming};
pub use dag_pb::{PbLink, PbNode};
pub use hamt::name_hash;
pub use import::{BlockSink, DirectoryBuilder, FileLayout, Imported, Profile};
pub use meta::{META_CAR_BYTES, MetaCar, meta_car};
pub use node::{DirectoryLink, FileNode, FilePart, Node, ShardNode, ShardSlot, parse};
pub use reader::{Resolution, Unixfs};
pub use store::UnixfsStore;
pub use walk::{Walk, WalkItem, WalkOptions};

use crate::block::GetError;
use crate::cid::Cid;

/// Why a file or directory cannot be read. That a name is not there is never one of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnixfsError {
    /// No source delivered a block.
    #[error(transparent)]
    Get(#[from] GetError),
    /// The block has a codec that is neither raw nor dag-pb.
    #[error("block {cid} has codec 0x{codec:x}, which is not UnixFS (raw and dag-pb are)")]
    Codec {
        /// The block.
        cid: Cid,
        /// Its multicodec.
        codec: u64,
    },
    /// The block is not a dag-pb or UnixFS node.
    #[error("block {cid} is not a UnixFS node: {reason}")]
    Malformed {
        /// The block.
        cid: Cid,
        /// What is wrong with it.
        reason: String,
    },
    /// A symbolic link, which is not followed: its target may lie outside of what the CID proves.
    #[error("{cid} is a symbolic link to `{target}`; links are not followed, publish the file itself")]
    Symlink {
        /// The block.
        cid: Cid,
        /// Where it points, shortened to 200 characters.
        target: String,
    },
    /// A file where a directory is needed, or a directory where a file is needed.
    #[error("{cid} is a {actual}, not a {expected}")]
    WrongKind {
        /// The block.
        cid: Cid,
        /// What it is.
        actual: &'static str,
        /// What was needed.
        expected: &'static str,
    },
    /// More bytes, entries or levels than a limit.
    #[error("{what} of {cid} is {actual}, more than the limit of {limit}")]
    Limit {
        /// Where.
        cid: Cid,
        /// What is limited, with its unit.
        what: &'static str,
        /// How many there are.
        actual: u64,
        /// The limit.
        limit: u64,
    },
}

impl UnixfsError {
    fn malformed(cid: Cid, reason: impl Into<String>) -> Self {
        Self::Malformed { cid, reason: reason.into() }
    }
}
