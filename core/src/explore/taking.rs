//! A whole dataset, or one of its files, piece by piece: [`Taking`]. What it gives is written to disk as it comes.
//!
//! As a CAR (every block once, depth first, so that `ipfs dag import` and [`crate::car`] read it), as an
//! uncompressed ZIP that zarr opens as it is, or as the bytes of one file. Memory holds a few blocks.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;

use super::session::ExploreError;
use super::zip::ZipWriter;
use crate::car;
use crate::cid::Cid;
use crate::store::StoreError;
use crate::unixfs::{Node, Unixfs, UnixfsError, UnixfsStore, Walk, WalkItem, WalkOptions, parse};

/// In which form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// All blocks.
    Car,
    /// All files.
    Zip,
    /// One file, by its path.
    File(String),
}

/// Bytes to be written next.
#[derive(Debug, Default)]
pub struct Piece {
    /// What the form puts before the block.
    pub head: Vec<u8>,
    /// The block, or what of it belongs to a file; not a copy.
    pub body: Bytes,
}

impl Piece {
    /// How many bytes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.head.len() + self.body.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A dataset on its way to disk.
pub struct Taking {
    walk: Walk,
    root: Cid,
    zip: Option<ZipWriter>,
    as_car: bool,
    begun: bool,
    ended: bool,
    /// Where the file that is being written lies in the archive.
    path: Option<Arc<str>>,
    names: HashSet<Arc<str>>,
}

fn worded(path: &str, error: UnixfsError) -> ExploreError {
    let (path, reason) = (path.to_owned(), error.to_string());
    match error {
        UnixfsError::Get(error) if error.is_corrupt() => StoreError::Corrupt { path, reason },
        UnixfsError::Get(_) => StoreError::Unreachable { path, reason },
        _ => StoreError::Unreadable { path, reason },
    }
    .into()
}

impl Taking {
    /// Begins; nothing is read but, for one file, the directories on the way to it.
    ///
    /// # Errors
    /// [`ExploreError`] when the file does not exist or its directory cannot be had.
    pub async fn new(unixfs: &Arc<Unixfs>, root: Cid, form: Form) -> Result<Self, ExploreError> {
        let from = match &form {
            Form::File(path) => {
                let store = UnixfsStore::with_unixfs(Arc::clone(unixfs), root);
                store.cid(path).await?.ok_or_else(|| ExploreError::not_there(path))?
            }
            Form::Car | Form::Zip => root,
        };
        let options = WalkOptions { duplicates: form != Form::Car, ..WalkOptions::default() };
        Ok(Self {
            walk: unixfs.walk(from, options),
            root,
            zip: (form == Form::Zip).then(ZipWriter::default),
            as_car: form == Form::Car,
            begun: false,
            ended: false,
            path: None,
            names: HashSet::new(),
        })
    }

    /// Says to whoever fetches blocks that all of them will be read. To be polled while pieces are taken; it may end
    /// before they do, and is dropped when they are done.
    pub async fn expect(unixfs: &Unixfs, root: Cid, form: &Form) {
        match form {
            Form::Car | Form::Zip => unixfs.expect_all(root).await,
            // Its blocks come together when it is read.
            Form::File(_) => {}
        }
    }

    /// The next bytes, `None` at the end.
    ///
    /// # Errors
    /// [`ExploreError`] when a block cannot be had; what was written so far is then of no use.
    pub async fn next(&mut self) -> Result<Option<Piece>, ExploreError> {
        let mut out = Piece::default();
        if self.as_car && !self.begun {
            out.head = car::write_header(&[self.root]);
        }
        self.begun = true;
        while out.is_empty() {
            let Some(item) = self.walk.next().await else {
                if !std::mem::replace(&mut self.ended, true)
                    && let Some(zip) = self.zip.take()
                {
                    zip.finish(&mut out.head);
                    return Ok(Some(out));
                }
                return Ok(None);
            };
            self.item(item, &mut out)?;
        }
        Ok(Some(out))
    }

    fn item(&mut self, item: WalkItem, out: &mut Piece) -> Result<(), ExploreError> {
        let block = item.block.map_err(|error| worded(&item.path, error.into()))?;
        if let Some(problem) = item.problem {
            return Err(worded(&item.path, problem));
        }
        if self.as_car {
            out.head = car::section_head(block.cid(), block.bytes().len());
            out.body = block.bytes().clone();
            return Ok(());
        }
        let Some(zip) = &mut self.zip else {
            out.body = item.file_bytes;
            return Ok(());
        };
        let is_file = matches!(parse(&block), Ok(Node::File(_)));
        if is_file && self.path.as_ref() != Some(&item.path) {
            // Two files of one name would hide one another.
            if self.names.insert(Arc::clone(&item.path)) {
                zip.file(&item.path, &mut out.head).map_err(|name| {
                    let reason = format!("its name of {} bytes is too long for a ZIP", name.len());
                    ExploreError::from(StoreError::Unreadable { path: name, reason })
                })?;
            }
            self.path = Some(Arc::clone(&item.path));
        }
        zip.bytes(&item.file_bytes);
        out.body = item.file_bytes;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::{BlockGet, FetchError, GetError, Limits, VerifiedBlock};
    use crate::car::CarReader;
    use crate::maybe_send::BoxFuture;
    use std::collections::BTreeMap;

    struct Blocks(BTreeMap<Cid, VerifiedBlock>);

    impl BlockGet for Blocks {
        fn block(&self, cid: Cid) -> BoxFuture<'_, Result<VerifiedBlock, GetError>> {
            let origin = "the archive".to_owned();
            let lacking = move || GetError { cid, attempts: vec![FetchError::NotHere { origin, cid }] };
            Box::pin(async move { self.0.get(&cid).cloned().ok_or_else(lacking) })
        }
    }

    fn blocks(bytes: &[u8]) -> BTreeMap<Cid, VerifiedBlock> {
        let mut reader = CarReader::new(Limits::default());
        reader.push(bytes.to_vec());
        reader.end();
        std::iter::from_fn(|| reader.next_block().expect("a right archive"))
            .map(|block| (block.cid(), block))
            .collect()
    }

    async fn whole(unixfs: &Arc<Unixfs>, root: Cid, form: Form) -> Result<Vec<u8>, ExploreError> {
        let mut taking = Taking::new(unixfs, root, form).await?;
        let mut all = Vec::new();
        while let Some(piece) = taking.next().await? {
            all.extend(piece.head);
            all.extend_from_slice(&piece.body);
        }
        Ok(all)
    }

    #[test]
    fn demo_dataset_in_every_form() {
        let car = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/demo/demo.car"))
            .expect("the demo is in the repository");
        let all = blocks(&car);
        // The ozone sounding: a folder of files.
        let root: Cid = "bafybeiarusi5xpqn4gtpyrm62wnsf6xffc6xbyfp4rmpmpy4rjat5boob4".parse().expect("a CID");
        let unixfs = Arc::new(Unixfs::new(Arc::new(Blocks(all.clone())), Limits::default()));
        futures::executor::block_on(async {
            let taken = blocks(&whole(&unixfs, root, Form::Car).await.expect("all blocks are there"));
            assert!(taken.contains_key(&root) && taken.len() > 4 && taken.len() < all.len());
            let again = Arc::new(Unixfs::new(Arc::new(Blocks(taken)), Limits::default()));
            let zip = whole(&again, root, Form::Zip).await.expect("the archive is complete");
            let text =
                whole(&again, root, Form::File("dataset_meta.yaml".into())).await.expect("it is there");
            assert!(text.starts_with(b"attributes:"), "{}", String::from_utf8_lossy(&text));
            assert!(zip.windows(text.len()).any(|part| part == text), "the file lies in the ZIP as it is");
            let error = whole(&again, root, Form::File("nothing".into())).await.expect_err("no such file");
            assert_eq!(error.why, crate::explore::session::Why::NotThere);
        });
    }
}
