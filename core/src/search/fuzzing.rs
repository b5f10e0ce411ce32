//! Ways past the checksums, so that fuzzing reaches what is behind them. Nothing else uses them.

use bytes::Bytes;

use super::codec::{FRAME_BYTES, IndexError, Reader, frame, unframe};
use super::columns::{Extents, FacetColumn, Ids, Shapes};
use super::doc::Facet;
use super::format::{DETAILS, ENTRY, EXTENTS, FACETS, IDS, PAIRS, POSTINGS, RECORDS, SHAPES};
use super::pairs;
use super::record::{Rows, Shard};

/// The file with the mark, the version and the checksum that fit its kind and its body.
#[must_use]
pub fn sealed(file: &[u8]) -> Vec<u8> {
    frame(file.get(5).copied().unwrap_or(ENTRY), file.get(FRAME_BYTES..).unwrap_or_default())
}

/// Reads all of a file that is not the entry, of an index of `n_docs` datasets; how many rows it has.
///
/// # Errors
/// As [`super::Index::supply`].
pub fn read(file: impl Into<Bytes>, n_docs: u32) -> Result<usize, IndexError> {
    let (kind, body) = unframe(&file.into())?;
    match kind {
        RECORDS => {
            let shard = Shard::read(body, Rows::Records)?;
            Ok((0..shard.len()).filter_map(|at| shard.record(at)).count())
        }
        DETAILS => {
            let shard = Shard::read(body, Rows::Details)?;
            Ok((0..shard.len()).filter_map(|at| shard.details(at)).count())
        }
        SHAPES => Shapes::read(&body, n_docs, 0.1).map(|column| column.rows.len()),
        EXTENTS => Extents::read(&body, n_docs).map(|column| column.rows.len()),
        IDS => Ids::read(&body, n_docs).map(|column| column.rows.len()),
        POSTINGS => Ok(body.len()),
        PAIRS => {
            // The first one, and the way through all of them.
            let first = Reader::new(&body).varint()?;
            let found =
                [first, u64::MAX].map(|key| pairs::find(&body, key).map_or(0, |holders| holders.len()));
            Ok(found.iter().sum())
        }
        kind if usize::from(kind.wrapping_sub(FACETS)) < Facet::ALL.len() => {
            FacetColumn::read(&body, n_docs).map(|column| (0..n_docs).map(|doc| column.of(doc).len()).sum())
        }
        _ => Err(IndexError::Foreign),
    }
}
