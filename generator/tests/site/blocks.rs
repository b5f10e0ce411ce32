//! Small DAGs for tests, made with the core's own encoders: files as raw leaves, plain directories.

use bytes::Bytes;
use pinfold_core::block::VerifiedBlock;
use pinfold_core::car;
use pinfold_core::cid::{Cid, DAG_PB, Multihash, RAW, SHA2_256};
use pinfold_core::unixfs::{PbLink, PbNode};
use sha2::{Digest, Sha256};

/// Blocks on their way into a CAR.
#[derive(Default)]
pub(crate) struct Blocks {
    pub(crate) list: Vec<(Cid, Vec<u8>)>,
}

/// A file or directory and the bytes below it.
#[derive(Clone, Copy)]
pub(crate) struct Item {
    pub(crate) cid: Cid,
    size: u64,
}

impl Blocks {
    fn add(&mut self, codec: u64, bytes: Vec<u8>) -> Cid {
        let hash = Multihash::wrap(SHA2_256, &Sha256::digest(&bytes)).unwrap();
        let cid = Cid::v1(codec, hash);
        self.list.push((cid, bytes));
        cid
    }

    pub(crate) fn file(&mut self, content: impl Into<Vec<u8>>) -> Item {
        let content = content.into();
        let size = content.len() as u64;
        Item { cid: self.add(RAW, content), size }
    }

    pub(crate) fn directory(&mut self, entries: &[(&str, Item)]) -> Item {
        let mut links: Vec<PbLink> = entries
            .iter()
            .map(|(name, item)| PbLink { cid: item.cid, name: (*name).to_owned(), tsize_bytes: item.size })
            .collect();
        links.sort_by(|a, b| a.name.cmp(&b.name));
        // UnixFS Data { Type: Directory }
        let node = PbNode { links, data: Some(Bytes::from_static(&[8, 1])) };
        let bytes = node.encode();
        let size = bytes.len() as u64 + entries.iter().map(|(_, item)| item.size).sum::<u64>();
        Item { cid: self.add(DAG_PB, bytes), size }
    }

    /// A Zarr group with consolidated metadata and one array `x` of `values` in a single chunk.
    pub(crate) fn zarr(&mut self, attributes: &serde_json::Value, values: &[f32]) -> Item {
        self.zarr_with(attributes, values, true)
    }

    pub(crate) fn zarr_with(
        &mut self,
        attributes: &serde_json::Value,
        values: &[f32],
        consolidated: bool,
    ) -> Item {
        let array = serde_json::json!({
            "zarr_format": 2, "shape": [values.len()], "chunks": [values.len()], "dtype": "<f4",
            "compressor": null, "fill_value": null, "filters": null, "order": "C",
        });
        let array_attributes =
            serde_json::json!({"_ARRAY_DIMENSIONS": ["x"], "units": "m", "long_name": "distance"});
        let group = serde_json::json!({"zarr_format": 2});
        let metadata = serde_json::json!({"zarr_consolidated_format": 1, "metadata": {
            ".zgroup": group, ".zattrs": attributes, "x/.zarray": array, "x/.zattrs": array_attributes,
        }});
        let chunk: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let chunk = self.file(chunk);
        let array = self.file(array.to_string());
        let array_attributes = self.file(array_attributes.to_string());
        let x = self.directory(&[(".zarray", array), (".zattrs", array_attributes), ("0", chunk)]);
        let group = self.file(group.to_string());
        let attributes = self.file(attributes.to_string());
        let mut entries = vec![(".zgroup", group), (".zattrs", attributes), ("x", x)];
        if consolidated {
            entries.push((".zmetadata", self.file(metadata.to_string())));
        }
        self.directory(&entries)
    }

    /// All blocks as a CAR.
    pub(crate) fn car(&self) -> Vec<u8> {
        let mut bytes =
            car::write_header(&self.list.last().map(|(cid, _)| *cid).into_iter().collect::<Vec<_>>());
        for (cid, block) in &self.list {
            car::write_section(&mut bytes, &VerifiedBlock::verify(*cid, block.clone()).unwrap());
        }
        bytes
    }
}

/// Attributes that nobody can complain about the absence of.
pub(crate) fn attributes(title: &str) -> serde_json::Value {
    serde_json::json!({
        "title": title, "summary": "Made for a test.", "creator_name": "Ada Example", "license": "CC-BY-4.0",
        "keywords": "test", "Conventions": "CF-1.12, ACDD-1.3",
    })
}
