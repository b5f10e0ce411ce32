//! `pinfold deploy`: the site and the datasets into a Kubo node. Entry points: [`survey`], [`send`].
//!
//! A root is surveyed first: which blocks below it does the node not have, and how many bytes are they? Then
//! these, and no others, are sent as CARs of about [`BATCH_BYTES`], children before parents, and the root is
//! pinned. There is no state on our side: a run that was interrupted, or whose node died, is repeated, and
//! its survey finds what is still missing.
//!
//! Memory: the CIDs below one root, and one batch. Not supported: other links than dag-pb's.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use pinfold_core::block::{BlockGet, GetError, VerifiedBlock};
use pinfold_core::car::{section_head, write_header};
use pinfold_core::cid::{Cid, DAG_PB, Multihash, RAW};
use pinfold_core::unixfs::PbNode;
use serde::{Deserialize, Serialize};

use crate::kubo::{Kubo, KuboError, RepoStat};
use crate::progress::Progress;

/// What is sent with one request: so much is lost at most when the node dies.
pub const BATCH_BYTES: usize = 16 << 20;
/// Questions under way at once.
const ASKED: usize = 16;
/// Blocks read ahead of the sending.
const READ_AHEAD: usize = 8;
/// `pins.json` with 100,000 pins has about 30 MB.
const MAX_PINS_BYTES: u64 = 256 << 20;
/// Blocks below one root: 100 TB of 1 MiB leaves.
const MAX_BLOCKS: usize = 100_000_000;

/// Why a root could not be deployed.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The node.
    #[error(transparent)]
    Kubo(#[from] KuboError),
    /// Neither the node nor a source has a block.
    #[error("{0}; give a --source that has it")]
    Block(GetError),
    /// A node of the graph that cannot be followed.
    #[error("block {cid}: {reason}")]
    Node {
        /// Which one.
        cid: Cid,
        /// Why.
        reason: String,
    },
    /// The node's disk is too small.
    #[error(
        "{missing_bytes} bytes are missing at the node and its disk ({path}) has {available_bytes} left; make \
         room there, nothing of this was sent"
    )]
    NoSpace {
        /// Of the node's repository.
        path: PathBuf,
        /// What would be sent.
        missing_bytes: u64,
        /// What there is.
        available_bytes: u64,
    },
    /// The list of pins.
    #[error("{path}: {reason}")]
    Pins {
        /// Where it should be.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl DeployError {
    /// Whether the next root would meet the same.
    #[must_use]
    pub fn concerns_all(&self) -> bool {
        match self {
            Self::Kubo(error) => !matches!(error, KuboError::Failed { .. } | KuboError::Input { .. }),
            Self::Pins { .. } => true,
            Self::Block(_) | Self::Node { .. } | Self::NoSpace { .. } => false,
        }
    }
}

/// A pin of `pins.json`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SitePin {
    /// Its root.
    pub cid: Cid,
    /// Its name.
    #[serde(default)]
    pub name: String,
}

/// What a built site wants pinned: its `pins.json`.
///
/// # Errors
/// When it is not there or cannot be read.
pub fn site_pins(site: &Path) -> Result<Vec<SitePin>, DeployError> {
    let path = site.join("pins.json");
    let wrong = |reason: String| DeployError::Pins { path: path.clone(), reason };
    let read = || -> io::Result<Vec<u8>> {
        let size = std::fs::metadata(&path)?.len();
        if size > MAX_PINS_BYTES {
            return Err(io::Error::other(format!(
                "{size} bytes are more than the limit of {MAX_PINS_BYTES}"
            )));
        }
        std::fs::read(&path)
    };
    let bytes = read().map_err(|error| wrong(format!("{error}; `pinfold build` writes it")))?;
    serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))
}

/// What the node does not have of one root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// Blocks below the root, each counted once.
    pub blocks: u64,
    /// The missing ones, children before parents.
    pub missing: Vec<Cid>,
    /// Their bytes.
    pub missing_bytes: u64,
}

/// What was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// Blocks.
    pub blocks: u64,
    /// Their bytes, without the CARs' own.
    pub bytes: u64,
}

/// Finds out which blocks below `root` the node lacks. Inner nodes are read from the node where it has them, else
/// from `blocks`; leaves are only asked for.
///
/// # Errors
/// When the node does not answer, or an inner node is nowhere.
pub async fn survey(
    kubo: &Kubo,
    blocks: &dyn BlockGet,
    root: Cid,
    progress: &Progress,
) -> Result<Survey, DeployError> {
    let mut survey = Survey::default();
    let mut seen: HashSet<Multihash> = HashSet::from([*root.hash()]);
    // With the size that the link names, which is the block's own for raw leaves.
    let mut level: Vec<(Cid, u64)> = vec![(root, 0)];
    while !level.is_empty() {
        progress.grow(level.len() as u64);
        let looks: Vec<Look> = stream::iter(level)
            .map(|(cid, size)| look(kubo, blocks, cid, size, progress))
            .buffered(ASKED)
            .try_collect()
            .await?;
        level = Vec::new();
        for look in looks {
            survey.blocks += 1;
            if look.is_missing {
                survey.missing.push(look.cid);
                survey.missing_bytes = survey.missing_bytes.saturating_add(look.size_bytes);
            }
            level.extend(look.links.into_iter().filter(|(cid, _)| seen.insert(*cid.hash())));
        }
        if seen.len() > MAX_BLOCKS {
            return Err(DeployError::Node {
                cid: root,
                reason: format!("more than {MAX_BLOCKS} blocks are below it"),
            });
        }
    }
    // Breadth first, parents came before their children.
    survey.missing.reverse();
    Ok(survey)
}

/// What the survey learns of one block.
struct Look {
    cid: Cid,
    is_missing: bool,
    size_bytes: u64,
    links: Vec<(Cid, u64)>,
}

async fn look(
    kubo: &Kubo,
    blocks: &dyn BlockGet,
    cid: Cid,
    size: u64,
    progress: &Progress,
) -> Result<Look, DeployError> {
    progress.advance(1);
    if let Some(inline) = VerifiedBlock::inline(cid) {
        // It is in its own CID; nobody stores it.
        let links = links(&inline)?;
        return Ok(Look { cid, is_missing: false, size_bytes: 0, links });
    }
    match cid.codec() {
        RAW => {
            let is_missing = kubo.block_stat(cid).await?.is_none();
            let links = Vec::new();
            Ok(Look { cid, is_missing, size_bytes: size, links })
        }
        DAG_PB => {
            let there = kubo.block_get(cid).await?;
            // What the node has and is damaged is sent again.
            let there = there.and_then(|bytes| VerifiedBlock::verify(cid, bytes).ok());
            let is_missing = there.is_none();
            let block = match there {
                Some(block) => block,
                None => blocks.block(cid).await.map_err(DeployError::Block)?,
            };
            let size_bytes = block.bytes().len() as u64;
            Ok(Look { cid, is_missing, size_bytes, links: links(&block)? })
        }
        codec => {
            Err(DeployError::Node { cid, reason: format!("its codec 0x{codec:x} is neither raw nor dag-pb") })
        }
    }
}

fn links(block: &VerifiedBlock) -> Result<Vec<(Cid, u64)>, DeployError> {
    if block.cid().codec() != DAG_PB {
        return Ok(Vec::new());
    }
    let node = PbNode::decode(block.bytes()).map_err(|reason| DeployError::Node {
        cid: block.cid(),
        reason: format!("it is no dag-pb node: {reason}"),
    })?;
    Ok(node.links.into_iter().map(|link| (link.cid, link.tsize_bytes)).collect())
}

/// Sends the missing blocks. `progress` counts bytes.
///
/// # Errors
/// When a source does not have a block, or the node goes away. What was sent before stays there.
pub async fn send(
    kubo: &Kubo,
    blocks: &dyn BlockGet,
    survey: &Survey,
    progress: &Arc<Progress>,
) -> Result<Sent, DeployError> {
    let read = stream::iter(&survey.missing)
        .map(async |cid| blocks.block(*cid).await.map_err(DeployError::Block))
        .buffered(READ_AHEAD);
    send_blocks(kubo, read, progress).await
}

/// Sends blocks in batches, children before parents.
///
/// # Errors
/// That of a block, after what came before it was sent; or the node goes away.
pub async fn send_blocks(
    kubo: &Kubo,
    blocks: impl Stream<Item = Result<VerifiedBlock, DeployError>>,
    progress: &Arc<Progress>,
) -> Result<Sent, DeployError> {
    let mut sent = Sent::default();
    let mut batch = Batch::default();
    let mut blocks = pin!(blocks);
    while let Some(block) = blocks.next().await {
        match block {
            Ok(block) => batch.add(&block),
            Err(error) => {
                // What was read so far need not be read again.
                batch.flush(kubo, progress, &mut sent).await?;
                return Err(error);
            }
        }
        if batch.bytes >= BATCH_BYTES {
            batch.flush(kubo, progress, &mut sent).await?;
        }
    }
    batch.flush(kubo, progress, &mut sent).await?;
    Ok(sent)
}

/// The blocks of a stream that the node does not have, in the stream's order.
pub fn missing<'a>(
    kubo: &'a Kubo,
    blocks: impl Stream<Item = Result<VerifiedBlock, DeployError>> + 'a,
) -> impl Stream<Item = Result<VerifiedBlock, DeployError>> + 'a {
    let look = async |block: Result<VerifiedBlock, DeployError>| {
        let block = block?;
        let is_there = kubo.block_stat(block.cid()).await?.is_some();
        Ok((!is_there).then_some(block))
    };
    blocks.map(look).buffered(ASKED).filter_map(async |looked| looked.transpose())
}

/// A CAR in the making. Its parts are the blocks' own bytes.
#[derive(Default)]
struct Batch {
    parts: Vec<Bytes>,
    blocks: u64,
    bytes: usize,
    root: Option<Cid>,
}

impl Batch {
    fn add(&mut self, block: &VerifiedBlock) {
        self.parts.push(Bytes::from(section_head(block.cid(), block.bytes().len())));
        self.parts.push(block.bytes().clone());
        self.bytes += block.bytes().len();
        self.blocks += 1;
        self.root = Some(block.cid());
    }

    async fn flush(
        &mut self,
        kubo: &Kubo,
        progress: &Arc<Progress>,
        sent: &mut Sent,
    ) -> Result<(), DeployError> {
        let Some(root) = self.root.take() else { return Ok(()) };
        let batch = std::mem::take(self);
        let header = Bytes::from(write_header(&[root]));
        let parts = std::iter::once(header).chain(batch.parts).map(Ok);
        let progress = Arc::clone(progress);
        let stats = kubo.import_car(stream::iter(parts), move |bytes| progress.advance(bytes)).await?;
        if stats.blocks != batch.blocks {
            let message = format!("of {} blocks it counted {}", batch.blocks, stats.blocks);
            return Err(KuboError::Failed {
                address: kubo.address().to_owned(),
                command: "dag/import".to_owned(),
                message,
            }
            .into());
        }
        sent.blocks += batch.blocks;
        sent.bytes += batch.bytes as u64;
        Ok(())
    }
}

/// Fails when the node's disk, where it is one of this machine, has no room for what is missing.
///
/// # Errors
/// [`DeployError::NoSpace`].
pub fn check_space(kubo: &Kubo, stat: &RepoStat, missing_bytes: u64) -> Result<(), DeployError> {
    // The path is one of the node's machine: it says something where that is this one.
    let path = PathBuf::from(&stat.path);
    if !kubo.is_local() || stat.path.is_empty() || !path.is_dir() {
        return Ok(());
    }
    match crate::add::available_bytes(&path) {
        Some(available_bytes) if available_bytes < missing_bytes.saturating_add(missing_bytes / 64) => {
            Err(DeployError::NoSpace { path, missing_bytes, available_bytes })
        }
        _ => Ok(()),
    }
}

/// What its operator should know where the node will hold more than it is meant to: it still takes it, but
/// with garbage collection on (`--enable-gc`) all that is not pinned goes.
#[must_use]
pub fn over_limit(kubo: &Kubo, stat: &RepoStat, missing_bytes: u64) -> Option<String> {
    let then_bytes = stat.size_bytes.saturating_add(missing_bytes);
    (stat.max_bytes > 0 && then_bytes > stat.max_bytes).then(|| {
        format!(
            "Kubo at {} will hold {then_bytes} bytes, more than its Datastore.StorageMax of {}; raise it \
             (`ipfs config Datastore.StorageMax`), or nothing new is kept beside the pins",
            kubo.address(),
            stat.max_bytes
        )
    })
}
