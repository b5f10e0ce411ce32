//! [`Array::read`] and [`Array::read_numbers`]: a selection's values.

use bytes::Bytes;
use futures::StreamExt;
use futures::stream;
use pinfold_codec::DecodeError;

use super::assemble::Assembly;
use super::codec::{Context, Elements, Failed};
use super::data::{ArrayData, Values};
use super::error::ZarrError;
use super::meta::Array;
use super::numbers::{Meanings, Numbers};
use super::plan::{Content, Fetch, Job};
use super::selection::{Piece, Selection};
use crate::block::Limits;
use crate::maybe_send::{BoxFuture, MaybeSend};
use crate::parts;
use crate::store::{ByteRange, Store};
use crate::together;

/// How to read.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// Limits on what comes from outside; `chunk_bytes` holds for chunks and shards when decoded.
    pub limits: Limits,
    /// How many chunks are read at a time.
    pub concurrency: usize,
    /// The largest result in bytes.
    pub selection_bytes: u64,
    /// The most chunks that one selection may touch.
    pub chunk_reads: u64,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { limits: Limits::default(), concurrency: 16, selection_bytes: 1 << 30, chunk_reads: 1 << 18 }
    }
}

/// A chunk.
pub(super) enum Chunk {
    /// Decoded.
    Elements(Elements),
    /// As it is stored, which is as it is in memory.
    Plain(Bytes),
}

/// Where chunks go.
pub(super) trait Target: MaybeSend {
    /// Takes the elements of a chunk that `piece` names to where it says.
    ///
    /// # Errors
    /// [`DecodeError::NoMemory`].
    fn place(&mut self, chunk: Chunk, chunk_shape: &[usize], piece: &Piece) -> Result<(), DecodeError>;
}

/// Chunks with what of them is wanted.
type Decoded = Vec<(Piece, Chunk)>;

impl Array {
    /// Reads a selection. At most [`ReadOptions::concurrency`] chunks are in flight; dropping the
    /// future stops all of them.
    ///
    /// # Errors
    /// [`ZarrError`]; a missing chunk is none, but fill value.
    pub async fn read(
        &self,
        store: &dyn Store,
        selection: &Selection,
        options: &ReadOptions,
    ) -> Result<ArrayData, ZarrError> {
        let jobs = self.jobs(selection, options)?.0.collect();
        let shape = in_memory(selection);
        let (_, context) = self.decoder(options.limits.chunk_bytes)?;
        let no_memory = |reason| self.no_memory(reason);
        let mut assembly = Assembly::filled(shape.clone(), &context).map_err(no_memory)?;
        self.read_into(store, jobs, options, &mut assembly).await?;
        Ok(self.data(shape, assembly.into_elements()))
    }

    /// Reads a selection as numbers, in C order: each chunk as it comes, so that the elements
    /// themselves are never all in memory; then `meanings` make of them what they mean. Missing where elements are no numbers.
    ///
    /// # Errors
    /// As [`Array::read`].
    pub async fn read_numbers(
        &self,
        store: &dyn Store,
        selection: &Selection,
        options: &ReadOptions,
        meanings: &dyn Meanings,
    ) -> Result<Vec<f64>, ZarrError> {
        let jobs = self.jobs(selection, options)?.0.collect();
        let (_, context) = self.decoder(options.limits.chunk_bytes)?;
        let no_memory = |reason| self.no_memory(reason);
        let mut numbers = Numbers::new(in_memory(selection), &context, meanings).map_err(no_memory)?;
        self.read_into(store, jobs, options, &mut numbers).await?;
        Ok(numbers.finish())
    }

    fn no_memory(&self, reason: DecodeError) -> ZarrError {
        Failed::new("selection", reason).at(&self.path)
    }

    async fn read_into(
        &self,
        store: &dyn Store,
        mut jobs: Vec<Job>,
        options: &ReadOptions,
        target: &mut dyn Target,
    ) -> Result<(), ZarrError> {
        let (chain, _) = self.decoder(options.limits.chunk_bytes)?;
        let chunk_shape: Vec<usize> = match chain.sharding() {
            Some(codec) => codec.inner_shape(),
            None => self.chunk_shape.iter().map(|length| *length as usize).collect(),
        };
        let concurrency = options.concurrency.max(1);
        // In the order in which an archive of them comes.
        jobs.sort_by(|a, b| a.path.cmp(&b.path));
        let located =
            together::in_order(stream::iter(jobs).map(|job| self.locate(store, job, options)), concurrency);
        let fetches = located
            .flat_map(|located| {
                stream::iter(match located {
                    Ok(fetches) => fetches.into_iter().map(Ok).collect(),
                    Err(error) => vec![Err(error)],
                })
            })
            .map(|fetch| self.fetch(store, fetch, options));
        let mut decoded = together::as_they_come(fetches, concurrency);
        while let Some(pieces) = decoded.next().await {
            for (piece, chunk) in pieces? {
                target.place(chunk, &chunk_shape, &piece).map_err(|reason| self.no_memory(reason))?;
            }
        }
        Ok(())
    }

    /// Decodes the bytes of one whole chunk (or shard): [`Array::shard_shape`] or
    /// [`Array::chunk_shape`] elements, those beyond the array's edge included.
    ///
    /// # Errors
    /// [`ZarrError::Chunk`], or what [`Array::unsupported`] says.
    pub fn decode_chunk(&self, bytes: &[u8], limits: &Limits) -> Result<ArrayData, ZarrError> {
        let (chain, context) = self.decoder(limits.chunk_bytes)?;
        let shape: Vec<usize> = self.file_shape().iter().map(|length| *length as usize).collect();
        let elements = chain.decode(bytes, &shape, &context).map_err(|failed| failed.at(&self.path))?;
        Ok(self.data(shape, elements))
    }

    fn data(&self, shape: Vec<usize>, elements: Elements) -> ArrayData {
        match elements {
            Elements::Text(texts) => ArrayData { shape, values: Values::Text(texts) },
            Elements::Blob(blobs) => ArrayData { shape, values: Values::Bytes(blobs) },
            Elements::Fixed(bytes) => ArrayData::from_bytes(shape, &bytes, &self.data_type)
                .expect("elements of fixed size have a type of fixed size"),
        }
    }

    /// One read, decoded.
    fn fetch<'a>(
        &'a self,
        store: &'a dyn Store,
        fetch: Result<Fetch, ZarrError>,
        options: &'a ReadOptions,
    ) -> BoxFuture<'a, Result<Decoded, ZarrError>> {
        Box::pin(async move {
            let Fetch { path, range, content } = fetch?;
            let (_, context) = self.decoder(options.limits.chunk_bytes)?;
            let bytes = match range {
                None => store.get(&path).await?,
                Some((offset_bytes, length_bytes)) => {
                    store.get_range(&path, ByteRange::From { offset_bytes, length_bytes }).await?
                }
            };
            match bytes {
                Some(bytes) => loop {
                    match self.decode(&bytes, &path, &content, &context) {
                        // It says so before it decodes anything.
                        Err(ZarrError::Chunk { reason: DecodeError::Elsewhere(part), .. }) => {
                            parts::bring(part).await?;
                        }
                        done => return done,
                    }
                },
                None => Ok(Vec::new()),
            }
        })
    }

    fn decode(
        &self,
        bytes: &Bytes,
        path: &str,
        content: &Content,
        context: &Context<'_>,
    ) -> Result<Decoded, ZarrError> {
        let chain = self.chain().ok_or_else(|| ZarrError::NotZarr { path: path.to_owned() })?;
        Ok(match (content, chain.sharding()) {
            (Content::File(piece), None) => {
                let shape: Vec<usize> = self.chunk_shape.iter().map(|length| *length as usize).collect();
                let plain =
                    chain.is_plain(context).then(|| shape.iter().product::<usize>() * context.item_bytes());
                let chunk = if plain == Some(bytes.len()) {
                    Chunk::Plain(bytes.clone())
                } else {
                    Chunk::Elements(chain.decode(bytes, &shape, context).map_err(|failed| failed.at(path))?)
                };
                vec![(piece.clone(), chunk)]
            }
            (Content::File(piece), Some(codec)) => {
                let pieces = codec
                    .decode_pieces(bytes, self.file_shape(), piece, context)
                    .map_err(|failed| failed.at(path))?;
                pieces.into_iter().map(|(piece, elements)| (piece, Chunk::Elements(elements))).collect()
            }
            (Content::Chunks(members), Some(codec)) => {
                let mut decoded = Vec::with_capacity(members.len());
                for (offset, length, piece) in members {
                    // Both are within `chunk_bytes` of what was asked for; less may have come.
                    let chunk = bytes.get(*offset as usize..(offset + length) as usize).ok_or_else(|| {
                        let reason = format!(
                            "a chunk ends after the file, which gave {} bytes of a range",
                            bytes.len()
                        );
                        ZarrError::Shard { path: path.to_owned(), reason }
                    })?;
                    let elements = codec.decode_chunk(chunk, context).map_err(|failed| failed.at(path))?;
                    decoded.push((piece.clone(), Chunk::Elements(elements)));
                }
                decoded
            }
            (Content::Chunks(_), None) => Vec::new(),
        })
    }
}

/// A selection's shape; its size was checked against `selection_bytes`, and memory is asked for with care.
fn in_memory(selection: &Selection) -> Vec<usize> {
    selection.shape.iter().map(|length| *length as usize).collect()
}

impl Failed {
    /// The error of a file.
    pub(crate) fn at(self, path: &str) -> ZarrError {
        ZarrError::Chunk { path: path.to_owned(), codec: self.codec, reason: self.reason }
    }
}
