//! How a dataset lies in its files: sizes of chunks, codecs. What cannot be decoded at all, metadata that are
//! not consolidated and NaN in JSON are reported when the dataset is read.
//!
//! The numbers: blocks are 1 MiB, since that is what `pinfold add` and ORCESTRA's imports make; a request
//! through a gateway costs some 50 ms, in which a slow line brings 100 kB.

use pinfold_core::finding::Finding;
use pinfold_core::model::{Dataset, Variable};

use super::report;

/// Blocks of the default profile.
const BLOCK_BYTES: u64 = 1 << 20;
/// Chunks below this cost more to ask for than to send.
const SMALL_BYTES: u64 = 16 << 10;
/// So many small chunks are a fault; fewer are an array that is just small.
const SMALL_CHUNKS: u64 = 256;
/// More files than this for one array.
const MANY_CHUNKS: u64 = 100_000;

/// Codecs that zarr-python, xarray, zarrita and every NetCDF library's Zarr reader have.
const COMMON_CODECS: [&str; 11] =
    ["blosc", "zstd", "gzip", "zlib", "bytes", "crc32c", "transpose", "sharding", "shuffle", "vlen", "none"];

/// Files of an array (shards count as one), where every chunk is there.
pub(super) fn file_count(variable: &Variable) -> u64 {
    let lengths = variable.shard_shape.as_ref().unwrap_or(&variable.chunk_shape);
    let counts = variable.shape.iter().zip(lengths).map(|(length, chunk)| length.div_ceil((*chunk).max(1)));
    counts.fold(1, u64::saturating_mul)
}

/// Whether many tiny files make up the array.
pub(super) fn is_crumbled(variable: &Variable) -> bool {
    let files = file_count(variable);
    let bytes = variable.stored_bytes.or(variable.logical_bytes).unwrap_or(u64::MAX);
    files >= SMALL_CHUNKS && bytes / files.max(1) < SMALL_BYTES
}

pub(super) fn check(dataset: &Dataset, findings: &mut Vec<Finding>) {
    let (mut small, mut many, mut large, mut exotic) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for variable in &dataset.variables {
        let name = variable.name.as_str();
        let files = file_count(variable);
        if is_crumbled(variable) {
            let bytes = variable.stored_bytes.or(variable.logical_bytes).unwrap_or(0) / files.max(1);
            small.push((name, format!("{name} lies in {files} files of {bytes} bytes on average")));
        }
        if files > MANY_CHUNKS {
            many.push((name, format!("{name} lies in {files} files")));
        }
        // Inner chunks of a shard are fetched by ranges.
        let average = variable.stored_bytes.map_or(0, |bytes| bytes / files.max(1));
        if variable.shard_shape.is_none() && files > 1 && average > BLOCK_BYTES {
            let said =
                format!("chunks of {name} have {:.1} MiB on average", average as f64 / BLOCK_BYTES as f64);
            large.push((name, said));
        }
        let odd = variable.codec.as_deref().filter(|_| variable.unsupported.is_none()).and_then(odd_codec);
        if let Some(codec) = odd {
            exotic.push((name, format!("{name} is stored with `{codec}`")));
        }
    }
    report(findings, "chunks-small", None, &small);
    report(findings, "chunks-many", None, &many);
    report(findings, "chunks-over-blocks", None, &large);
    report(findings, "codec-exotic", None, &exotic);
}

/// The first codec of `blosc(zstd, shuffle) + crc32c` that not everybody has.
fn odd_codec(codecs: &str) -> Option<&str> {
    let mut depth = 0;
    let parts = codecs.split(|c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        // What is in parentheses belongs to the codec before them.
        depth == 0 && matches!(c, ',' | '+' | ' ' | '→')
    });
    parts
        .map(|part| part.split('(').next().unwrap_or(part).trim())
        .find(|name| !name.is_empty() && !COMMON_CODECS.iter().any(|common| name.starts_with(common)))
}
