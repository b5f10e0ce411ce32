//! `pinfold add --to ADDRESS`: the blocks into a running Kubo, and a pin.
//!
//! Blocks are made while they are sent, in batches; those that the node has are not sent again, so that a run
//! which was interrupted, or whose node died, carries on when it is repeated. Nothing is written to a disk here.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use futures::channel::mpsc;
use futures::{SinkExt, Stream, StreamExt, TryStreamExt};
use pinfold_core::block::VerifiedBlock;
use pinfold_core::cid::Cid;
use pinfold_core::unixfs::Profile;

use crate::cmd::{Interrupted, session, stop_signal};
use crate::deploy::{DeployError, check_space, missing, over_limit, send_blocks};
use crate::import::{ImportOptions, import_blocks};
use crate::kubo::{Kubo, KuboError};
use crate::progress::Progress;

/// Blocks between the importer and the client; 16 MiB at most.
const IN_FLIGHT: usize = 16;

/// What is sent, and under which name it is pinned.
pub(super) struct Sending<'a> {
    /// Where the files are.
    pub(super) path: &'a Path,
    pub(super) profile: Profile,
    /// What they were when they were looked at.
    pub(super) dataset: Cid,
    pub(super) size_bytes: u64,
    pub(super) name: &'a str,
    /// The tree that the dataset is placed in, which is pinned instead of it.
    pub(super) head: Option<Head<'a>>,
}

/// A new HEAD.
pub(super) struct Head<'a> {
    pub(super) cid: Cid,
    pub(super) name: &'a str,
    /// Its directories.
    pub(super) blocks: &'a [VerifiedBlock],
}

/// The blocks of the files, each once and in order, as they are made.
struct Blocks {
    receiver: mpsc::Receiver<io::Result<VerifiedBlock>>,
    importer: JoinHandle<()>,
}

impl Blocks {
    fn start(sending: &Sending<'_>, label: &'static str) -> Self {
        let (mut sender, receiver) = mpsc::channel(IN_FLIGHT);
        let (path, profile) = (sending.path.to_owned(), sending.profile);
        let (expected, size_bytes) = (sending.dataset, sending.size_bytes);
        let importer = std::thread::spawn(move || {
            let progress = Progress::start(label, size_bytes);
            let options = ImportOptions { profile, hidden: true, progress: &progress };
            let mut seen = HashSet::new();
            let mut tell = |block| {
                futures::executor::block_on(sender.send(block))
                    .map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "nobody takes the blocks"))
            };
            let imported = import_blocks(&path, &options, &mut |block| {
                if seen.insert(block.cid()) { tell(Ok(block.clone())) } else { Ok(()) }
            });
            let error = match imported {
                Ok(imported) if imported.cid == expected => return,
                Ok(_) => io::Error::other("the files changed while they were sent; add them again"),
                Err(error) => io::Error::other(error),
            };
            // Nobody may listen any more; then the other side knows better why.
            let _ = tell(Err(error));
        });
        Self { receiver, importer }
    }

    fn stream<'a>(
        &'a mut self,
        kubo: &'a Kubo,
    ) -> impl Stream<Item = Result<VerifiedBlock, DeployError>> + 'a {
        (&mut self.receiver).map_err(|error| {
            let (address, reason) = (kubo.address().to_owned(), error.to_string());
            DeployError::Kubo(KuboError::Input { address, reason })
        })
    }

    /// It ends when nobody listens.
    fn end(self) -> anyhow::Result<()> {
        drop(self.receiver);
        self.importer.join().map_err(|_| anyhow::anyhow!("importing stopped unexpectedly"))
    }
}

/// Asks the node, before any work is done, whether it is there and can have room for so many bytes.
pub(super) fn look(address: &str, size_bytes: u64) -> anyhow::Result<()> {
    let kubo = Kubo::new(address)?;
    session::runtime()?.block_on(async {
        let version = kubo.version().await?;
        eprintln!("Kubo {version} at {}", kubo.address());
        let stat = kubo.repo_stat().await?;
        // Of what is to be sent it has no more than it has of anything.
        check_space(&kubo, &stat, size_bytes.saturating_sub(stat.size_bytes))?;
        Ok(())
    })
}

/// Imports into the node at `address` and pins. Ctrl-C ends it; what was sent stays there.
pub(super) fn send(address: &str, sending: &Sending<'_>) -> anyhow::Result<()> {
    let kubo = Kubo::new(address)?;
    session::runtime()?.block_on(async {
        tokio::select! {
            done = run(&kubo, sending) => done,
            () = stop_signal() => {
                eprintln!("what was sent stays at {}: the same command carries on", kubo.address());
                Err(Interrupted.into())
            }
        }
    })
}

async fn run(kubo: &Kubo, sending: &Sending<'_>) -> anyhow::Result<()> {
    let stat = kubo.repo_stat().await?;
    let mut needed_bytes = sending.size_bytes;
    if check_space(kubo, &stat, needed_bytes).is_err() || over_limit(kubo, &stat, needed_bytes).is_some() {
        // Perhaps most of it is there already.
        let mut blocks = Blocks::start(sending, "counting missing bytes");
        let lengths = missing(kubo, blocks.stream(kubo)).map_ok(|block| block.bytes().len() as u64);
        let counted = lengths.try_fold(0, async |sum, length| Ok(sum + length)).await;
        blocks.end()?;
        needed_bytes = counted?;
        check_space(kubo, &stat, needed_bytes)?;
        if let Some(warning) = over_limit(kubo, &stat, needed_bytes) {
            eprintln!("warning: {warning}");
        }
    }

    let mut blocks = Blocks::start(sending, "sending bytes");
    let further = sending.head.as_ref().map(|head| head.blocks.to_vec()).unwrap_or_default();
    let all = blocks.stream(kubo).chain(futures::stream::iter(further.into_iter().map(Ok)));
    let sent = send_blocks(kubo, missing(kubo, all), &Arc::new(Progress::silent())).await;
    blocks.end()?;
    let sent = sent?;
    let told = format!("{}: {} blocks, {} bytes sent", kubo.address(), sent.blocks, sent.bytes);
    if let Some(head) = &sending.head {
        if kubo.has_all(head.cid).await? {
            kubo.pin_add(head.cid, head.name, |_| {}).await?;
            println!("{told}; the new HEAD is pinned as `{}`", head.name);
            return Ok(());
        }
        // A producer's node need not have the others' datasets.
        eprintln!(
            "warning: the new HEAD is not pinned at this node, which lacks other parts of the tree; add it where \
             the whole tree is, or bring them with `pinfold deploy`"
        );
    }
    kubo.pin_add(sending.dataset, sending.name, |_| {}).await?;
    println!("{told}; pinned as `{}`", sending.name);
    Ok(())
}
