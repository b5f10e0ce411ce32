//! [`Array::plan`]: which files, and of shards which bytes, a selection needs.

use futures::stream;
use futures::{StreamExt, TryStreamExt};

use super::codec::sharding::Sharding;
use super::error::ZarrError;
use super::meta::Array;
use super::read::ReadOptions;
use super::selection::{Part, Piece, Selection, parts, pieces, product};
use crate::maybe_send::BoxFuture;
use crate::store::{Ahead, AheadPart, ByteRange, Store};
use crate::together;

/// Neighbouring chunks of a shard are read at once up to so many bytes: enough to save round trips,
/// little enough to leave several reads in flight.
const MERGE_BYTES: u64 = 4 << 20;

/// One read of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedRead {
    /// Which file.
    pub path: String,
    /// Which bytes; `None` for all.
    pub range: Option<ByteRange>,
}

impl PlannedRead {
    /// As what will be read soon: the file, or where its index comes first, the end of it.
    #[must_use]
    pub fn ahead(&self, most_bytes: u64) -> Ahead {
        let part = match self.range {
            Some(ByteRange::Last { length_bytes }) => AheadPart::Last { length_bytes },
            Some(ByteRange::From { .. }) | None => AheadPart::Itself,
        };
        Ahead { path: self.path.clone(), part, most_bytes }
    }
}

/// What reading a selection takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads {
    /// The files and ranges, each once.
    pub reads: Vec<PlannedRead>,
    /// How many chunks (in shards: chunks inside) will be decoded at most.
    pub chunks: u64,
    /// Bytes that they decode to; for texts 0.
    pub decoded_bytes: u64,
    /// Whether ranges inside of shards are still to come, because their indices were not read.
    pub indices_only: bool,
}

/// What of a selection falls in one file.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) path: String,
    pub(crate) piece: Piece,
    /// Of a shard, every chunk is touched: one read of the whole is cheaper than the index first.
    pub(crate) whole: bool,
}

/// One read and the chunks that it brings.
#[derive(Debug)]
pub(crate) struct Fetch {
    pub(crate) path: String,
    pub(crate) range: Option<(u64, u64)>,
    pub(crate) content: Content,
}

/// What a read brings.
#[derive(Debug)]
pub(crate) enum Content {
    /// A chunk, or a whole shard.
    File(Piece),
    /// Chunks of a shard, with offset and length in what was read.
    Chunks(Vec<(u64, u64, Piece)>),
}

impl Array {
    /// The files that a selection touches. Of shards that are not read as a whole only the index is
    /// listed: [`Array::plan_exact`] reads the indices and lists the ranges.
    ///
    /// # Errors
    /// [`ZarrError`] where the selection does not fit, is too large, or the array is unsupported.
    pub fn plan(&self, selection: &Selection, options: &ReadOptions) -> Result<Reads, ZarrError> {
        let (jobs, chunks) = self.jobs(selection, options)?;
        let mut found = self.costs(chunks);
        for job in jobs {
            let range = match self.sharding() {
                Some(codec) if !job.whole => {
                    found.indices_only = true;
                    Some(codec.index_range(self.file_shape()))
                }
                _ => None,
            };
            found.reads.push(PlannedRead { path: job.path, range });
        }
        Ok(found)
    }

    /// As [`Array::plan`], with every range: the indices of shards are read for it.
    ///
    /// # Errors
    /// As [`Array::plan`], and where an index cannot be read.
    pub async fn plan_exact(
        &self,
        store: &dyn Store,
        selection: &Selection,
        options: &ReadOptions,
    ) -> Result<Reads, ZarrError> {
        let (jobs, chunks) = self.jobs(selection, options)?;
        let mut found = self.costs(chunks);
        let locating = stream::iter(jobs).map(|job| self.locate(store, job, options));
        let mut located = together::in_order(locating, options.concurrency);
        while let Some(fetches) = located.try_next().await? {
            found.reads.extend(fetches.into_iter().map(|fetch| {
                PlannedRead {
                    path: fetch.path,
                    range: fetch
                        .range
                        .map(|(offset_bytes, length_bytes)| ByteRange::From { offset_bytes, length_bytes }),
                }
            }));
        }
        Ok(found)
    }

    fn costs(&self, chunks: u64) -> Reads {
        let chunk = product(&self.chunk_shape).saturating_mul(self.data_type.item_bytes().unwrap_or(0));
        Reads { chunks, decoded_bytes: chunks.saturating_mul(chunk), ..Reads::default() }
    }

    fn sharding(&self) -> Option<&Sharding> {
        self.chain().and_then(super::codec::Chain::sharding)
    }

    /// The files that a selection touches, and how many chunks there are in them.
    pub(crate) fn jobs(
        &self,
        selection: &Selection,
        options: &ReadOptions,
    ) -> Result<(impl Iterator<Item = Job> + use<'_>, u64), ZarrError> {
        self.decoder(options.limits.chunk_bytes)?;
        selection.check(&self.path, &self.shape)?;
        let too_large =
            |what, actual, limit| ZarrError::TooLarge { path: self.path.clone(), what, actual, limit };
        // A text takes at least the size of a `String`.
        let item_bytes = self.data_type.item_bytes().unwrap_or(24).max(1);
        let actual = selection.element_count().saturating_mul(item_bytes);
        if actual > options.selection_bytes {
            return Err(too_large("the size of the selection in bytes", actual, options.selection_bytes));
        }
        let cut = |lengths: &[u64]| -> Vec<Vec<Part>> {
            if selection.element_count() == 0 {
                return vec![Vec::new()];
            }
            let dimensions = selection.start.iter().zip(&selection.shape).zip(&selection.stride).zip(lengths);
            dimensions
                .map(|(((start, count), stride), length)| {
                    parts(*start, *count, *stride, *length, 0).collect()
                })
                .collect()
        };
        let count = |dimensions: &[Vec<Part>]| {
            product(&dimensions.iter().map(|parts| parts.len() as u64).collect::<Vec<_>>())
        };
        let chunks = count(&cut(&self.chunk_shape));
        if chunks > options.chunk_reads {
            return Err(too_large("the number of chunks", chunks, options.chunk_reads));
        }
        let jobs = pieces(cut(self.file_shape())).map(|piece| {
            let place: Vec<u64> = piece.iter().map(|part| part.chunk).collect();
            Job { path: self.chunk_path(&place), whole: self.is_whole(&piece), piece }
        });
        Ok((jobs, chunks))
    }

    /// Whether a piece touches every chunk of its shard that the array reaches.
    fn is_whole(&self, piece: &Piece) -> bool {
        let Some(shard_shape) = &self.shard_shape else { return true };
        let lengths = self.shape.iter().zip(shard_shape).zip(&self.chunk_shape);
        piece.iter().zip(lengths).all(|(part, ((length, shard), chunk))| {
            let inside = (length - part.chunk * shard).min(*shard);
            let touched = parts(part.start, part.count, part.stride, *chunk, 0).count() as u64;
            touched == inside.div_ceil(*chunk)
        })
    }

    /// The reads of one file; for a part of a shard its index is read.
    pub(crate) fn locate<'a>(
        &'a self,
        store: &'a dyn Store,
        job: Job,
        options: &'a ReadOptions,
    ) -> BoxFuture<'a, Result<Vec<Fetch>, ZarrError>> {
        Box::pin(async move {
            let Some(codec) = self.sharding().filter(|_| !job.whole) else {
                return Ok(vec![Fetch { path: job.path, range: None, content: Content::File(job.piece) }]);
            };
            let shape = self.file_shape();
            let range = codec.index_range(shape);
            let (ByteRange::From { length_bytes, .. } | ByteRange::Last { length_bytes }) = range;
            if length_bytes > options.limits.chunk_bytes {
                return Err(ZarrError::TooLarge {
                    path: job.path,
                    what: "the size of the index in bytes",
                    actual: length_bytes,
                    limit: options.limits.chunk_bytes,
                });
            }
            let Some(stored) = store.get_range(&job.path, range).await? else { return Ok(Vec::new()) };
            let index = codec.read_index(&stored, shape).map_err(|failed| failed.at(&job.path))?;
            let mut chunks = Vec::new();
            for piece in codec.inner_pieces(&job.piece) {
                let Some((offset, length)) = index.range(&piece) else { continue };
                if offset.checked_add(length).is_none() || length > options.limits.chunk_bytes {
                    let reason = format!("a chunk of {length} bytes at {offset}");
                    return Err(ZarrError::Shard { path: job.path, reason });
                }
                chunks.push((offset, length, piece));
            }
            chunks.sort_by_key(|(offset, length, _)| (*offset, *length));
            Ok(merge(&job.path, chunks))
        })
    }
}

/// Joins chunks that follow one another in the file.
fn merge(path: &str, chunks: Vec<(u64, u64, Piece)>) -> Vec<Fetch> {
    let mut fetches: Vec<Fetch> = Vec::new();
    for (offset, length, piece) in chunks {
        if let Some(Fetch { range: Some((start, bytes)), content: Content::Chunks(members), .. }) =
            fetches.last_mut()
            && *start + *bytes == offset
            && *bytes + length <= MERGE_BYTES
        {
            members.push((*bytes, length, piece));
            *bytes += length;
            continue;
        }
        fetches.push(Fetch {
            path: path.to_owned(),
            range: Some((offset, length)),
            content: Content::Chunks(vec![(0, length, piece)]),
        });
    }
    fetches
}
