//! CAR answers: parameters, and the blocks as a stream.

use std::collections::HashSet;
use std::sync::Arc;

use axum::body::Bytes;
use futures::stream::{self, Stream, StreamExt};
use pinfold_core::block::{DagScope, EntityBytes};
use pinfold_core::car::{section_head, write_header};
use pinfold_core::cid::{Cid, IDENTITY};
use pinfold_core::unixfs::{Resolution, Unixfs, WalkOptions};

use super::gateway::Query;

/// Blocks of one answer that are read ahead.
const IN_FLIGHT: usize = 8;

/// How a CAR was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CarParameters {
    pub(super) scope: DagScope,
    pub(super) entity_bytes: Option<EntityBytes>,
    pub(super) duplicates: bool,
}

impl CarParameters {
    /// Reads query and the parameters of `Accept` (`version=1; order=dfs; dups=y`). The error is for a 400.
    pub(super) fn read(query: &Query, accept: &str) -> Result<Self, String> {
        let mut version = query.get("car-version").map(str::to_owned);
        let mut order = query.get("car-order").map(str::to_owned);
        let mut dups = query.get("car-dups").map(str::to_owned);
        for parameter in accept.split(';').skip(1) {
            let Some((name, value)) = parameter.split_once('=') else { continue };
            let value = value.trim().trim_matches('"').to_owned();
            match name.trim() {
                "version" => version = version.or(Some(value)),
                "order" => order = order.or(Some(value)),
                "dups" => dups = dups.or(Some(value)),
                _ => {}
            }
        }
        if version.as_deref().is_some_and(|version| version != "1") {
            return Err("only CAR version 1 is served".to_owned());
        }
        if order.as_deref().is_some_and(|order| !matches!(order, "dfs" | "unk")) {
            return Err("the order of blocks is dfs or unk".to_owned());
        }
        let duplicates = match dups.as_deref() {
            None | Some("n") => false,
            Some("y") => true,
            Some(_) => return Err("dups is y or n".to_owned()),
        };
        let scope = match query.get("dag-scope") {
            None | Some("all") => DagScope::All,
            Some("entity") => DagScope::Entity,
            Some("block") => DagScope::Block,
            Some(other) => return Err(format!("dag-scope is block, entity or all, not `{other}`")),
        };
        let entity_bytes = query.get("entity-bytes").map(entity_bytes).transpose()?;
        Ok(Self { scope, entity_bytes, duplicates })
    }

    /// What an Etag must tell apart.
    pub(super) fn tag(&self) -> String {
        let scope = match self.scope {
            DagScope::Block => "block",
            DagScope::Entity => "entity",
            DagScope::All => "all",
        };
        let bytes = self.entity_bytes.map_or_else(String::new, |EntityBytes { from, to }| {
            format!(".{from}_{}", to.map_or_else(|| "end".to_owned(), |to| to.to_string()))
        });
        format!("{scope}{bytes}.{}", if self.duplicates { 'y' } else { 'n' })
    }
}

fn entity_bytes(text: &str) -> Result<EntityBytes, String> {
    let bad = || format!("entity-bytes is from:to, where `to` may be *, not `{text}`");
    let (from, to) = text.split_once(':').ok_or_else(bad)?;
    let from = from.parse().map_err(|_| bad())?;
    let to = if to == "*" { None } else { Some(to.parse().map_err(|_| bad())?) };
    if let Some(to) = to
        && (from >= 0) == (to >= 0)
        && from > to
    {
        return Err(bad());
    }
    Ok(EntityBytes { from, to })
}

/// The bytes of the CAR. A block that cannot be had breaks the stream off, which a client must notice.
pub(super) fn stream_car(
    unixfs: Arc<Unixfs>,
    resolution: Resolution,
    found: Cid,
    parameters: CarParameters,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static {
    let CarParameters { scope, entity_bytes, duplicates } = parameters;
    let header = stream::once(async move { Ok(Bytes::from(write_header(&[found]))) });
    let options = WalkOptions { scope, entity_bytes, duplicates, in_flight: IN_FLIGHT, skip_leaves: None };
    let walk = unixfs.walk(found, options);
    let trail = stream::iter(resolution.trail).then(move |cid| {
        let unixfs = Arc::clone(&unixfs);
        async move { unixfs.blocks().block(cid).await.map_err(std::io::Error::other) }
    });
    let below = walk.map(|item| match (item.block, item.problem) {
        (Err(error), _) => Err(std::io::Error::other(error)),
        (Ok(_), Some(problem)) if !is_only_opaque(&problem) => Err(std::io::Error::other(problem)),
        (Ok(block), _) => Ok(block),
    });
    let mut sent = HashSet::new();
    let sections = trail.chain(below).flat_map(move |block| {
        let parts = match block {
            // The block is in its CID; a CAR carries none of them, whatever `dups` says.
            Ok(block) if block.cid().hash().code() == IDENTITY => Vec::new(),
            Ok(block) if duplicates || sent.insert(block.cid()) => {
                let head = Bytes::from(section_head(block.cid(), block.bytes().len()));
                vec![Ok(head), Ok(block.bytes().clone())]
            }
            Ok(_) => Vec::new(),
            Err(error) => vec![Err(error)],
        };
        stream::iter(parts)
    });
    header.chain(sections)
}

/// A block whose codec says nothing of links that are known here is sent as it is.
fn is_only_opaque(problem: &pinfold_core::unixfs::UnixfsError) -> bool {
    matches!(problem, pinfold_core::unixfs::UnixfsError::Codec { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entity_bytes_of_the_specification() {
        assert_eq!(entity_bytes("0:*"), Ok(EntityBytes { from: 0, to: None }));
        assert_eq!(entity_bytes("-1024:*"), Ok(EntityBytes { from: -1024, to: None }));
        assert_eq!(entity_bytes("5:-2"), Ok(EntityBytes { from: 5, to: Some(-2) }));
        for bad in ["", ":", "5", "a:b", "9:3", "1:2:3"] {
            assert!(entity_bytes(bad).is_err(), "{bad}");
        }
    }
}
