//! Blocks made side by side and handed over in order. Entry point: [`import_blocks`].
//!
//! One thread walks the files and starts a job for every leaf; the jobs read and hash on all cores; the caller's
//! thread takes them in the order of the walk and builds files and directories of them. What is under way is
//! bounded by [`WINDOW`], so memory does not grow with the data.

use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use pinfold_core::block::VerifiedBlock;
use pinfold_core::unixfs::{DirectoryBuilder, FileLayout, Imported, Profile};

use super::{Chunks, ImportError, ImportOptions, entries, file_bytes};

/// Steps between the walk and the caller; 32 MiB of leaves at most.
const WINDOW: usize = 32;

/// A leaf, or why there is none.
type Leaf = Result<(Imported, VerifiedBlock), ImportError>;

/// What the walk meets, in its order.
enum Step {
    /// A directory begins.
    Enter,
    /// The next leaf of the file that is being read.
    Leaf(Receiver<Leaf>),
    /// That file ends; a file of several leaves is checked for changes.
    File(String, Option<Arc<Chunks>>),
    /// The directory ends.
    Leave(String),
    /// The walk ends here.
    Failed(ImportError),
}

/// As [`super::import`], handing every block to `write`: in an order that depends on nothing but the data,
/// children before parents. A block that occurs twice is written twice.
///
/// # Errors
/// The first thing that cannot be imported, or what `write` says.
pub fn import_blocks(
    path: &Path,
    options: &ImportOptions<'_>,
    write: &mut dyn FnMut(&VerifiedBlock) -> io::Result<()>,
) -> Result<Imported, ImportError> {
    let (sender, steps) = sync_channel(WINDOW);
    let spare = Spare { buffers: Mutex::new(Vec::new()), bytes: options.profile.chunk_bytes() };
    std::thread::scope(|threads| {
        threads.spawn(|| {
            // Moved in, so that the steps end with the walk.
            let sender = sender;
            rayon::in_place_scope(|jobs| {
                let walk = Walk { options, sender: &sender, jobs, spare: &spare };
                if let Err(Stop::Failed(error)) = walk.at(path, String::new(), 0) {
                    // Nobody may listen any more.
                    let _ = sender.send(Step::Failed(error));
                }
            });
        });
        let steps = steps;
        let out = Out { write, spare: &spare, failed: None };
        let layout = FileLayout::new(options.profile);
        Builder { profile: options.profile, directories: Vec::new(), layout, out }.run(&steps)
        // Here `steps` are dropped: a walk that goes on finds nobody to tell and ends.
    })
}

/// Why a walk ends early.
enum Stop {
    Failed(ImportError),
    NobodyListens,
}

impl From<ImportError> for Stop {
    fn from(error: ImportError) -> Self {
        Self::Failed(error)
    }
}

struct Walk<'a, 'scope> {
    options: &'scope ImportOptions<'scope>,
    sender: &'a SyncSender<Step>,
    jobs: &'a rayon::Scope<'scope>,
    spare: &'scope Spare,
}

impl<'scope> Walk<'_, 'scope> {
    fn at(&self, path: &Path, name: String, depth: usize) -> Result<(), Stop> {
        let Some(length_bytes) = file_bytes(path)? else {
            self.tell(Step::Enter)?;
            for (name, path) in entries(path, self.options.hidden, depth)? {
                self.at(&path, name, depth + 1)?;
            }
            return self.tell(Step::Leave(name));
        };
        let chunk_bytes = self.options.profile.chunk_bytes() as u64;
        if length_bytes == 0 {
            let chunks = Chunks::open(path, chunk_bytes)?;
            return self.tell(Step::File(name, Some(Arc::new(chunks))));
        }
        if length_bytes <= chunk_bytes {
            // A Zarr is thousands of these: opening is part of the job.
            let path = path.to_owned();
            let (options, spare) = (self.options, self.spare);
            self.start(move || {
                let chunks = Chunks::open(&path, chunk_bytes)?;
                if chunks.length_bytes != length_bytes {
                    return Err(ImportError::Changed { path });
                }
                let leaf = leaf(&chunks, 0, options, spare)?;
                chunks.check()?;
                Ok(leaf)
            })?;
            return self.tell(Step::File(name, None));
        }
        let chunks = Arc::new(Chunks::open(path, chunk_bytes)?);
        for index in 0..chunks.count() {
            let (chunks, options, spare) = (Arc::clone(&chunks), self.options, self.spare);
            self.start(move || leaf(&chunks, index, options, spare))?;
        }
        self.tell(Step::File(name, Some(chunks)))
    }

    /// Starts a job; its place in the order is here.
    fn start(&self, job: impl FnOnce() -> Leaf + Send + 'scope) -> Result<(), Stop> {
        let (sender, leaf) = sync_channel(1);
        self.jobs.spawn(move |_| {
            let _ = sender.send(job());
        });
        self.tell(Step::Leaf(leaf))
    }

    fn tell(&self, step: Step) -> Result<(), Stop> {
        self.sender.send(step).map_err(|_| Stop::NobodyListens)
    }
}

fn leaf(chunks: &Chunks, index: u64, options: &ImportOptions<'_>, spare: &Spare) -> Leaf {
    let mut buffer = spare.take();
    chunks.read(index, &mut buffer)?;
    options.progress.advance(buffer.len() as u64);
    Ok(options.profile.leaf_block(buffer.freeze()))
}

/// Builds files and directories of what the walk met.
struct Builder<'a> {
    profile: Profile,
    /// Those that were entered, outermost first.
    directories: Vec<DirectoryBuilder>,
    /// The file that is being read.
    layout: FileLayout,
    out: Out<'a>,
}

/// Where blocks go, until that fails.
struct Out<'a> {
    write: &'a mut dyn FnMut(&VerifiedBlock) -> io::Result<()>,
    spare: &'a Spare,
    failed: Option<io::Error>,
}

impl Out<'_> {
    fn put(&mut self, block: VerifiedBlock) {
        if self.failed.is_none() {
            self.failed = (self.write)(&block).err();
        }
        self.spare.give(block.into_bytes());
    }
}

impl Builder<'_> {
    /// The root, when the walk is over.
    fn run(mut self, steps: &Receiver<Step>) -> Result<Imported, ImportError> {
        for step in steps {
            let root = self.step(step)?;
            if let Some(error) = self.out.failed.take() {
                return Err(ImportError::Write(error));
            }
            if let Some(root) = root {
                return Ok(root);
            }
        }
        // Only a panic of the walk leaves nothing to say; the scope passes it on.
        Err(ImportError::Write(io::Error::other("the import ended early")))
    }

    fn step(&mut self, step: Step) -> Result<Option<Imported>, ImportError> {
        let (name, made) = match step {
            Step::Enter => {
                self.directories.push(DirectoryBuilder::new(self.profile));
                return Ok(None);
            }
            Step::Leaf(leaf) => {
                let ended = |_| ImportError::Write(io::Error::other("a job ended early"));
                let (leaf, block) = leaf.recv().map_err(ended)??;
                self.out.put(block);
                self.layout.push(leaf, &mut |block| self.out.put(block));
                return Ok(None);
            }
            Step::File(name, chunks) => {
                if let Some(chunks) = chunks {
                    chunks.check()?;
                }
                let layout = std::mem::replace(&mut self.layout, FileLayout::new(self.profile));
                (name, layout.finish(&mut |block| self.out.put(block)))
            }
            Step::Leave(name) => {
                let directory = self.directories.pop().expect("what is left was entered");
                (name, directory.finish(&mut |block| self.out.put(block)))
            }
            Step::Failed(error) => return Err(error),
        };
        Ok(match self.directories.last_mut() {
            Some(directory) => {
                directory.add(name, &made);
                None
            }
            None => Some(made),
        })
    }
}

/// Buffers of one leaf's length, used again: fresh memory costs as much as reading into it.
struct Spare {
    buffers: Mutex<Vec<BytesMut>>,
    bytes: usize,
}

impl Spare {
    fn take(&self) -> BytesMut {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn give(&self, bytes: Bytes) {
        if bytes.len() != self.bytes {
            return;
        }
        // Whoever kept the block keeps its bytes.
        if let Ok(buffer) = bytes.try_into_mut() {
            let mut buffers = self.buffers.lock().unwrap_or_else(PoisonError::into_inner);
            if buffers.len() < WINDOW {
                buffers.push(buffer);
            }
        }
    }
}
