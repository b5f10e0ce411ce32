//! `pinfold add --to ADDRESS`: the blocks into a running Kubo, and a pin.

use std::io::{self, Write};
use std::path::Path;

use bytes::Bytes;
use futures::channel::mpsc;
use futures::{SinkExt, StreamExt};
use pinfold_core::block::VerifiedBlock;
use pinfold_core::car::{section_head, write_header};
use pinfold_core::cid::Cid;

use crate::cmd::session;
use crate::import::{ImportOptions, import_blocks};
use crate::kubo::Kubo;
use crate::progress::Progress;

/// Pieces of the archive on their way; 16 MiB at most.
const IN_FLIGHT: usize = 16;
const PIECE_BYTES: usize = 1 << 20;

/// Hands what is written on to the client of Kubo.
struct Pieces {
    buffer: Vec<u8>,
    sender: mpsc::Sender<io::Result<Bytes>>,
}

impl Pieces {
    fn send(&mut self, piece: io::Result<Bytes>) -> io::Result<()> {
        futures::executor::block_on(self.sender.send(piece))
            .map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "Kubo does not take any more"))
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PIECE_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let piece = std::mem::take(&mut self.buffer);
        if piece.is_empty() { Ok(()) } else { self.send(Ok(Bytes::from(piece))) }
    }
}

/// Imports the directory into the node, with further blocks, and pins it under `name`. Blocks are made while
/// they are sent: nothing is written to a disk here. When the node dies in the middle, the next run sends all
/// again and the node keeps what it had.
pub(super) fn send(
    address: &str,
    path: &Path,
    profile: pinfold_core::unixfs::Profile,
    expected: Cid,
    size_bytes: u64,
    further: Vec<VerifiedBlock>,
    name: &str,
) -> anyhow::Result<()> {
    let kubo = Kubo::new(address)?;
    let runtime = session::runtime()?;
    // Who does not answer is found out before the work begins.
    let version = runtime.block_on(kubo.version())?;
    eprintln!("Kubo {version} at {}", kubo.address());
    let (sender, receiver) = mpsc::channel(IN_FLIGHT);
    let path = path.to_owned();
    let import = std::thread::spawn(move || {
        let mut out = Pieces { buffer: Vec::with_capacity(2 * PIECE_BYTES), sender };
        let progress = Progress::start("sending bytes", size_bytes);
        let options = ImportOptions { profile, hidden: true, progress: &progress };
        let mut seen = std::collections::HashSet::new();
        let mut work = |out: &mut Pieces| -> io::Result<()> {
            // Kubo is told not to pin the roots of the archive, so that this one need not be final.
            out.write_all(&write_header(&[expected]))?;
            let mut write = |out: &mut Pieces, block: &VerifiedBlock| -> io::Result<()> {
                if seen.insert(block.cid()) {
                    out.write_all(&section_head(block.cid(), block.bytes().len()))?;
                    out.write_all(block.bytes())?;
                }
                Ok(())
            };
            let imported =
                import_blocks(&path, &options, &mut |block| write(out, block)).map_err(io::Error::other)?;
            if imported.cid != expected {
                return Err(io::Error::other("the files changed while they were sent; add them again"));
            }
            for block in &further {
                write(out, block)?;
            }
            out.flush()
        };
        if let Err(error) = work(&mut out) {
            // Nobody may listen any more; then the other side knows better why.
            let _ = out.send(Err(error));
        }
    });
    let stats = runtime.block_on(kubo.import_car(receiver.boxed(), |_| {}));
    // It ends when nobody listens.
    let ended = import.join();
    let stats = stats?;
    ended.map_err(|_| anyhow::anyhow!("sending stopped unexpectedly"))?;
    runtime.block_on(kubo.pin_add(expected, name, |_| {}))?;
    println!("{}: {} blocks, {} bytes; pinned as `{name}`", kubo.address(), stats.blocks, stats.bytes);
    Ok(())
}
